//! Packages as package managers have written them down: dpkg's status (Debian policy, deb-status), and apk's list of what
//! is installed (Alpine, "Apk spec"). rpm's databases are seen here, and read by who asks: see [`Packages::unread`].

use std::collections::BTreeMap;

use store::{Merged, StoreError};

/// Longer lists are an error.
const MAX_LIST: u64 = 64 << 20;
const DPKG: &str = "var/lib/dpkg/status";
/// One file for each package, as in images without dpkg.
const DPKG_PARTS: &str = "var/lib/dpkg/status.d";
const APK: [&str; 2] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];
const RPM: [&str; 10] = [
    "var/lib/rpm/Packages",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages",
    "usr/lib/sysimage/rpm/Packages.db",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/share/rpm/Packages",
    "usr/share/rpm/Packages.db",
    "usr/share/rpm/rpmdb.sqlite",
    "var/lib/rpmmanifest/container-manifest-2",
];

/// A package, told from others by all but its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Who manages it: `apk`, `dpkg` or `rpm`.
    pub manager: &'static str,
    /// Its name.
    pub name: String,
    /// Its architecture.
    pub architecture: String,
}

/// The packages of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages {
    /// Their versions.
    pub installed: BTreeMap<Package, String>,
    /// Databases of rpm that are there and were not read.
    pub unread: Vec<&'static str>,
}

/// A package that two images have not, or in another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageChange {
    /// The package.
    pub package: Package,
    /// The version of the first.
    pub before: Option<String>,
    /// The version of the second.
    pub after: Option<String>,
}

/// The packages of a file system.
pub fn packages(root: &Merged) -> Result<Packages, StoreError> {
    let mut all = Packages::default();
    let parts = root.list(DPKG_PARTS.as_bytes()).map(|entry| entry.path.clone());
    // Sums of the files of a package lie beside what is said of it.
    let parts = parts.filter(|path| !path.ends_with(b".md5sums"));
    for path in parts.chain([DPKG.as_bytes().to_vec()]) {
        all.installed.extend(dpkg(&read(root, &path)?));
    }
    for path in APK {
        all.installed.extend(apk(&read(root, path.as_bytes())?));
    }
    all.unread.extend(RPM.into_iter().filter(|path| root.resolve(path.as_bytes(), true).found().is_some()));
    Ok(all)
}

/// A file; nothing when there is none.
fn read(root: &Merged, path: &[u8]) -> Result<Vec<u8>, StoreError> {
    let is_file = root
        .resolve(path, true)
        .found()
        .and_then(|path| root.get(&path))
        .is_some_and(|entry| entry.digest.is_some());
    if is_file { root.read_file(path, MAX_LIST) } else { Ok(Vec::new()) }
}

/// What differs, in order.
pub fn package_changes(before: &Packages, after: &Packages) -> Vec<PackageChange> {
    let names: std::collections::BTreeSet<_> =
        before.installed.keys().chain(after.installed.keys()).collect();
    let change = |package: &Package| PackageChange {
        package: package.clone(),
        before: before.installed.get(package).cloned(),
        after: after.installed.get(package).cloned(),
    };
    names.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

/// The installed packages of a status file of dpkg, which may be damaged.
pub fn dpkg(bytes: &[u8]) -> BTreeMap<Package, String> {
    paragraphs(bytes, ": ", |fields| {
        // A file for one package says nothing of its state.
        let is_installed = fields.get("Status").is_none_or(|status| status.ends_with(" installed"));
        let made = package("dpkg", fields, ["Package", "Architecture", "Version"]);
        made.filter(|_| is_installed)
    })
}

/// The packages of apk's list, which may be damaged.
pub fn apk(bytes: &[u8]) -> BTreeMap<Package, String> {
    paragraphs(bytes, ":", |fields| package("apk", fields, ["P", "A", "V"]))
}

type Fields<'a> = BTreeMap<&'a str, &'a str>;

fn package(manager: &'static str, fields: &Fields<'_>, names: [&str; 3]) -> Option<(Package, String)> {
    let [name, architecture, version] = names.map(|name| fields.get(name).copied());
    let architecture = architecture.unwrap_or_default().to_owned();
    Some((Package { manager, name: name?.to_owned(), architecture }, version?.to_owned()))
}

fn paragraphs(
    bytes: &[u8],
    separator: &str,
    make: impl Fn(&Fields<'_>) -> Option<(Package, String)>,
) -> BTreeMap<Package, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut all = BTreeMap::new();
    let mut fields = Fields::new();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            all.extend(make(&std::mem::take(&mut fields)));
        } else if let Some((name, value)) =
            line.split_once(separator).filter(|_| !line.starts_with([' ', '\t']))
        {
            // The first counts: later ones of the same letter say something of files.
            fields.entry(name).or_insert(value.trim());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: &BTreeMap<Package, String>, expect: &[&str]) {
        let found: Vec<_> = found
            .iter()
            .map(|(package, version)| format!("{} {} {version}", package.name, package.architecture))
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn dpkg_lists_what_is_installed() {
        let status = "Package: b\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2-3\nDescription: x\n \
                      Version: no\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
                      Package: a\nVersion: 1\nArchitecture: all";
        check(&dpkg(status.as_bytes()), &["a all 1", "b amd64 1:2-3"]);
        check(&dpkg(b"\xff\n\nPackage: a\n\n: \n"), &[]);
    }

    #[test]
    fn apk_lists_what_is_installed() {
        let list =
            "C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nF:lib\nR:ld.so\na:0:0:755\n\nP:zlib\nV:1\nA:x86_64\n\n";
        check(&apk(list.as_bytes()), &["musl x86_64 1.2.5-r0", "zlib x86_64 1"]);
    }

    #[test]
    fn versions_are_compared_by_package() {
        let of = |text: &str| Packages { installed: dpkg(text.as_bytes()), unread: Vec::new() };
        let before = of("Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n\nPackage: c\nVersion: 1\n");
        let after = of("Package: b\nVersion: 2\n\nPackage: c\nVersion: 1\n\nPackage: d\nVersion: 1\n");
        let changes = package_changes(&before, &after);
        let found: Vec<_> = changes
            .iter()
            .map(|one| (one.package.name.as_str(), one.before.as_deref(), one.after.as_deref()))
            .collect();
        assert_eq!(found, [("a", Some("1"), None), ("b", Some("1"), Some("2")), ("d", None, Some("1"))]);
    }
}
