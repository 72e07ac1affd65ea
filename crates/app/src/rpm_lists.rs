//! Packages of rpm in images that are compared. What reads its databases is a cataloguer of scans.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use compare::{Package, Packages};
use store::{Merged, Store};

/// Reads those databases that differ; what cannot be read stays among those that were not.
pub(crate) fn read(root: &Merged, store: &Store, packages: &mut Packages, differs: &dyn Fn(&str) -> bool) {
    let installed = &mut packages.installed;
    packages.unread.retain(|path| {
        let read = if differs(path) { list(root, store, path) } else { Some(BTreeMap::new()) };
        let is_read = read.is_some();
        installed.extend(read.unwrap_or_default());
        !is_read
    });
}

/// The packages of a database; those that are there in several versions, as kernels are, have all of them.
fn list(root: &Merged, store: &Store, path: &str) -> Option<BTreeMap<Package, String>> {
    let real = root.resolve(path.as_bytes(), true).found()?;
    root.get(&real)?.digest.as_ref()?;
    let content = scan::Content::of_file(File::open(root.content_path(&real)?).ok()?).ok()?;
    let scratch = || store.scratch_file().map_err(io::Error::other);
    let found = scan::of_file(path, &content, &scratch);
    if found.unread.is_some() {
        return None;
    }
    let mut all: BTreeMap<Package, Vec<String>> = BTreeMap::new();
    for one in found.packages {
        let package = Package { manager: "rpm", name: one.name, architecture: one.architecture };
        all.entry(package).or_default().push(one.version);
    }
    let joined = all.into_iter().map(|(package, mut versions)| {
        versions.sort();
        (package, versions.join(", "))
    });
    Some(joined.collect())
}
