//! One pass over a layer, a file system or a project. Of all files only numbers are kept; what is read is read when it
//! comes by.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use image::{EntryKind, path_to_string};
use store::{Layer, LayerTar, TarKind};

use crate::cataloguer::Dispatch;
use crate::content::{Content, Scratch};
use crate::key::{key, merged_key};
use crate::{Cataloguer, FileToRead, Finds, Found, LayerFacts, Watch};

/// More entries are an error.
const MAX_ENTRIES: usize = 4_000_000;

/// More files of packages of a distribution are not told from others.
const MAX_OWNED: usize = 2_000_000;

/// More packages are left out.
const MAX_PACKAGES: usize = 50_000;

/// So many files that could not be read are told of.
const MAX_UNREAD: usize = 1000;

/// From so many finds on those that were replaced are looked for while it is read.
const MANY_FINDS: usize = 4096;

/// Files of this size may be programs though nobody may run them: some ways to unpack an archive forget that. Few files are so large, and
/// programs that tell of packages are not smaller.
const LARGE: u64 = 256 << 10;

/// Levels of directories of a project.
const MAX_DEPTH: usize = 256;

/// Directories of a project that hold no part of it.
const SKIPPED: &[&str] = &[".git", ".hg", ".svn"];

/// What is installed by one file, whose path has no leading `/`; of a cataloguer that could not read it, why.
pub fn of_file(path: &str, content: &Content, scratch: Scratch<'_>) -> Found {
    let mut found = Found::default();
    for cataloguer in Dispatch::of(false).by_path(path) {
        (cataloguer.read)(&FileToRead { path, content, dir: None, scratch }, &mut found);
    }
    found
}

/// The facts of a layer's tar. `scratch` makes a file without a name, for programs that are too large for memory and
/// lie in a tar that is compressed. `watch` sees all files on the way.
pub fn of_tar(
    tar: &mut LayerTar,
    scratch: Scratch<'_>,
    watch: Option<&mut Watch<'_>>,
) -> io::Result<LayerFacts> {
    let mut builder = Builder::new(false, scratch, watch);
    while let Some(header) = tar.next()? {
        builder.count()?;
        let path = clean(&header.path);
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if name == ".wh..wh..opq" {
            builder.facts.opaque.push(key(dir.as_bytes()));
            continue;
        }
        if let Some(gone) = name.strip_prefix(".wh.") {
            let slash = if dir.is_empty() { "" } else { "/" };
            builder.facts.covers.push(key(format!("{dir}{slash}{gone}").as_bytes()));
            continue;
        }
        if header.kind == TarKind::Dir {
            continue;
        }
        builder.facts.covers.push(key(path.as_bytes()));
        match header.kind {
            TarKind::File => {
                let place = tar.place();
                let mut source = Source { reader: tar, place, size: header.size, scratch };
                builder.file(&path, header.mode, &mut source)?;
            }
            TarKind::Hardlink => builder.link(&path, &clean(&header.link)),
            _ => {}
        }
    }
    Ok(builder.finish())
}

/// The facts of a layer that is unpacked.
pub fn of_layer(
    layer: &Layer,
    scratch: Scratch<'_>,
    watch: Option<&mut Watch<'_>>,
) -> io::Result<LayerFacts> {
    let index = layer.index().map_err(io::Error::other)?;
    let root = layer.fs_path();
    let mut builder = Builder::new(false, scratch, watch);
    for entry in index.entries() {
        builder.count()?;
        match entry.kind {
            EntryKind::Dir => continue,
            EntryKind::OpaqueDir => {
                builder.facts.opaque.push(key(&entry.path));
                continue;
            }
            _ => builder.facts.covers.push(key(&entry.path)),
        }
        if matches!(entry.kind, EntryKind::File | EntryKind::Hardlink) {
            // The mode of a link is that of its first name, which is not looked up: its content is read for either.
            let mode = if entry.kind == EntryKind::File { entry.mode } else { 0o755 };
            let host = || root.join(Path::new(std::ffi::OsStr::from_bytes(&entry.path)));
            builder.host_file(&path_to_string(&entry.path), (mode, entry.size), &host);
        }
    }
    Ok(builder.finish())
}

