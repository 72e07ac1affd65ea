//! Packages of apk (Alpine, "Apk spec"): `lib/apk/db/installed`, a paragraph for each. `F:` and `R:` are the files that a package
//! owns, `o:` is what it was built from: advisories are about that.

use facts::{Ecosystem, Package, SourcePackage};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "apk",
    revision: 1,
    files: &[Pattern::End("lib/apk/db/installed")],
    reads: Reads::Installed,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    text.split("\n\n").for_each(|paragraph| package(paragraph, found));
}

fn package(paragraph: &str, found: &mut Found) {
    let mut fields = [""; 5];
    let mut dir = "";
    let mut files = Vec::new();
    for line in paragraph.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        match name {
            "F" => dir = value,
            "R" => files.push((dir, value)),
            _ => {
                let known = ["P", "V", "A", "o", "L"].iter().position(|known| *known == name);
                // The first counts: later ones of the same letter say something of files.
                if let Some(field) = known.map(|at| &mut fields[at]).filter(|field| field.is_empty()) {
                    *field = value.trim();
                }
            }
        }
    }
    let [name, version, architecture, origin, license] = fields;
    if name.is_empty() || version.is_empty() {
        return;
    }
    let mut package = Package::new(Ecosystem::Apk, name, version);
    architecture.clone_into(&mut package.architecture);
    package.licenses = Some(license.to_owned()).filter(|license| !license.is_empty()).into_iter().collect();
    let source = SourcePackage { name: origin.to_owned(), version: version.to_owned() };
    package.source = (!origin.is_empty() && origin != name).then_some(source);
    found.push(package);
    for (dir, file) in files {
        let slash = if dir.is_empty() { "" } else { "/" };
        found.owns(name, &format!("{dir}{slash}{file}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::found;
    use crate::key::merged_key;

    #[test]
    fn packages_and_their_files_are_read() {
        let text = "C:Q1x=\nP:libssl3\nV:3.1.4-r5\nA:x86_64\nL:Apache-2.0\no:openssl\nF:lib\nR:libssl.so.3\na:0:0:755\n\nP:zlib\nV:1\nA:x86_64\n\nP:x\n";
        let found = found(&CATALOGUER, "lib/apk/db/installed", text);
        let names: Vec<_> = found.packages.iter().map(|one| (one.source().0, one.version.as_str())).collect();
        assert_eq!(names, [("openssl", "3.1.4-r5"), ("zlib", "1")]);
        assert_eq!(found.packages[0].licenses, ["Apache-2.0"]);
        assert_eq!(found.owned, [(merged_key(b"lib/libssl.so.3"), "libssl3".to_owned())]);
    }
}
