//! A scan as a table for people: what is wrong, by the line that brought it.

use std::io::{self, Write};

use facts::Risk;

use crate::inventory::{columns, whence};
use crate::{Scan, ScanFormat};

pub(crate) static FORMAT: ScanFormat =
    ScanFormat { name: "table", media_type: "text/plain", wants_page: false, render: write };

fn write(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let header = ["SEVERITY", "VULNERABILITY", "PACKAGE", "VERSION", "FIXED IN", "FROM"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for one in scan.vulnerabilities {
        let Some(found) = scan.sbom.inventory.components.get(one.component) else { continue };
        let from = match &found.origin {
            Some(origin) => whence(origin),
            None => found.places.first().map(|place| place.path.clone()).unwrap_or_default(),
        };
        let fixed = one.fixed.clone().unwrap_or_else(|| "-".to_owned());
        let package = &found.package;
        rows.push(vec![
            match one.attacks.exploited_since {
                Some(_) => format!("{}, exploited", one.risk),
                None => one.risk.to_string(),
            },
            one.id.clone(),
            package.name.clone(),
            package.version.clone(),
            fixed,
            from,
        ]);
    }
    if rows.len() > 1 {
        out.write_all(columns(&rows).as_bytes())?;
        writeln!(out)?;
    }
    secrets(scan, out)?;
    writeln!(out, "{}", summary(scan))?;
    for note in scan.notes {
        writeln!(out, "note: {note}")?;
    }
    for (path, why) in &scan.sbom.inventory.unread {
        writeln!(out, "note: `/{path}` was not read: {why}")?;
    }
    Ok(())
}

fn secrets(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let found = scan.secrets.unwrap_or_default();
    if found.is_empty() {
        return Ok(());
    }
    let mut rows = vec![["SEVERITY", "SECRET", "WHERE", "FROM"].map(str::to_owned).to_vec()];
    for one in found {
        let hidden = one.hidden_by.map(|layer| format!(" (hidden by layer {layer})")).unwrap_or_default();
        let from = one.origin.as_ref().map_or_else(|| "-".to_owned(), whence);
        rows.push(vec![one.severity.to_string(), one.rule.clone(), one.place.text() + &hidden, from]);
    }
    out.write_all(columns(&rows).as_bytes())?;
    writeln!(out)
}

fn summary(scan: &Scan<'_>) -> String {
    let count = |risk: Risk| scan.vulnerabilities.iter().filter(|one| one.risk == risk).count();
    let counts: Vec<String> = Risk::ALL
        .into_iter()
        .filter(|risk| count(*risk) > 0)
        .map(|risk| format!("{} {risk}", count(risk)))
        .collect();
    let packages = scan.sbom.inventory.components.len();
    let excused = match scan.excused.len() {
        0 => String::new(),
        count => format!("; {count} excused"),
    };
    let kinds = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    let secrets = match scan.secrets.map(<[_]>::len) {
        None => String::new(),
        Some(1) => ", 1 secret".to_owned(),
        Some(count) => format!(", {count} secrets"),
    };
    format!("{packages} packages, {} vulnerabilities{kinds}{excused}{secrets}", scan.vulnerabilities.len())
}
