//! Inventories and findings are valid by the schemas of their formats, as the projects behind the formats judge it: `COOPER_TEST_PYTHON` names a Python
//! that has `cyclonedx-python-lib[json-validation]` and `spdx-tools`, `COOPER_TEST_SARIF` a sarif-multitool.

use std::ffi::OsString;
use std::fs;
use std::process::Command;

use crate::lab::{Lab, ran};

/// Reads a document and ends with 1 when it is not valid.
const CYCLONEDX: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()) and 1)
";
const SPDX: &str = "
import sys
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
found = validate_full_spdx_document(parse_file(sys.argv[1]), 'SPDX-2.3')
sys.exit('\\n'.join(one.validation_message for one in found) or 0)
";

fn named(variable: &str) -> Option<OsString> {
    let named = std::env::var_os(variable);
    if named.is_none() {
        println!("NOT RUN: `{variable}` names no program");
    }
    named
}

/// A file system and a project in one, with names and versions of all kinds.
fn lab() -> Lab {
    let lab = Lab::without_steps();
    let files = [
        ("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
        (
            "var/lib/dpkg/status",
            "Package: b+\nVersion: 1:2~3-4\nArchitecture: amd64\nSource: s (2)\n\nPackage: c\nVersion: 1\n",
        ),
        (
            "node_modules/@a/b/package.json",
            r#"{"name": "@a/b", "licenses": [{"type": "MIT OR \"x\""}, {"type": "é<&>"}]}"#,
        ),
        ("x/go.mod", "module example.org/Me\ngo 1.21\nrequire github.com/A/b/v2 v2.0.0+incompatible\n"),
        ("x/pom.xml", "<project><groupId>g</groupId><artifactId>a</artifactId></project>"),
        (
            "y/Typing_x-1.dist-info/METADATA",
            "Name: Typing_x\nVersion: 1!2.0+l\nLicense: a licence of\n  two lines\n",
        ),
        ("z/broken.jar", "none"),
    ];
    for (path, text) in files {
        lab.file(path, text);
    }
    lab.file("Dockerfile", "FROM debian\nRUN apt-get install -y curl && cd /x\nADD a b\nEXPOSE 99999\n");
    lab
}

/// What cooper writes for these arguments, in a file.
fn written(lab: &Lab, args: &[&str], name: &str) -> String {
    let ran = lab.run(args);
    assert!(matches!(ran.code, 0 | 1) && !ran.out.is_empty(), "{args:?}: {}", ran.err);
    let path = lab.path().join(name);
    fs::write(&path, ran.out).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn inventories_are_valid_by_their_schemas() {
    let Some(python) = named("COOPER_TEST_PYTHON") else { return };
    let lab = lab();
    for (format, script) in [("cyclonedx", CYCLONEDX), ("spdx", SPDX)] {
        let path =
            written(&lab, &["sbom", "--format", format, "context"], &format!("{format}.{format}.json"));
        let judged = ran(&Command::new(&python).args(["-c", script, &path]).output().unwrap());
        assert_eq!(judged.code, 0, "{format}: {}{}", judged.out, judged.err);
    }
}

#[test]
fn findings_are_valid_by_their_schema() {
    let Some(tool) = named("COOPER_TEST_SARIF") else { return };
    let lab = lab();
    let path = written(&lab, &["lint", "--format", "sarif", "context/Dockerfile"], "lint.sarif");
    let mut command = Command::new(&tool);
    command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1").args(["validate", &path]);
    let judged = ran(&command.output().unwrap());
    assert!(judged.code == 0 && !judged.out.contains(": error "), "{}{}", judged.out, judged.err);
}
