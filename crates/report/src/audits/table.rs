//! Checks of an image as tables for people: what is wrong, and which step wrote bytes that nobody can see.

use std::io::{self, Write};

use facts::Severity;

use super::{Audit, AuditFormat};
use crate::inventory::{columns, size, whence};

pub(crate) static FORMAT: AuditFormat =
    AuditFormat { name: "table", media_type: "text/plain", render: write };

/// Paths that are shown.
const PATHS: usize = 10;

fn write(audit: &Audit<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![["SEVERITY", "CODE", "CHECK", "WHERE", "WHAT", "FROM"].map(str::to_owned).to_vec()];
    for one in audit.findings {
        rows.push(vec![
            one.severity.to_string(),
            one.code.to_owned(),
            one.check.to_owned(),
            one.place.text(),
            one.message.clone(),
            one.origin.as_ref().map_or_else(|| "-".to_owned(), whence),
        ]);
    }
    if rows.len() > 1 {
        writeln!(out, "{}", columns(&rows))?;
    }
    waste(audit, out)?;
    let count = |severity: Severity| audit.findings.iter().filter(|one| one.severity == severity).count();
    let kinds: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| format!("{} {severity}", count(severity)))
        .collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
    let efficiency = audit.efficiency;
    writeln!(
        out,
        "{} findings{kinds}; {} of {} cannot be seen ({:.1} % efficient)",
        audit.findings.len(),
        size(efficiency.wasted),
        size(efficiency.total),
        efficiency.score * 100.0
    )
}

fn waste(audit: &Audit<'_>, out: &mut dyn Write) -> io::Result<()> {
    let header = ["LAYER", "SIZE", "HIDDEN LATER", "HIDES", "SAME AGAIN", "STEP"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (number, (share, step)) in audit.efficiency.layers.iter().zip(audit.steps).enumerate() {
        if share.hidden + share.hides > 0 {
            let sizes = [share.size, share.hidden, share.hides, share.repeats].map(size);
            let mut row = vec![(number + 1).to_string()];
            row.extend(sizes);
            row.push(whence(step));
            rows.push(row);
        }
    }
    if rows.len() == 1 {
        return Ok(());
    }
    writeln!(out, "{}", columns(&rows))?;
    let mut rows = vec![["WASTED", "LAYERS", "PATH"].map(str::to_owned).to_vec()];
    for path in audit.efficiency.paths.iter().take(PATHS) {
        let layers: Vec<String> = path.layers.iter().map(|layer| (layer + 1).to_string()).collect();
        let removed = path.removed_by.map(|layer| format!(", removed by {}", layer + 1)).unwrap_or_default();
        rows.push(vec![size(path.bytes), layers.join(", ") + &removed, format!("/{}", path.path)]);
    }
    writeln!(out, "{}", columns(&rows))
}
