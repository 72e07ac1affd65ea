//! A scan as `GitLab`'s report of container scanning (`GitLab`, "Security report schemas", container-scanning 15.0.0).

use std::io::{self, Write};

use facts::{Component, Risk, Vulnerability};
use kit::Digest;
use serde_json::{Value, json};

use crate::inventory::{place, sentence};
use crate::time::date;
use crate::{Scan, ScanFormat};

pub(crate) static FORMAT: ScanFormat =
    ScanFormat { name: "gitlab", media_type: "application/json", wants_page: false, render: write };

/// What the schema allows.
const MAX_NAME: usize = 255;
const MAX_IDENTIFIERS: usize = 20;

fn write(scan: &Scan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let found = scan.vulnerabilities.iter().filter_map(|one| vulnerability(scan, one));
    // The schema has no time zone.
    let time = date(scan.sbom.time).trim_end_matches('Z').to_owned();
    let tool = json!({
        "id": "cooper",
        "name": "cooper",
        "vendor": { "name": "cooper" },
        "version": env!("CARGO_PKG_VERSION"),
    });
    let document = json!({
        "version": "15.0.0",
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "container_scanning",
            "start_time": time,
            "end_time": time,
            "status": "success",
        },
        "vulnerabilities": found.collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn vulnerability(scan: &Scan<'_>, one: &Vulnerability) -> Option<Value> {
    let component = scan.sbom.inventory.components.get(one.component)?;
    let package = &component.package;
    let ids = std::iter::once(&one.id).chain(&one.aliases);
    let system = scan.sbom.inventory.distro.as_ref();
    let system =
        system.map_or_else(|| "unknown".to_owned(), |distro| format!("{} {}", distro.id, distro.version));
    let mut value = json!({
        "id": Digest::of(format!("{} {} {}", one.id, package.name, package.version).as_bytes()).hex(),
        "name": format!("{} in {}", one.id, package.name).chars().take(MAX_NAME).collect::<String>(),
        "description": if one.summary.is_empty() { &one.id } else { &one.summary },
        "severity": severity(one.risk),
        "identifiers": ids.take(MAX_IDENTIFIERS).map(|id| identifier(id)).collect::<Vec<_>>(),
        "location": location(scan, component, &system),
    });
    if one.fixed.is_some() {
        value["solution"] = json!(sentence(one, component));
    }
    Some(value)
}

const fn severity(risk: Risk) -> &'static str {
    match risk {
        Risk::Critical => "Critical",
        Risk::High => "High",
        Risk::Medium => "Medium",
        Risk::Low => "Low",
        Risk::Negligible => "Info",
        Risk::Unknown => "Unknown",
    }
}

fn identifier(id: &str) -> Value {
    let kind = id.split('-').next().unwrap_or_default().to_ascii_lowercase();
    json!({ "type": kind, "name": id, "value": id })
}

fn location(scan: &Scan<'_>, component: &Component, system: &str) -> Value {
    let package = &component.package;
    let mut value = json!({
        "dependency": { "package": { "name": package.name }, "version": package.version },
        "operating_system": system,
        "image": scan.sbom.subject.name,
    });
    if component.origin.as_ref().is_some_and(|origin| origin.file.is_some()) {
        let (file, line, _) = place(component);
        value["dockerfile"] = json!(format!("{file}:{line}"));
    }
    value
}
