//! Packages of Python that are installed (`PyPA`, "Core metadata"): `METADATA` of `*.dist-info`, `PKG-INFO` of `*.egg-info` and `EGG-INFO`, and
//! `*.egg-info` that are files; and archives that are not unpacked (`*.egg`).

use facts::{Ecosystem, Package};

use crate::zip::Zip;
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "python-installed",
    revision: 4,
    files: &[
        Pattern::End("dist-info/METADATA"),
        Pattern::End("DIST-INFO/METADATA"),
        Pattern::End("egg-info/PKG-INFO"),
        Pattern::End("EGG-INFO/PKG-INFO"),
        Pattern::End(".egg-info"),
        Pattern::End(".egg"),
    ],
    reads: Reads::Installed,
    read,
};

/// Longer metadata is not read.
const MAX_TEXT: u64 = 4 << 20;

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if std::path::Path::new(file.name()).extension().is_some_and(|end| end == "egg") {
        if let Err(error) = egg(file, found) {
            found.unread(error);
        }
        return;
    }
    if let Some(text) = file.short_text(found) {
        metadata(&text, found);
    }
}

fn egg(file: &FileToRead<'_>, found: &mut Found) -> std::io::Result<()> {
    let zip = Zip::open(file.content)?;
    let Some(entry) = zip.entries().iter().find(|entry| entry.name == "EGG-INFO/PKG-INFO") else {
        return Ok(());
    };
    let bytes = zip.read(entry, MAX_TEXT)?.all(MAX_TEXT)?;
    metadata(&String::from_utf8_lossy(&bytes), found);
    Ok(())
}

fn metadata(text: &str, found: &mut Found) {
    let field = |name: &str| {
        // The fields end at the first empty line; the description follows.
        let mut lines = text.trim_start().lines().take_while(|line| !line.trim().is_empty());
        lines.find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let Some(name) = field("Name").filter(|name| !name.is_empty()) else { return };
    let mut package = Package::new(Ecosystem::Pypi, name, field("Version").unwrap_or_default());
    let license = field("License-Expression").or_else(|| field("License"));
    package.licenses = license
        .filter(|text| !text.is_empty() && *text != "UNKNOWN")
        .map(str::to_owned)
        .into_iter()
        .collect();
    found.push(package);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};
    use crate::zip::tests::zip;

    #[test]
    fn archives_are_read() {
        let zip = zip(&[("a/b.py", b""), ("EGG-INFO/PKG-INFO", b"Name: a\nVersion: 1.0\n")]);
        check(&CATALOGUER, "lib/a-1.0-py3.egg", zip, &["a 1.0"]);
        assert!(found(&CATALOGUER, "lib/a.egg", "x").unread.is_some());
    }

    #[test]
    fn metadata_is_read_up_to_the_description() {
        let text = "Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0\nLicense: MIT\n\nVersion: 7\n";
        check(&CATALOGUER, "lib/PyYAML-6.0.dist-info/METADATA", text, &["PyYAML 6.0"]);
        check(&CATALOGUER, "lib/x.egg-info", "\nName: x\n\nVersion: 1\n", &["x "]);
        check(&CATALOGUER, "lib/x.egg-info", "Version: 1\n", &[]);
        check(&CATALOGUER, "lib/x.egg-info", b"\xff: \nNAME: x\nVersion: 1".as_slice(), &["x 1"]);
    }
}