/// The facts of a directory: the root of a file system, or with `project` that of a project. Symbolic links are not followed,
/// and other file systems that are mounted in it are not entered.
pub fn of_directory(
    root: &Path,
    project: bool,
    scratch: Scratch<'_>,
    watch: Option<&mut Watch<'_>>,
) -> io::Result<LayerFacts> {
    let mut builder = Builder::new(project, scratch, watch);
    let device = fs::metadata(root)?.dev();
    let mut waiting: Vec<(PathBuf, String, usize)> = vec![(root.to_owned(), String::new(), 0)];
    while let Some((dir, within, depth)) = waiting.pop() {
        let listed = fs::read_dir(&dir).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(error) if !within.is_empty() => {
                builder.unread(&within, "directory", &error);
                continue;
            }
            Err(error) => return Err(error),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            builder.count()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if within.is_empty() { name.clone() } else { format!("{within}/{name}") };
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() {
                if meta.dev() == device && depth < MAX_DEPTH && !SKIPPED.contains(&name.as_str()) {
                    waiting.push((entry.path(), path, depth + 1));
                }
            } else if meta.is_file() {
                builder.host_file(&path, (meta.mode(), meta.len()), &|| entry.path());
            }
        }
    }
    Ok(builder.finish())
}

/// A path from the root without a leading or trailing `/`.
fn clean(path: &[u8]) -> String {
    let text = path_to_string(path);
    let simple = text.strip_prefix("./").unwrap_or(&text).trim_end_matches('/');
    let odd = simple.starts_with(['/', '.']) || simple.contains("//") || simple.contains("/.");
    if odd { kit::path_below_root(simple) } else { simple.to_owned() }
}

/// A file of a tar that can be read once.
struct Source<'a> {
    reader: &'a mut dyn Read,
    place: Option<(std::sync::Arc<kit::Bytes>, u64)>,
    size: u64,
    scratch: Scratch<'a>,
}

impl Source<'_> {
    fn content(&mut self, head: &[u8], spare: &mut Vec<u8>) -> io::Result<Content> {
        match self.place.take() {
            Some((file, offset)) => Ok(Content::File { file, offset, size: self.size }),
            None => Content::of_stream(head, self.reader, self.size, self.scratch, std::mem::take(spare)),
        }
    }

    fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        (&mut *self.reader).take(8).read_to_end(&mut head)?;
        Ok(head)
    }
}

/// Facts in the making.
struct Builder<'w, 'r> {
    facts: LayerFacts,
    watch: Option<&'w mut Watch<'r>>,
    scratch: Scratch<'w>,
    dispatch: &'static Dispatch,
    project: bool,
    entries: usize,
    packages: usize,
    /// Whether it was told that packages are left out.
    is_full: bool,
    unread: usize,
    /// Numbers of the paths at which something was found.
    places: BTreeSet<u64>,
    /// With so many finds they are tidied.
    many: usize,
    owners: BTreeMap<String, u32>,
    /// Memory of the last file.
    spare: Vec<u8>,
}

impl<'w, 'r> Builder<'w, 'r> {
    fn new(project: bool, scratch: Scratch<'w>, watch: Option<&'w mut Watch<'r>>) -> Self {
        let dispatch = Dispatch::of(project);
        Self {
            facts: LayerFacts::default(),
            watch,
            scratch,
            dispatch,
            project,
            entries: 0,
            packages: 0,
            is_full: false,
            unread: 0,
            places: BTreeSet::new(),
            many: MANY_FINDS,
            owners: BTreeMap::new(),
            spare: Vec::new(),
        }
    }

