//! What a cataloguer is: which files it reads, and what it says of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use facts::{Distro, Linked, Package};

use crate::content::{Content, Scratch};
use crate::key::merged_key;

/// A reader of the files in which one tool writes down packages.
#[derive(Debug)]
pub struct Cataloguer {
    /// Its name.
    pub name: &'static str,
    /// Counted up when it finds other things in the same files.
    pub revision: u32,
    /// The files that it reads.
    pub files: &'static [Pattern],
    /// What the files speak of.
    pub reads: Reads,
    /// Reads one.
    pub read: fn(&FileToRead<'_>, &mut Found),
}

/// What files speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Of what is there.
    Installed,
    /// Of what a project asks for. Such a file in an image says nothing of what is in the image.
    Declared,
}

/// Which files; paths have no leading `/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// This path.
    Path(&'static str),
    /// Files directly in the directory of this path, whose name ends so.
    In(&'static str, &'static str),
    /// Files directly in a directory of this name anywhere, whose name ends so.
    Within(&'static str, &'static str),
    /// Files of this name anywhere.
    Name(&'static str),
    /// Files whose path ends so, anywhere.
    End(&'static str),
    /// Files whose name has the one in it and ends with the other.
    With(&'static str, &'static str),
    /// Programs and libraries: ELF, PE, Mach-O.
    Program,
}

/// A file.
pub struct FileToRead<'a> {
    /// Its path from the root, without a leading `/`.
    pub path: &'a str,
    /// What is in it.
    pub content: &'a Content,
    /// The directory of this machine in which it lies, when it lies in one.
    pub dir: Option<&'a Path>,
    /// Makes files without names, for what is too long for memory.
    pub scratch: Scratch<'a>,
}

/// Larger files of text are not read: lock files of projects, and what is written for one package.
const MAX_TEXT: u64 = 16 << 20;
const MAX_SHORT: u64 = 4 << 20;

/// So much is found in one file at most.
const MAX_PACKAGES: usize = 25_000;
const MAX_OWNED: usize = 500_000;

/// Longer names, versions and licences are none.
const MAX_NAME: usize = 1024;
const MAX_LICENCE: usize = 4096;
const MAX_LICENCES: usize = 64;

impl FileToRead<'_> {
    /// Its last component.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The text of a file of that name beside it, when both lie on this machine and it is short.
    pub fn beside(&self, name: &str) -> Option<String> {
        text_at(&self.dir?.join(name))
    }

    /// The text of a file at a path from its directory, which may lead upwards but not out of what is read.
    pub fn above(&self, path: &str) -> Option<String> {
        let mut parts: Vec<&str> = self.path.split('/').collect();
        parts.pop();
        let depth = parts.len();
        for part in path.split('/') {
            match part {
                ".." => drop(parts.pop()?),
                "" | "." => {}
                name => parts.push(name),
            }
        }
        let root = self.dir?.ancestors().nth(depth)?.canonicalize().ok()?;
        let path = parts.iter().fold(root.clone(), |path, part| path.join(part));
        // A link on the way could lead out of it, too.
        let is_within = path.canonicalize().is_ok_and(|real| real.starts_with(&root));
        text_at(&path).filter(|_| is_within)
    }

    /// Its text, bytes that are none replaced. Nothing when it cannot be read, which `found` is told.
    pub fn text(&self, found: &mut Found) -> Option<String> {
        self.text_up_to(MAX_TEXT, found)
    }

    /// The same of a file that is written for one package.
    pub fn short_text(&self, found: &mut Found) -> Option<String> {
        self.text_up_to(MAX_SHORT, found)
    }

    fn text_up_to(&self, limit: u64, found: &mut Found) -> Option<String> {
        if self.content.size() > limit {
            found.unread(format!("it has more than {} MiB", limit >> 20));
            return None;
        }
        match self.content.all(limit) {
            Ok(bytes) => Some(decoded(bytes)),
            Err(error) => {
                found.unread(error);
                None
            }
        }
    }
}

/// The text of a file of this machine.
fn text_at(path: &Path) -> Option<String> {
    let is_file = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    let content = Content::of_file(File::open(path).ok().filter(|_| is_file)?).ok()?;
    Some(decoded(content.all(MAX_SHORT).ok()?))
}

/// Bytes as text: UTF-8 unless a byte order mark says UTF-16, as some editors write it.
fn decoded(bytes: Arc<Vec<u8>>) -> String {
    let wide = |rest: &[u8], join: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| join([pair[0], pair[1]]));
        char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // What nobody else holds is not copied.
        _ => match Arc::try_unwrap(bytes).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Err(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        },
    }
}

/// What was found in a file.
#[derive(Debug, Default)]
pub struct Found {
    /// Packages.
    pub packages: Vec<Package>,
    /// The distribution.
    pub distro: Option<Distro>,
    /// Why it could not be read.
    pub unread: Option<String>,
    /// What is linked into it.
    pub linked: Option<Linked>,
    /// Licences of the package that it is about, where another file has all else of it.
    pub licences: Vec<String>,
    /// Files of packages, by the numbers of their paths, each with the place of its owner in `owners`.
    pub(crate) owned: Vec<(u64, usize)>,
    pub(crate) owners: Vec<String>,
}

impl Found {
    /// Adds a package that has a name; one without a version is one whose version is not known.
    pub fn push(&mut self, mut package: Package) {
        if package.name.is_empty() {
            return;
        }
        if package.name.len() > MAX_NAME || package.version.len() > MAX_NAME {
            return self.unread(format!("a package whose name or version has more than {MAX_NAME} bytes"));
        }
        if self.packages.len() == MAX_PACKAGES {
            return self.unread(format!("it has more than {MAX_PACKAGES} packages; the others are left out"));
        }
        package.licenses.retain(|license| license.len() <= MAX_LICENCE);
        package.licenses.truncate(MAX_LICENCES);
        self.packages.push(package);
    }

