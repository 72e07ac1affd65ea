//! Packages of dpkg: the status file (deb-status(5)), or one file for each package in `status.d`, as in images without
//! dpkg. Packages of which only configuration is left are none. The lists of their files (`info/*.list`, and `*.md5sums`
//! in `status.d`) say which files they own. opkg (`OpenWrt`) keeps its packages in the same form.

use facts::{Ecosystem, Package, SourcePackage};

use crate::content::Content;
use crate::lines::Lines;
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "dpkg",
    revision: 4,
    files: &[
        Pattern::Path("var/lib/dpkg/status"),
        Pattern::In("var/lib/dpkg/status.d", ""),
        Pattern::In("var/lib/dpkg/info", ".list"),
        Pattern::Path("usr/lib/opkg/status"),
        Pattern::Path("var/lib/opkg/status"),
        Pattern::In("usr/lib/opkg/info", ".list"),
        Pattern::In("usr/lib/opkg/info", ".control"),
    ],
    reads: Reads::Installed,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let name = file.name();
    let is_info = file.path.contains("/info/");
    let listed = name.strip_suffix(if is_info { ".list" } else { ".md5sums" });
    let is_opkg = file.path.contains("lib/opkg/");
    match listed {
        Some(package) => files(package, file, found),
        None => paragraphs(file.content, is_opkg, found),
    }
}

/// A list of files: paths alone, or each after its sum.
fn files(list: &str, file: &FileToRead<'_>, found: &mut Found) {
    let package = list.split(':').next().unwrap_or_default();
    let mut lines = Lines::of(file.content);
    while !found.is_full()
        && let Some(line) = lines.next()
    {
        let path =
            if line.starts_with('/') { &*line } else { line.split_once("  ").map_or("", |(_, path)| path) };
        if !path.is_empty() {
            found.owns(package, path);
        }
    }
    lines.finish(found);
}

const NAMES: [&str; 5] = ["Package", "Status", "Version", "Architecture", "Source"];

/// The packages; the lines that continue a field, and other fields, say nothing here.
pub(super) fn paragraphs(content: &Content, is_opkg: bool, found: &mut Found) {
    let mut lines = Lines::of(content);
    let mut fields: [String; 5] = Default::default();
    while !found.is_full()
        && let Some(line) = lines.next()
    {
        if line.trim().is_empty() {
            package(&std::mem::take(&mut fields), found);
        } else if let Some((name, value)) = line.split_once(':')
            // The source of opkg is a path in the tree of those who built it.
            && !(is_opkg && name == "Source")
            && let Some(at) = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))
            && fields[at].is_empty()
        {
            value.trim().clone_into(&mut fields[at]);
        }
    }
    package(&fields, found);
    lines.finish(found);
}

fn package([name, status, version, architecture, source]: &[String; 5], found: &mut Found) {
    // A file for one package says nothing of its state.
    let state = status.split_whitespace().nth(2);
    if state.is_some_and(|state| matches!(state, "not-installed" | "config-files")) || version.is_empty() {
        return;
    }
    let mut package = Package::new(Ecosystem::Deb, name, version);
    architecture.clone_into(&mut package.architecture);
    package.source = Some(source).filter(|source| !source.is_empty()).and_then(|source| {
        let (source, rest) = source.split_once(' ').unwrap_or((source, ""));
        let version_of = rest.trim().trim_start_matches('(').trim_end_matches(')');
        let made = SourcePackage {
            name: source.to_owned(),
            version: if version_of.is_empty() { version } else { version_of }.to_owned(),
        };
        (made.name != *name || made.version != *version).then_some(made)
    });
    found.push(package);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};

    const STATUS: &str = "Package: b\nStatus: install ok installed\nArchitecture: amd64\nSource: bb (1:2-3)\nVersion: 1:2-3+b1\n\
                          Description: x\n Version: no\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
                          Package: half\nStatus: install ok half-configured\nVersion: 2\n\n\
                          Package: a\nSource: a\nVersion: 1\nArchitecture: all";

    #[test]
    fn packages_that_are_there_are_read() {
        check(&CATALOGUER, "var/lib/dpkg/status", STATUS, &["b 1:2-3+b1", "half 2", "a 1"]);
        check(&CATALOGUER, "var/lib/dpkg/status.d/a", "Package: a\nVersion: 1\n", &["a 1"]);
        let opkg = "Package: o\nVersion: 1-2\nStatus: install user installed\n\nPackage: gone\nVersion: 1\nStatus: deinstall user not-installed\n";
        check(&CATALOGUER, "usr/lib/opkg/status", opkg, &["o 1-2"]);
        let control = "Package: o\nVersion: 1-2\nSource: package/utils/o\n";
        check(&CATALOGUER, "usr/lib/opkg/info/o.control", control, &["o 1-2"]);
        assert!(found(&CATALOGUER, "usr/lib/opkg/info/o.control", control).packages[0].source.is_none());
        check(&CATALOGUER, "var/lib/dpkg/status", b"\xff\n\nPackage: a\n\n: \n".as_slice(), &[]);
    }

    #[test]
    fn sources_of_another_name_or_version_are_kept() {
        let packages = found(&CATALOGUER, "var/lib/dpkg/status", STATUS).packages;
        assert_eq!(packages[0].source(), ("bb", "1:2-3"));
        assert_eq!((packages[2].source.as_ref(), packages[2].architecture.as_str()), (None, "all"));
    }

    #[test]
    fn lists_say_what_packages_own() {
        let list = found(&CATALOGUER, "var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib/x\n");
        assert_eq!((list.owners, list.owned.len()), (vec!["libc6".to_owned()], 2));
        let list = list.owned;
        let sums = found(&CATALOGUER, "var/lib/dpkg/status.d/a.md5sums", "0123  usr/lib/x\n").owned;
        assert_eq!(sums[0].0, list[1].0);
    }
}
