//! Packages of npm that are installed: each `package.json` with a name; one without a version is a package whose version is not
//! known. Licences are read in all the forms that
//! npm ever had.

use facts::{Ecosystem, Package};
use serde_json::Value;

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "npm-package",
    revision: 2,
    files: &[Pattern::Name("package.json")],
    reads: Reads::Installed,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.short_text(found) else { return };
    // Tests of packages have some that are broken on purpose.
    let Ok(value) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else { return };
    let field =
        |name: &str| value.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let Some(name) = field("name") else { return };
    let mut package = Package::new(Ecosystem::Npm, name, field("version").unwrap_or_default());
    package.licenses = licenses(&value);
    found.push(package);
}

fn licenses(value: &Value) -> Vec<String> {
    let one = |value: &Value| {
        let text =
            value.as_str().or_else(|| value.get("type")?.as_str()).or_else(|| value.get("name")?.as_str());
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let list = |value: &Value| match value {
        Value::Array(all) => all.iter().filter_map(one).collect(),
        value => one(value).into_iter().collect::<Vec<_>>(),
    };
    let mut all: Vec<String> =
        ["license", "licenses"].iter().filter_map(|name| value.get(*name)).flat_map(list).collect();
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};

    #[test]
    fn a_package_has_a_name() {
        let check =
            |text: &str, expect: &[&str]| check(&CATALOGUER, "x/node_modules/a/package.json", text, expect);
        check(r#"{"name": "@a/b", "version": "1.0.0"}"#, &["@a/b 1.0.0"]);
        check(r#"{"name": "a", "version": ""}"#, &["a "]);
        check(r#"{"name": "a"}"#, &["a "]);
        check(r#"{"name": 1, "version": "1.0.0"}"#, &[]);
        check(r#"{"type": "module"}"#, &[]);
        check("{", &[]);
        check("[1]", &[]);
    }

    #[test]
    fn licences_are_read_in_every_form() {
        for license in
            [r#""license": "MIT""#, r#""license": {"type": "MIT"}"#, r#""licenses": [{"type": "MIT"}]"#]
        {
            let text = format!(r#"{{"name": "a", "version": "1", {license}}}"#);
            assert_eq!(found(&CATALOGUER, "package.json", text).packages[0].licenses, ["MIT"], "{license}");
        }
    }
}
