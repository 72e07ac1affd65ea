//! Packages of Python that are installed (`PyPA`, "Core metadata"): `METADATA` of `*.dist-info`, `PKG-INFO` of `*.egg-info` and `EGG-INFO`, and
//! `*.egg-info` that are files; and archives that are not unpacked (`*.egg`).

use facts::{Ecosystem, Package};

use crate::zip::Zip;
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "python-installed",
    revision: 5,
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
    // The fields end at the first empty line; the description follows.
    let lines = text.trim_start().lines().take_while(|line| !line.trim().is_empty());
    let fields: Vec<(&str, &str)> =
        lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim())).collect();
    let all = |name: &'static str| {
        let known = fields.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, value)| *value)
    };
    let Some(name) = all("Name").next().filter(|name| !name.is_empty()) else { return };
    let mut package = Package::new(Ecosystem::Pypi, name, all("Version").next().unwrap_or_default());
    let license = all("License-Expression").next().or_else(|| all("License").next());
    let license = license.filter(|text| !text.is_empty() && *text != "UNKNOWN");
    let licenses: Vec<&str> = match license {
        Some(license) => vec![license],
        // Many packages say it by their class alone: `License :: OSI Approved :: MIT License`.
        None => all("Classifier").filter_map(|class| class.strip_prefix("License :: ")).collect(),
    };
    let last = licenses.into_iter().filter_map(|license| license.rsplit(" :: ").next());
    package.licenses = last.filter(|license| *license != "OSI Approved").map(str::to_owned).collect();
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
        assert_eq!(found(&CATALOGUER, "lib/x.egg-info", text).packages[0].licenses, ["MIT"]);
        let text = "Name: x\nLicense: UNKNOWN\nClassifier: License :: OSI Approved\nClassifier: License :: OSI Approved :: BSD License\nClassifier: Topic :: X\n";
        assert_eq!(found(&CATALOGUER, "lib/x.egg-info", text).packages[0].licenses, ["BSD License"]);
        check(&CATALOGUER, "lib/x.egg-info", "\nName: x\n\nVersion: 1\n", &["x "]);
        check(&CATALOGUER, "lib/x.egg-info", "Version: 1\n", &[]);
        check(&CATALOGUER, "lib/x.egg-info", b"\xff: \nNAME: x\nVersion: 1".as_slice(), &["x 1"]);
    }
}
