//! SPDX 2.3 (ISO/IEC 5962) as JSON. Licences are what packages say themselves and are not judged. Where a package comes from is in its comment.

use std::io::{self, Write};

use facts::{Component, SubjectKind};
use kit::Digest;
use serde_json::{Value, json};

use super::cyclonedx::properties;
use crate::{Sbom, SbomFormat};

pub(crate) static FORMAT: SbomFormat =
    SbomFormat { name: "spdx", media_type: "application/spdx+json", render: write };

const ROOT: &str = "SPDXRef-root";

fn write(sbom: &Sbom<'_>, out: &mut dyn Write) -> io::Result<()> {
    let components = sbom.inventory.components.iter().enumerate();
    let mut packages = vec![root(sbom)];
    packages.extend(components.clone().map(|(number, one)| package(sbom, number, one)));
    let contains = components.map(|(number, _)| relationship(ROOT, "CONTAINS", &id(number)));
    let mut relationships = vec![relationship("SPDXRef-DOCUMENT", "DESCRIBES", ROOT)];
    relationships.extend(contains);
    let content = Digest::of(&serde_json::to_vec(&packages)?);
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": sbom.subject.name,
        "documentNamespace": format!("urn:cooper:sbom:{content}"),
        "creationInfo": {
            "created": date(sbom.time),
            "creators": [format!("Tool: cooper-{}", env!("CARGO_PKG_VERSION"))],
        },
        "packages": packages,
        "relationships": relationships,
    });
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

/// A time as SPDX writes it: `1980-01-01T00:00:00Z`.
fn date(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The date of a number of days since 1970 (Gregorian calendar, years that begin in March).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn times_are_dates() {
        for (seconds, expect) in [
            (0, "1970-01-01T00:00:00Z"),
            (315_532_800, "1980-01-01T00:00:00Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(date(seconds), expect);
        }
    }
}
