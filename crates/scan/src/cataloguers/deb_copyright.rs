//! Licences of packages of dpkg: `usr/share/doc/PACKAGE/copyright`. A file in the form that machines read (Debian, "Machine-readable
//! debian/copyright file") has them in fields `License`; older ones name texts in `usr/share/common-licenses`.

use std::collections::BTreeSet;

use crate::lines::Lines;
use crate::merge::documented;
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "deb-copyright",
    revision: 1,
    files: &[Pattern::Name("copyright")],
    reads: Reads::Installed,
    read,
};

/// Where all common texts are.
const COMMON: &str = "/usr/share/common-licenses/";

/// So many are taken of a file, each of so many bytes.
const MAX_LICENCES: usize = 64;
const MAX_NAME: usize = 256;

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if documented(file.path).is_none() {
        return;
    }
    let (mut fields, mut texts) = (BTreeSet::new(), BTreeSet::new());
    let mut lines = Lines::of(file.content);
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("License:") {
            take(&mut fields, name.trim());
        }
        // To look for one character first is several times as fast.
        let slashes = line.match_indices('/').map(|(at, _)| &line[at..]);
        for after in slashes.filter_map(|rest| rest.strip_prefix(COMMON)) {
            let is_part = |one: char| one.is_ascii_alphanumeric() || "+-.".contains(one);
            let end = after.find(|one| !is_part(one)).unwrap_or(after.len());
            take(&mut texts, after[..end].trim_end_matches(['.', '-']));
        }
    }
    found.licences = if fields.is_empty() { texts } else { fields }.into_iter().collect();
    lines.finish(found);
}

fn take(all: &mut BTreeSet<String>, name: &str) {
    if !name.is_empty() && name.len() <= MAX_NAME && all.len() < MAX_LICENCES {
        all.insert(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::found;

    #[test]
    fn fields_count_before_texts() {
        let check = |path: &str, text: &str, expect: &[&str]| {
            assert_eq!(found(&CATALOGUER, path, text).licences, expect, "{text}");
        };
        let path = "usr/share/doc/a/copyright";
        let new = "Format: x\n\nFiles: *\nLicense: GPL-2+ or MIT\n text\n\nFiles: x\nLicense:  MIT\n\nLicense: MIT\n see /usr/share/common-licenses/GPL-2\n";
        check(path, new, &["GPL-2+ or MIT", "MIT"]);
        check(path, "It is in `/usr/share/common-licenses/LGPL-2.1'.\n", &["LGPL-2.1"]);
        check(path, "see /usr/share/common-licenses/GPL-2.\nLicense:\n", &["GPL-2"]);
        check(path, "Free for all.", &[]);
        check("usr/share/doc/a/b/copyright", new, &[]);
        check("opt/copyright", new, &[]);
    }
}
