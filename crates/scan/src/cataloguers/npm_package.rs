//! Packages of npm that are installed: each `package.json` with a name; one without a version is a package whose version is not
//! known. Licences are read in all the forms that
//! npm ever had.

use facts::{Ecosystem, Package};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess};

use crate::json::{Forms, Names, Word, any};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "npm-package",
    revision: 3,
    files: &[Pattern::Name("package.json")],
    reads: Reads::Installed,
    read,
};

#[derive(Default)]
struct Description {
    name: Word,
    version: Word,
    license: Names,
    licenses: Names,
}

impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        any(from)
    }
}

/// Of fields that are there twice the last counts, as npm has it.
impl<'de> Forms<'de> for Description {
    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut made = Self::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => made.name = map.next_value()?,
                "version" => made.version = map.next_value()?,
                "license" => made.license = map.next_value()?,
                "licenses" => made.licenses = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(made)
    }
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
        check(r#"{"name": "a", "version": "1", "x": [{}], "version": "2"}"#, &["a 2"]);
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
