//! Packages of apk (Alpine, "Apk spec"): `lib/apk/db/installed`, a paragraph for each. `F:` and `R:` are the files that a package
//! owns, `o:` is what it was built from: advisories are about that.

use facts::{Ecosystem, Package, SourcePackage};

use crate::lines::Lines;
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "apk",
    revision: 2,
    files: &[Pattern::End("lib/apk/db/installed")],
    reads: Reads::Installed,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let mut lines = Lines::of(file.content);
    let mut open = Paragraph::default();
    while !found.is_full()
        && let Some(line) = lines.next()
    {
        if line.is_empty() {
            std::mem::take(&mut open).end(found);
        } else {
            open.line(&line, found);
        }
    }
    open.end(found);
    lines.finish(found);
}

/// A package in the making.
#[derive(Default)]
struct Paragraph {
    fields: [String; 5],
    dir: String,
}

impl Paragraph {
    fn line(&mut self, line: &str, found: &mut Found) {
        let Some((name, value)) = line.split_once(':') else { return };
        match name {
            "F" => value.clone_into(&mut self.dir),
            "R" => {
                let slash = if self.dir.is_empty() { "" } else { "/" };
                // The name comes before all files.
                found.owns(&self.fields[0], &format!("{}{slash}{value}", self.dir));
            }
            _ => {
                let known = ["P", "V", "A", "o", "L"].iter().position(|known| *known == name);
                // The first counts: later ones of the same letter say something of files.
                if let Some(field) = known.map(|at| &mut self.fields[at]).filter(|field| field.is_empty()) {
                    value.trim().clone_into(field);
                }
            }
        }
    }

    fn end(self, found: &mut Found) {
        let [name, version, architecture, origin, license] = self.fields;
        if name.is_empty() || version.is_empty() {
            return;
        }
        let source = SourcePackage { name: origin, version: version.clone() };
        let mut package = Package::new(Ecosystem::Apk, name, version);
        package.architecture = architecture;
        package.licenses = Some(license).filter(|license| !license.is_empty()).into_iter().collect();
        let is_other = !source.name.is_empty() && source.name != package.name;
        package.source = is_other.then_some(source);
        found.push(package);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};
    use crate::key::merged_key;

    #[test]
    fn packages_and_their_files_are_read() {
        let text = "C:Q1x=\nP:libssl3\nV:3.1.4-r5\nA:x86_64\nL:Apache-2.0\no:openssl\nF:lib\nR:libssl.so.3\na:0:0:755\n\nP:zlib\nV:1\nA:x86_64\n\nP:x\n";
        let found = found(&CATALOGUER, "lib/apk/db/installed", text);
        let names: Vec<_> = found.packages.iter().map(|one| (one.source().0, one.version.as_str())).collect();
        assert_eq!(names, [("openssl", "3.1.4-r5"), ("zlib", "1")]);
        assert_eq!(found.packages[0].licenses, ["Apache-2.0"]);
        assert_eq!(found.owned, [(merged_key(b"lib/libssl.so.3"), 0)]);
        assert_eq!(found.owners, ["libssl3"]);
    }

    #[test]
    fn ends_of_lines_do_not_matter() {
        check(&CATALOGUER, "lib/apk/db/installed", "P:a\r\nV:1\r\n\r\nP:b\r\nV:2", &["a 1", "b 2"]);
    }
}
