//! `CycloneDX` 1.6 (OWASP, ECMA-424) as JSON. The same inventory gives the same document: it carries no time, and its serial number is made of its
//! content. Where a package comes from is in properties of the name `cooper:`.

use std::io::{self, Write};

use facts::{Component, Distro, SubjectKind};
use kit::Digest;
use serde::Serialize;
use serde_json::{Value, json};

use crate::stream::{Each, digest};
use crate::{Sbom, SbomFormat};

pub(crate) static FORMAT: SbomFormat =
    SbomFormat { name: "cyclonedx", media_type: "application/vnd.cyclonedx+json", render: write };

/// The document; packages are written one after the other.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<P> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    version: u32,
    metadata: Value,
    components: P,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
}

fn write(sbom: &Sbom<'_>, out: &mut dyn Write) -> io::Result<()> {
    let packages = || {
        let all = sbom.inventory.components.iter().enumerate();
        all.map(|(number, one)| component(sbom, number, one))
            .chain(sbom.inventory.distro.as_ref().map(system))
    };
    let mut document = Document {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        version: 1,
        metadata: json!({
            "tools": { "components": [{ "type": "application", "name": "cooper", "version": env!("CARGO_PKG_VERSION") }] },
            "component": root(sbom),
        }),
        components: Each(packages),
        serial_number: None,
    };
    document.serial_number = Some(serial(&digest(&document)?));
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn system(distro: &Distro) -> Value {
    let mut system = json!({ "bom-ref": "os", "type": "operating-system", "name": distro.id });
    if !distro.version.is_empty() {
        system["version"] = json!(distro.version);
    }
    system
}

/// A UUID (RFC 9562, version 8) of the content.
fn serial(content: &Digest) -> String {
    let mut hex: Vec<char> = content.hex().chars().take(32).collect();
    (hex[12], hex[16]) = ('8', 'a');
    let part = |from: usize, to: usize| hex[from..to].iter().collect::<String>();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn root(sbom: &Sbom<'_>) -> Value {
    let kind = match sbom.subject.kind {
        SubjectKind::Image => "container",
        SubjectKind::FileSystem => "file",
        SubjectKind::Project => "application",
    };
    let mut root = json!({ "bom-ref": "root", "type": kind, "name": sbom.subject.name });
    if let Some(digest) = &sbom.subject.digest {
        root["version"] = json!(digest);
    }
    root
}

fn component(sbom: &Sbom<'_>, number: usize, one: &Component) -> Value {
    let package = &one.package;
    let purl = facts::purl(package, sbom.inventory.distro.as_ref());
    let name = package.name.rsplit_once([':', '/']).filter(|_| !package.ecosystem.is_distro());
    let is_grouped = matches!(package.ecosystem, facts::Ecosystem::Maven | facts::Ecosystem::Npm);
    let mut out = json!({ "bom-ref": format!("{purl}#{number}"), "type": "library" });
    match name.filter(|_| is_grouped) {
        Some((group, name)) => (out["group"], out["name"]) = (json!(group), json!(name)),
        None => out["name"] = json!(package.name),
    }
    if !package.version.is_empty() {
        out["version"] = json!(package.version);
    }
    if !package.licenses.is_empty() {
        out["licenses"] =
            package.licenses.iter().map(|name| json!({ "license": { "name": name } })).collect();
    }
    out["purl"] = json!(purl);
    out["properties"] = properties(sbom, one)
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    out
}

/// Where it is and where it comes from.
pub(super) fn properties(sbom: &Sbom<'_>, one: &Component) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (number, place) in one.places.iter().enumerate() {
        out.push((format!("cooper:location:{number}:path"), format!("/{}", place.path)));
        if let Some(layer) = sbom.subject.diff_ids.get(place.layer) {
            out.push((format!("cooper:location:{number}:layer"), layer.clone()));
        }
        out.push((format!("cooper:location:{number}:foundBy"), place.cataloguer.clone()));
    }
    if let Some(owner) = &one.owner {
        out.push(("cooper:ownedBy".to_owned(), owner.clone()));
    }
    let Some(origin) = &one.origin else { return out };
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let fields = [
        ("file", origin.file.clone()),
        ("line", number(origin.line)),
        ("stage", origin.stage.clone()),
        ("instruction", origin.instruction.clone()),
        ("copiedOn", number(origin.copied_on)),
        ("base", origin.base.clone()),
        ("createdBy", origin.created_by.clone()),
    ];
    let known =
        fields.into_iter().filter_map(|(name, value)| Some((format!("cooper:origin:{name}"), value?)));
    out.extend(known);
    out
}
