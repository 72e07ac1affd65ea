//! Packages of rpm: its databases in all three forms, `SQLite`, its own (`Packages.db`), and Berkeley DB (`Packages`); and the list that images without
//! rpm have of it (`rpmmanifest`). Their files are what they own.

use facts::{Ecosystem, Package, RPM_MODULE, SourcePackage};

use crate::lines::Lines;
use crate::rpm::{Form, Header, Tag};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

/// Longer names, and longer paths, which a kernel would refuse, are none.
const MAX_NAME: usize = 1024;
const MAX_PATH: usize = 4096;

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "rpm",
    revision: 3,
    files: &[
        Pattern::Path("var/lib/rpm/rpmdb.sqlite"),
        Pattern::Path("var/lib/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("var/lib/rpm/Packages.db"),
        Pattern::Path("var/lib/rpm/Packages"),
        Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite"),
        Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("usr/lib/sysimage/rpm/Packages.db"),
        Pattern::Path("usr/lib/sysimage/rpm/Packages"),
        Pattern::Path("usr/share/rpm/rpmdb.sqlite"),
        Pattern::Path("usr/share/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("usr/share/rpm/Packages.db"),
        Pattern::Path("usr/share/rpm/Packages"),
        Pattern::Path("var/lib/rpmmanifest/container-manifest-2"),
    ],
    reads: Reads::Installed,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let form = match file.name() {
        "rpmdb.sqlite" => Form::Sqlite,
        "Packages.db" => Form::Ndb,
        "Packages" => Form::Bdb,
        "rpmdb.sqlite-wal" => return log(file, found),
        _ => return manifest(file, found),
    };
    let all = form.headers(file.content, &mut |bytes| {
        if let Some(header) = Header::of(bytes) {
            package(&header, found);
        }
        !found.is_full()
    });
    if let Err(error) = all {
        found.unread(error);
    } else if found.is_full() {
        found.unread("it tells of more packages or files than are taken; the others are left out");
    }
}

/// A log of `SQLite` (`SQLite`, "Write-ahead logging"). What ended properly leaves it empty, or with its head alone.
fn log(file: &FileToRead<'_>, found: &mut Found) {
    const HEAD: u64 = 32;
    if file.content.size() > HEAD {
        found.unread("changes that may not be in the database yet; `rpm --rebuilddb` puts them there");
    }
}

fn package(header: &Header<'_>, found: &mut Found) {
    let name = header.text(Tag::Name).unwrap_or_default();
    // What owns a file is compared for each of them.
    if name.len() > MAX_NAME {
        return found.unread("a package whose name is too long");
    }
    let directories: Vec<&[u8]> = header.texts(Tag::Directories).collect();
    for (base, directory) in header.texts(Tag::BaseNames).zip(header.numbers(Tag::DirectoryNumbers)) {
        if let Some(directory) = directories.get(directory)
            && directory.len() + base.len() <= MAX_PATH
        {
            found.owns(&name, &String::from_utf8_lossy(&[*directory, base].concat()));
        }
    }
    found.push(described(header));
}

/// The package that a header is about.
pub(super) fn described(header: &Header<'_>) -> Package {
    let text = |tag| header.text(tag).unwrap_or_default();
    let epoch = header.numbers(Tag::Epoch).next().map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let version = format!("{epoch}{}-{}", text(Tag::Version), text(Tag::Release));
    let mut package = Package::new(Ecosystem::Rpm, text(Tag::Name), version);
    package.architecture = text(Tag::Architecture);
    package.source = source(&text(Tag::Source));
    package.licenses.extend(header.text(Tag::License).filter(|license| !license.is_empty()));
    if let Some(module) =
        header.text(Tag::Module).filter(|module| !module.is_empty() && module.len() <= MAX_NAME)
    {
        package.qualifiers.insert(RPM_MODULE.to_owned(), module);
    }
    package
}

/// `acl` and `2.3-1` of `acl-2.3-1.src.rpm`.
fn source(file: &str) -> Option<SourcePackage> {
    let stem = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let release = stem.rfind('-')?;
    let version = stem[..release].rfind('-')?;
    Some(SourcePackage { name: stem[..version].to_owned(), version: stem[version + 1..].to_owned() })
}

/// A line for each package: name, version and release, times, vendor, epoch, size, architecture, epoch, source.
fn manifest(file: &FileToRead<'_>, found: &mut Found) {
    let mut lines = Lines::of(file.content);
    while !found.is_full()
        && let Some(line) = lines.next()
    {
        let fields: Vec<&str> = line.trim_end().split('\t').collect();
        let field = |at: usize| fields.get(at).copied().filter(|text| *text != "(none)").unwrap_or_default();
        if field(0).is_empty() || field(1).is_empty() {
            continue;
        }
        let epoch =
            [field(5), field(8)].into_iter().find(|text| text.parse().is_ok_and(|epoch: u32| epoch > 0));
        let version = epoch.map_or_else(|| field(1).to_owned(), |epoch| format!("{epoch}:{}", field(1)));
        let mut package = Package::new(Ecosystem::Rpm, field(0), version);
        field(7).clone_into(&mut package.architecture);
        package.source = source(field(9));
        found.push(package);
    }
    lines.finish(found);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};
    use crate::key::merged_key;
    use crate::rpm::tests::{header, ndb};

    #[test]
    fn packages_and_their_files_are_read() {
        let texts: &[(u32, &[&str])] = &[
            (1000, &["acl"]),
            (1001, &["2.3"]),
            (1002, &["1.el9"]),
            (1014, &["GPLv2+"]),
            (1022, &["x86_64"]),
            (1044, &["acl-2.3-1.el9.src.rpm"]),
            (1117, &["getfacl", "x"]),
            (1118, &["/usr/bin/", "/etc/"]),
            (5096, &["acl:2:8060020220101:0a1b"]),
        ];
        let bytes = ndb(&header(texts, &[(1003, &[2]), (1116, &[0, 1])]));
        let found = found(&CATALOGUER, "var/lib/rpm/Packages.db", bytes);
        let one = &found.packages[0];
        assert_eq!((one.version.as_str(), one.source()), ("2:2.3-1.el9", ("acl", "2.3-1.el9")));
        assert_eq!((one.architecture.as_str(), one.licenses[0].as_str()), ("x86_64", "GPLv2+"));
        assert_eq!(one.module(), "acl:2:8060020220101:0a1b");
        let paths: Vec<u64> = found.owned.iter().map(|(path, _)| *path).collect();
        assert_eq!(paths, [merged_key(b"usr/bin/getfacl"), merged_key(b"etc/x")]);
    }

    #[test]
    fn lists_of_images_without_rpm_are_read() {
        let text = "a\t1-2\t1\t2\tMe\t(none)\t5\tnoarch\t0\ta-1-2.src.rpm\nb\t3-4\t1\t2\tMe\t1\t5\tnoarch\t2\t(none)\n\n";
        let path = "var/lib/rpmmanifest/container-manifest-2";
        check(&CATALOGUER, path, text, &["a 1-2", "b 1:3-4"]);
    }

    #[test]
    fn changes_beside_a_database_are_said() {
        let why = |len: usize| found(&CATALOGUER, "var/lib/rpm/rpmdb.sqlite-wal", vec![0; len]).unread;
        assert_eq!((why(0), why(32)), (None, None));
        assert!(why(33).unwrap().contains("changes"));
    }

    #[test]
    fn what_is_no_database_is_said() {
        for name in ["rpmdb.sqlite", "Packages.db", "Packages"] {
            let found = found(&CATALOGUER, &format!("var/lib/rpm/{name}"), "x");
            assert!(found.unread.is_some_and(|why| why.contains("damaged")), "{name}");
        }
    }
}
