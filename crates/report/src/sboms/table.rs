//! An inventory as a table for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::inventory::{columns, whence};
use crate::{Sbom, SbomFormat};

pub(crate) static FORMAT: SbomFormat = SbomFormat { name: "table", media_type: "text/plain", render: write };

fn write(sbom: &Sbom<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![["NAME", "VERSION", "TYPE", "FROM"].map(str::to_owned).to_vec()];
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &sbom.inventory.components {
        let package = &one.package;
        *counts.entry(package.ecosystem.name()).or_default() += 1;
        let from = match (&one.owner, &one.origin) {
            (Some(owner), _) => format!("package {owner}"),
            (None, Some(origin)) => whence(origin),
            (None, None) => one.places.first().map(|place| place.path.clone()).unwrap_or_default(),
        };
        rows.push(vec![
            package.name.clone(),
            package.version.clone(),
            package.ecosystem.name().to_owned(),
            from,
        ]);
    }
    if rows.len() > 1 {
        out.write_all(columns(&rows).as_bytes())?;
        writeln!(out)?;
    }
    let distro = sbom.inventory.distro.as_ref();
    let distro = distro.map(|distro| if distro.name.is_empty() { &distro.id } else { &distro.name });
    let on = distro.map(|name| format!("{name}; ")).unwrap_or_default();
    let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let kinds = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    writeln!(out, "{on}{} packages{kinds}", rows.len() - 1)?;
    for (path, why) in &sbom.inventory.unread {
        writeln!(out, "note: `/{path}` was not read: {why}")?;
    }
    Ok(())
}
