//! Packages of npm that are installed: each `package.json` with a name; one without a version is a package whose version is not
//! known. Licences are read in all the forms that
//! npm ever had.

use facts::{Ecosystem, Package};
use serde::Deserialize;

use crate::json::{Names, Word};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "npm-package",
    revision: 3,
    files: &[Pattern::Name("package.json")],
    reads: Reads::Installed,
    read,
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Description {
    name: Word,
    version: Word,
    license: Names,
    licenses: Names,
}

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.short_text(found) else { return };
    // Tests of packages have some that are broken on purpose.
    let Ok(description) = serde_json::from_str::<Description>(text.trim_start_matches('\u{feff}')) else {
        return;
    };
    let mut package = Package::new(Ecosystem::Npm, description.name.trim(), description.version.trim());
    package.licenses = description.license.into_vec();
    package.licenses.extend(description.licenses.into_vec());
    package.licenses.sort();
    package.licenses.dedup();
    found.push(package);
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