    fn count(&mut self) -> io::Result<()> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            let text = format!("it has more than {MAX_ENTRIES} entries");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        Ok(())
    }

    /// Whether a file may be a program: by its mode, its size and its name, as opening every file would take longer than all else.
    fn may_be_program(&self, path: &str, (mode, size): (u32, u64)) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        let end = name.rsplit_once('.').map(|(_, end)| end);
        mode & 0o111 != 0
            || size >= LARGE
            || end.is_some_and(|end| ["so", "exe", "dll", "dylib", "node"].contains(&end))
            || name.contains(".so.")
            || (self.project && end.is_none())
    }

    /// A file of a tar.
    fn file(&mut self, path: &str, mode: u32, source: &mut Source<'_>) -> io::Result<()> {
        let known = self.dispatch.by_path(path);
        let (mut programs, mut head): (&[_], _) = (&[], Vec::new());
        if self.may_be_program(path, (mode, source.size)) {
            head = source.head()?;
            programs = self.dispatch.by_head(&head);
        }
        if known.is_empty() && programs.is_empty() {
            return match &mut self.watch {
                Some(watch) => watch.stream(path, &head, &mut source.reader),
                None => Ok(()),
            };
        }
        let content = source.content(&head, &mut self.spare)?;
        if let Some(watch) = &mut self.watch {
            watch.content(path, &content)?;
        }
        known.iter().chain(programs).for_each(|one| self.read(one, path, &content, None));
        self.spare = content.into_spare();
        Ok(())
    }

    /// A file of this machine.
    fn host_file(&mut self, path: &str, kind: (u32, u64), host: &dyn Fn() -> PathBuf) {
        let known = self.dispatch.by_path(path);
        let may_be_program = self.may_be_program(path, kind);
        let is_watched = self.watch.as_ref().is_some_and(|watch| watch.wants(path));
        if known.is_empty() && !may_be_program && !is_watched {
            return;
        }
        let place = host();
        let content = match File::open(&place).and_then(Content::of_file) {
            Ok(content) => content,
            Err(error) => {
                for one in known {
                    self.unread(path, one.name, &error);
                }
                return;
            }
        };
        let mut head = [0; 8];
        let count = if may_be_program { content.read_at(0, &mut head).unwrap_or_default() } else { 0 };
        if let Some(watch) = &mut self.watch
            && let Err(error) = watch.content(path, &content)
        {
            self.unread(path, "secrets", &error);
        }
        let programs = self.dispatch.by_head(&head[..count]);
        known.iter().chain(programs).for_each(|one| self.read(one, path, &content, place.parent()));
    }

    fn read(&mut self, cataloguer: &Cataloguer, path: &str, content: &Content, dir: Option<&Path>) {
        let mut found = Found::default();
        (cataloguer.read)(&FileToRead { path, content, dir, scratch: self.scratch }, &mut found);
        self.own(&found);
        found.packages.shrink_to_fit();
        self.add(Finds {
            path: path.to_owned(),
            cataloguer: cataloguer.name.to_owned(),
            packages: found.packages,
            distro: found.distro,
            unread: found.unread,
            licences: found.licences,
            linked: found.linked,
        });
    }

    /// Adds what was found in a file, as far as there is room.
    fn add(&mut self, mut find: Finds) {
        if self.facts.finds.len() >= self.many {
            self.tidy();
        }
        let left = MAX_PACKAGES.saturating_sub(self.packages);
        if find.packages.len() > left {
            find.packages.truncate(left);
            if !std::mem::replace(&mut self.is_full, true) {
                find.unread =
                    Some(format!("there are more than {MAX_PACKAGES} packages; the others are left out"));
            }
        }
        if find.unread.is_some() {
            self.unread += 1;
            match self.unread.cmp(&MAX_UNREAD) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => find.unread = Some("others were not read, too".to_owned()),
                std::cmp::Ordering::Greater => find.unread = None,
            }
        }
        if self.facts.finds.len() > 2 * MAX_PACKAGES {
            find.licences.clear();
        }
        let nothing = find.packages.is_empty()
            && find.licences.is_empty()
            && find.distro.is_none()
            && find.unread.is_none();
        if !nothing {
            self.packages += find.packages.len();
            self.places.insert(key(find.path.as_bytes()));
            self.facts.finds.push(find);
        }
    }

    /// Sorts what was found. Of entries of one path the last counts, as it does when they are unpacked.
    fn tidy(&mut self) {
        let finds = &mut self.facts.finds;
        finds.reverse();
        finds.sort_by(|a, b| (&a.path, &a.cataloguer).cmp(&(&b.path, &b.cataloguer)));
        finds.dedup_by(|a, b| (&a.path, &a.cataloguer) == (&b.path, &b.cataloguer));
        self.packages = finds.iter().map(|find| find.packages.len()).sum();
        self.many = MANY_FINDS.max(2 * finds.len());
    }

    fn own(&mut self, found: &Found) {
        let numbers: Vec<u32> = found
            .owners
            .iter()
            .map(|owner| {
                let next = u32::try_from(self.owners.len()).unwrap_or(u32::MAX);
                *self.owners.entry(owner.clone()).or_insert(next)
            })
            .collect();
        let left = MAX_OWNED.saturating_sub(self.facts.owned.len());
        let owned = found.owned.iter().take(left).map(|(path, owner)| (*path, numbers[*owner]));
        self.facts.owned.extend(owned);
    }

    fn unread(&mut self, path: &str, cataloguer: &str, error: &io::Error) {
        self.add(Finds {
            path: path.to_owned(),
            cataloguer: cataloguer.to_owned(),
            packages: Vec::new(),
            distro: None,
            unread: Some(error.to_string()),
            licences: Vec::new(),
            linked: None,
        });
    }

    /// Another name of a file that came by: what was found in it counts when somebody would have read this one, too.
    fn link(&mut self, path: &str, target: &str) {
        if self.is_full || !self.places.contains(&key(target.as_bytes())) {
            return;
        }
        let known = self.dispatch.by_path(path);
        let same = |find: &&Finds| {
            find.path == target && (known.is_empty() || known.iter().any(|one| one.name == find.cataloguer))
        };
        let again: Vec<Finds> = self.facts.finds.iter().filter(same).cloned().collect();
        for find in again {
            self.add(Finds { path: path.to_owned(), ..find });
        }
    }

    fn finish(mut self) -> LayerFacts {
        self.tidy();
        let mut facts = self.facts;
        let mut owners: Vec<(String, u32)> = self.owners.into_iter().collect();
        owners.sort_by_key(|(_, number)| *number);
        facts.owners = owners.into_iter().map(|(owner, _)| owner).collect();
        for list in [&mut facts.covers, &mut facts.opaque] {
            list.sort_unstable();
            list.dedup();
        }
        facts.owned.sort_unstable();
        facts.owned.dedup_by_key(|(path, _)| *path);
        facts
    }
}

