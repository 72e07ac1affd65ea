//! SPDX 2.3 (ISO/IEC 5962) as JSON. Licences are what packages say themselves and are not judged. Where a package comes from is in its comment.

use std::io::{self, Write};

use facts::{Component, SubjectKind};
use serde::Serialize;
use serde_json::{Value, json};

use super::cyclonedx::properties;
use crate::stream::{Each, digest};
use crate::time::date;
use crate::{Sbom, SbomFormat};

pub(crate) static FORMAT: SbomFormat =
    SbomFormat { name: "spdx", media_type: "application/spdx+json", render: write };

const ROOT: &str = "SPDXRef-root";

/// The document; packages and relationships are written one after the other.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a, P, R> {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    id: &'static str,
    name: &'a str,
    #[serde(rename = "documentNamespace")]
    namespace: String,
    creation_info: Value,
    packages: P,
    relationships: R,
}

fn write(sbom: &Sbom<'_>, out: &mut dyn Write) -> io::Result<()> {
    let components = &sbom.inventory.components;
    let packages = Each(|| {
        let all = components.iter().enumerate().map(|(number, one)| package(sbom, number, one));
        std::iter::once(root(sbom)).chain(all)
    });
    let relationships = Each(|| {
        let contains = (0..components.len()).map(|number| relationship(ROOT, "CONTAINS", &id(number)));
        std::iter::once(relationship("SPDXRef-DOCUMENT", "DESCRIBES", ROOT)).chain(contains)
    });
    let document = Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: "SPDXRef-DOCUMENT",
        name: &sbom.subject.name,
        namespace: format!("urn:cooper:sbom:{}", digest(&packages)?),
        creation_info: json!({
            "created": date(sbom.time),
            "creators": [format!("Tool: cooper-{}", env!("CARGO_PKG_VERSION"))],
        }),
        packages,
        relationships,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn id(number: usize) -> String {
    format!("SPDXRef-package-{number}")
}

fn relationship(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}

fn common(id: &str, name: &str) -> Value {
    json!({
        "SPDXID": id,
        "name": name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    })
}

fn root(sbom: &Sbom<'_>) -> Value {
    let mut root = common(ROOT, &sbom.subject.name);
    root["primaryPackagePurpose"] = json!(match sbom.subject.kind {
        SubjectKind::Image => "CONTAINER",
        SubjectKind::FileSystem => "FILE",
        SubjectKind::Project => "SOURCE",
    });
    if let Some(digest) = &sbom.subject.digest {
        root["versionInfo"] = json!(digest);
    }
    root
}

fn package(sbom: &Sbom<'_>, number: usize, one: &Component) -> Value {
    let mut out = common(&id(number), &one.package.name);
    if !one.package.version.is_empty() {
        out["versionInfo"] = json!(one.package.version);
    }
    out["externalRefs"] = json!([{
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": facts::purl(&one.package, sbom.inventory.distro.as_ref()),
    }]);
    if !one.package.licenses.is_empty() {
        out["licenseComments"] = json!(format!("declared as {}", one.package.licenses.join(", ")));
    }
    let lines = properties(sbom, one).into_iter().map(|(name, value)| format!("{name}={value}"));
    out["comment"] = json!(lines.collect::<Vec<_>>().join("\n"));
    out
}