    /// A package of the distribution has a file; the path may begin with `/`.
    pub fn owns(&mut self, package: &str, path: &str) {
        if self.owned.len() == MAX_OWNED {
            return self
                .unread(format!("it has more than {MAX_OWNED} files of packages; the others are left out"));
        }
        if self.owners.last().is_none_or(|last| last != package) {
            self.owners.push(package.to_owned());
        }
        self.owned.push((merged_key(path.trim_start_matches('/').as_bytes()), self.owners.len() - 1));
    }

    /// Whether no more of it is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.packages.len() >= MAX_PACKAGES || self.owned.len() >= MAX_OWNED
    }

    /// It could not be read.
    pub fn unread(&mut self, why: impl std::fmt::Display) {
        self.unread = Some(why.to_string());
    }
}

/// Finds the cataloguers of a path.
pub(crate) struct Dispatch {
    paths: BTreeMap<&'static str, Vec<&'static Cataloguer>>,
    names: BTreeMap<&'static str, Vec<&'static Cataloguer>>,
    others: Vec<(Pattern, &'static Cataloguer)>,
    programs: Vec<&'static Cataloguer>,
}

impl Dispatch {
    /// Of all cataloguers; with `declared` also of those that read what projects ask for.
    pub(crate) fn of(declared: bool) -> &'static Self {
        static DISPATCH: [OnceLock<Dispatch>; 2] = [const { OnceLock::new() }; 2];
        DISPATCH[usize::from(declared)].get_or_init(|| Self::make(declared))
    }

    fn make(declared: bool) -> Self {
        let mut made =
            Self { paths: BTreeMap::new(), names: BTreeMap::new(), others: Vec::new(), programs: Vec::new() };
        let chosen = crate::cataloguers().iter().filter(|one| declared || one.reads == Reads::Installed);
        for one in chosen {
            for pattern in one.files {
                match pattern {
                    Pattern::Path(path) => made.paths.entry(path).or_default().push(one),
                    Pattern::Name(name) => made.names.entry(name).or_default().push(one),
                    Pattern::Program => made.programs.push(one),
                    other => made.others.push((*other, one)),
                }
            }
        }
        made
    }

    /// Those that know a path.
    pub(crate) fn by_path(&self, path: &str) -> Vec<&'static Cataloguer> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let mut all: Vec<&'static Cataloguer> = Vec::new();
        all.extend(self.names.get(name).into_iter().flatten());
        all.extend(self.paths.get(path).into_iter().flatten());
        all.extend(self.others.iter().filter(|(pattern, _)| fits(*pattern, path, name)).map(|(_, one)| one));
        all.dedup_by_key(|one| one.name);
        all
    }

    /// Those that read programs, when these bytes begin one.
    pub(crate) fn by_head(&self, head: &[u8]) -> &[&'static Cataloguer] {
        const MAGIC: &[&[u8]] =
            &[b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe"];
        if MAGIC.iter().any(|magic| head.starts_with(magic)) { &self.programs } else { &[] }
    }
}

fn fits(pattern: Pattern, path: &str, name: &str) -> bool {
    match pattern {
        Pattern::In(dir, end) => {
            let rest = path.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/'));
            rest.is_some_and(|rest| rest.ends_with(end) && !rest.contains('/'))
        }
        Pattern::Within(dir, end) => {
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            name.ends_with(end) && above.rsplit('/').next() == Some(dir)
        }
        Pattern::End(end) => path.ends_with(end),
        Pattern::With(part, end) => name.strip_suffix(end).is_some_and(|rest| rest.contains(part)),
        Pattern::Path(_) | Pattern::Name(_) | Pattern::Program => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_what_they_say() {
        let check = |pattern, path: &str, expect| {
            assert_eq!(fits(pattern, path, path.rsplit('/').next().unwrap()), expect, "{pattern:?} {path}");
        };
        check(Pattern::In("a/b", ""), "a/b/c", true);
        check(Pattern::In("a/b", ".x"), "a/b/c", false);
        check(Pattern::In("a/b", ".x"), "a/b/c.x", true);
        check(Pattern::In("a/b", ""), "a/b/c/d", false);
        check(Pattern::In("a/b", ""), "a/bc", false);
        check(Pattern::Within("m", ".x"), "a/m/c.x", true);
        check(Pattern::Within("m", ".x"), "m/c.x", true);
        check(Pattern::Within("m", ".x"), "a/m/b/c.x", false);
        check(Pattern::Within("m", ".x"), "am/c.x", false);
        check(Pattern::End(".jar"), "x/y.jar", true);
        check(Pattern::With("requirements", ".txt"), "x/requirements-dev.txt", true);
        check(Pattern::With("requirements", ".txt"), "x/dev_requirements.txt", true);
        check(Pattern::With("requirements", ".txt"), "requirements/x.txt", false);
    }

    #[test]
    fn texts_are_read_by_their_byte_order_mark() {
        let check = |bytes: &[u8]| assert_eq!(decoded(Arc::new(bytes.to_vec())), "a=1", "{bytes:?}");
        check(b"a=1");
        check(b"\xef\xbb\xbfa=1");
        check(b"\xff\xfea\0=\x001\0");
        check(b"\xfe\xff\0a\0=\x001");
    }

    #[test]
    fn projects_are_read_in_projects_alone() {
        let names = |declared: bool, path: &str| {
            Dispatch::of(declared).by_path(path).iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names(false, "var/lib/dpkg/status"), ["dpkg"]);
        assert_eq!(names(true, "var/lib/dpkg/status"), ["dpkg"]);
        assert!(names(true, "x/var/lib/dpkg/status").is_empty());
    }
}
