//! An inventory as JSON for programs. Fields are added, never renamed or removed.

use std::io::{self, Write};

use facts::Distro;
use serde::Serialize;
use serde_json::json;

use crate::inventory::component;
use crate::stream::Each;
use crate::{Sbom, SbomFormat};

pub(crate) static FORMAT: SbomFormat =
    SbomFormat { name: "json", media_type: "application/json", render: write };

/// The document; packages are written one after the other.
#[derive(Serialize)]
struct Document<'a, P, U> {
    schema: &'static str,
    name: &'a str,
    kind: &'static str,
    digest: &'a Option<String>,
    layers: &'a [String],
    distro: &'a Option<Distro>,
    packages: P,
    unread: U,
}

fn write(sbom: &Sbom<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (subject, inventory) = (sbom.subject, sbom.inventory);
    let document = Document {
        schema: "cooper/sbom/1",
        name: &subject.name,
        kind: subject.kind.name(),
        digest: &subject.digest,
        layers: &subject.diff_ids,
        distro: &inventory.distro,
        packages: Each(|| inventory.components.iter().map(|one| component(sbom, one))),
        unread: Each(|| {
            inventory.unread.iter().map(|(path, why)| json!({ "path": format!("/{path}"), "why": why }))
        }),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}