/// The package of the distribution that owns a path.
pub(crate) fn owner_of<'a>(layers: &[&'a LayerFacts], path: &str) -> Option<&'a str> {
    let number = merged_key(path.as_bytes());
    layers.iter().rev().find_map(|layer| layer.owner(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_archives_are_cleaned() {
        let check = |path: &str, expect: &str| assert_eq!(clean(path.as_bytes()), expect, "{path}");
        check("./usr/lib/", "usr/lib");
        check("usr/lib/.x", "usr/lib/.x");
        check("/etc/../../a//b", "a/b");
        check("../x", "x");
        check("./", "");
    }

    fn find(path: &str, packages: usize, unread: Option<&str>) -> Finds {
        let package = |number| facts::Package::new(facts::Ecosystem::Npm, format!("p{number}"), "1");
        Finds {
            path: path.to_owned(),
            cataloguer: "npm-package".to_owned(),
            packages: (0..packages).map(package).collect(),
            distro: None,
            unread: unread.map(str::to_owned),
            licences: Vec::new(),
            linked: None,
        }
    }

    #[test]
    fn files_that_come_again_take_no_room() {
        let mut builder = Builder::new(false, &tempfile::tempfile, None);
        for number in 0..3 * MAX_PACKAGES {
            builder.add(find("a/package.json", 1 + number % 2, None));
        }
        assert!(builder.facts.finds.len() < 2 * MANY_FINDS);
        let facts = builder.finish();
        assert_eq!(facts.finds, [find("a/package.json", 2, None)]);
    }

    #[test]
    fn what_is_left_out_is_told_once() {
        let mut builder = Builder::new(false, &tempfile::tempfile, None);
        builder.add(find("a", MAX_PACKAGES - 1, None));
        for number in 0..3000 {
            builder.add(find(&format!("b{number}"), 2, None));
            builder.link("c", "a");
            builder.add(find(&format!("d{number}"), 0, Some("damaged")));
        }
        let facts = builder.finish();
        let packages: usize = facts.finds.iter().map(|find| find.packages.len()).sum();
        assert_eq!(packages, MAX_PACKAGES);
        let told: Vec<&str> = facts.finds.iter().filter_map(|find| find.unread.as_deref()).collect();
        assert_eq!(told.len(), MAX_UNREAD, "{told:?}");
        assert_eq!(told.iter().filter(|why| why.contains("50000 packages")).count(), 1);
        assert_eq!(told.iter().filter(|why| why.contains("others")).count(), 2);
    }

    #[test]
    fn large_programs_are_found_whatever_their_mode() {
        let json = br#"{"packages": [{"name": "a", "version": "1.0.0", "source": "crates.io"}]}"#;
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut zlib, json).unwrap();
        let mut program = crate::cataloguers::tests::elf(".dep-v0", &zlib.finish().unwrap());
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("small"), &program).unwrap();
        program.resize(usize::try_from(LARGE).unwrap(), 0);
        fs::write(dir.path().join("large.1"), &program).unwrap();
        let facts = of_directory(dir.path(), false, &tempfile::tempfile, None).unwrap();
        let found: Vec<_> = facts.finds.iter().map(|find| find.path.as_str()).collect();
        assert_eq!(found, ["large.1"]);
    }

    #[test]
    fn a_directory_is_read_as_a_layer() {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("var/lib/dpkg/status", "Package: a\nVersion: 1\n");
        put("etc/os-release", "ID=debian\n");
        put(".git/var/lib/dpkg/status", "Package: b\nVersion: 1\n");
        std::os::unix::fs::symlink("../../..", dir.path().join("var/lib/loop")).unwrap();
        let facts = of_directory(dir.path(), false, &tempfile::tempfile, None).unwrap();
        let found: Vec<_> = facts.finds.iter().map(|find| find.path.as_str()).collect();
        assert_eq!(found, ["etc/os-release", "var/lib/dpkg/status"]);
        assert!(of_directory(&dir.path().join("none"), false, &tempfile::tempfile, None).is_err());
    }
}
