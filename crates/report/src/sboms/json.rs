//! An inventory as JSON for programs. Fields are added, never renamed or removed.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::inventory::document;
use crate::{Sbom, SbomFormat};

pub(crate) static FORMAT: SbomFormat =
    SbomFormat { name: "json", media_type: "application/json", render: write };

fn write(sbom: &Sbom<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut value = json!({ "schema": "cooper/sbom/1" });
    if let (Some(all), Value::Object(fields)) = (value.as_object_mut(), document(sbom)) {
        all.extend(fields);
    }
    serde_json::to_writer_pretty(&mut *out, &value)?;
    writeln!(out)
}
