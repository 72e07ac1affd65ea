//! Packages of Conda that are installed: each has a file in the directory `conda-meta` of its environment. What was built for which system and by
//! whom is a part of its package URL, as the same version is built many times.

use facts::{Ecosystem, Package};
use serde::Deserialize;

use crate::json::{Word, document};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "conda",
    revision: 1,
    files: &[Pattern::Within("conda-meta", ".json")],
    reads: Reads::Installed,
    read,
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Description {
    name: Word,
    version: Word,
    build: Word,
    channel: Word,
    subdir: Word,
    license: Word,
}

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.short_text(found) else { return };
    let Some(described) = document::<Description>(&text, found) else { return };
    let channel = channel(&described.channel, &described.subdir).to_owned();
    let mut package =
        Package::new(Ecosystem::Conda, described.name.into_text(), described.version.into_text());
    package.licenses.extend(Some(described.license.into_text()).filter(|license| !license.is_empty()));
    let said = [
        ("build", described.build.into_text()),
        ("channel", channel),
        ("subdir", described.subdir.into_text()),
    ];
    let said = said.into_iter().filter(|(_, value)| !value.is_empty());
    package.qualifiers.extend(said.map(|(key, value)| (key.to_owned(), value)));
    found.push(package);
}

/// `main` of `https://host/pkgs/main/linux-64`; newer files leave out the system.
fn channel<'a>(address: &'a str, subdir: &str) -> &'a str {
    let address = address.trim_end_matches('/');
    let address = address.strip_suffix(subdir).unwrap_or(address).trim_end_matches('/');
    address.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};

    #[test]
    fn packages_of_an_environment_are_read() {
        let text = r#"{"name": "a", "version": "1.2", "build": "h1_0", "build_number": 0, "subdir": "linux-64",
            "channel": "https://host/pkgs/main/linux-64", "license": "MIT", "depends": []}"#;
        let package = &found(&CATALOGUER, "opt/conda/conda-meta/a-1.2-h1_0.json", text).packages[0];
        assert_eq!(facts::purl(package, None), "pkg:conda/a@1.2?build=h1_0&channel=main&subdir=linux-64");
        assert_eq!(package.licenses, ["MIT"]);
        let text = r#"{"name": "a", "version": "1.2", "channel": "defaults", "license": null}"#;
        let package = &found(&CATALOGUER, "conda-meta/a-1.2.json", text).packages[0];
        assert_eq!(facts::purl(package, None), "pkg:conda/a@1.2?channel=defaults");
    }

    #[test]
    fn other_files_are_none() {
        check(&CATALOGUER, "conda-meta/x.json", "{}", &[]);
        assert!(found(&CATALOGUER, "conda-meta/x.json", "{").unread.is_some());
    }
}
