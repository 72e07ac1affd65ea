//! Which entries of a tree a COPY selects, and where each goes relative to the target.

use std::collections::BTreeMap;

use image::{Entry, EntryKind, path_to_string};
use kit::{edit_distance, path_below_root};

/// Entries of a context or of a stage, sorted by path.
pub(crate) trait Tree {
    /// All entries.
    fn entries(&self) -> &[Entry];
    /// Why a path is not there, where the tree knows: an ignore pattern, for example.
    fn why_missing(&self, path: &str) -> Option<String>;
    /// Names in a directory, to find one that was meant.
    fn names(&self, dir: &str) -> Vec<String> {
        let skip = if dir.is_empty() { 0 } else { dir.len() + 1 };
        let names =
            below(self.entries(), dir.as_bytes()).map(|at| path_to_string(&self.entries()[at].path[skip..]));
        names.filter(|name| !name.contains('/')).collect()
    }
}

/// One entry to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selected {
    /// Position in [`Tree::entries`].
    pub(crate) at: usize,
    /// Path below the target.
    pub(crate) to: Vec<u8>,
    /// Whether it is a directory that is there only for what is below it.
    pub(crate) way: bool,
}

/// What one source of a COPY selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// The content of a directory, at this position unless it is the root; items are relative to it.
    Contents(Option<usize>, Vec<Selected>),
    /// One file, with the name that it has in a directory.
    File(usize, Vec<u8>),
    /// Paths below the target with their parents (`--parents`).
    Parents(Vec<Selected>),
}

/// How sources are read.
pub(crate) struct SelectOptions<'a> {
    pub(crate) parents: bool,
    pub(crate) exclude: &'a syntax::Ignore,
}

const MAX_LINKS: usize = 40;

/// Selects what `source` names. A wildcard that matches nothing selects nothing.
pub(crate) fn select(
    tree: &dyn Tree,
    source: &str,
    options: &SelectOptions<'_>,
) -> Result<Vec<Selection>, String> {
    if options.parents {
        return Ok(vec![Selection::Parents(with_parents(tree, source, options)?)]);
    }
    let path = path_below_root(source);
    if syntax::has_wildcard(&path) {
        return wildcard(tree, &path, options);
    }
    if path.is_empty() {
        return Ok(vec![contents(tree, b"", options)]);
    }
    let resolved = resolve(tree, path.as_bytes()).ok_or_else(|| missing(tree, source, &path))?;
    Ok(vec![one(tree, &resolved, base_name(path.as_bytes()), options)])
}

fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// The position of a path.
pub(crate) fn find(entries: &[Entry], path: &[u8]) -> Option<usize> {
    entries.binary_search_by(|entry| entry.path.as_slice().cmp(path)).ok()
}

/// The positions of everything below a directory.
pub(crate) fn below<'a>(entries: &'a [Entry], dir: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut prefix = dir.to_vec();
    if !dir.is_empty() {
        prefix.push(b'/');
    }
    let start = entries.partition_point(|entry| entry.path.as_slice() < prefix.as_slice());
    (start..entries.len())
        .take_while(move |at| entries[*at].path.starts_with(&prefix))
        .filter(|at| !entries[*at].path.is_empty())
}

/// Follows symbolic links in every component, within the tree; `None` when the path is not there.
pub(crate) fn resolve(tree: &dyn Tree, path: &[u8]) -> Option<Vec<u8>> {
    let entries = tree.entries();
    let mut links = 0;
    let mut rest: Vec<Vec<u8>> = split(path).rev().collect();
    let mut done: Vec<u8> = Vec::new();
    while let Some(part) = rest.pop() {
        if part == b".." {
            let cut = done.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
            done.truncate(cut);
            continue;
        }
        let candidate = if done.is_empty() { part } else { [&done[..], b"/", &part].concat() };
        let entry = &entries[find(entries, &candidate)?];
        if entry.kind != EntryKind::Symlink {
            done = candidate;
            continue;
        }
        links += 1;
        if links > MAX_LINKS {
            return None;
        }
        if entry.link.starts_with(b"/") {
            done.clear();
        }
        rest.extend(split(&entry.link).rev());
    }
    Some(done)
}

fn split(path: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> + '_ {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").map(<[u8]>::to_vec)
}

/// What a source that leads to `resolved` gives. A file that is named is not excluded by any pattern.
fn one(tree: &dyn Tree, resolved: &[u8], name: &[u8], options: &SelectOptions<'_>) -> Selection {
    match find(tree.entries(), resolved) {
        Some(at) if !tree.entries()[at].kind.is_dir() => Selection::File(at, name.to_vec()),
        _ => contents(tree, resolved, options),
    }
}

/// The content of a directory, without what `--exclude` names.
fn contents(tree: &dyn Tree, dir: &[u8], options: &SelectOptions<'_>) -> Selection {
    let own = find(tree.entries(), dir).filter(|_| !dir.is_empty());
    Selection::Contents(own, chosen(tree, dir, |path| !options.exclude.matches(path)))
}

/// What is wanted below a directory, with the directories that lead there.
fn chosen(tree: &dyn Tree, dir: &[u8], wanted: impl Fn(&str) -> bool) -> Vec<Selected> {
    let entries = tree.entries();
    let skip = if dir.is_empty() { 0 } else { dir.len() + 1 };
    let mut kept: BTreeMap<usize, bool> = BTreeMap::new();
    for at in below(entries, dir) {
        let path = &entries[at].path;
        if !wanted(&path_to_string(&path[skip..])) {
            continue;
        }
        kept.insert(at, false);
        let slashes = path.iter().enumerate().skip(skip).filter(|(_, byte)| **byte == b'/');
        for (cut, _) in slashes.rev() {
            match find(entries, &path[..cut]) {
                // What leads to a directory that is kept is kept, too.
                Some(parent) if kept.contains_key(&parent) => break,
                Some(parent) => drop(kept.insert(parent, true)),
                None => {}
            }
        }
    }
    let selected = |(at, way): (usize, bool)| Selected { at, to: entries[at].path[skip..].to_vec(), way };
    kept.into_iter().map(selected).collect()
}

/// Matches each entry against the pattern, component by component as Go's `filepath.Match` does.
fn wildcard(tree: &dyn Tree, pattern: &str, options: &SelectOptions<'_>) -> Result<Vec<Selection>, String> {
    let (base, pattern) = split_wildcard(pattern);
    let base = resolve(tree, base.as_bytes()).ok_or_else(|| missing(tree, &base, &base))?;
    let depth = pattern.split('/').count();
    let skip = if base.is_empty() { 0 } else { base.len() + 1 };
    let mut matched = Vec::new();
    for at in below(tree.entries(), &base) {
        let path = &tree.entries()[at].path;
        let relative = path_to_string(&path[skip..]);
        let deep = relative.split('/').count() == depth;
        if deep
            && syntax::glob_match(&pattern, &relative)
                .map_err(|_| format!("`{pattern}` is not a valid pattern"))?
        {
            matched.push(path);
        }
    }
    // The last one wins where two give the same file: in the order of a walk, which compares names and not paths.
    matched.sort_by(|a, b| split(a).cmp(split(b)));
    let follow = |path: &Vec<u8>| {
        let shown = path_to_string(path);
        let resolved = resolve(tree, path).ok_or_else(|| missing(tree, &shown, &shown))?;
        Ok(one(tree, &resolved, base_name(path), options))
    };
    matched.into_iter().map(follow).collect()
}

/// The literal directories before the first wildcard, and the rest.
fn split_wildcard(pattern: &str) -> (String, String) {
    let parts: Vec<&str> = pattern.split('/').collect();
    let first = parts.iter().position(|part| syntax::has_wildcard(part)).unwrap_or(parts.len());
    (parts[..first].join("/"), parts[first..].join("/"))
}

/// `--parents`: what matches keeps its directories, from the root or from a `/./` in the source.
fn with_parents(tree: &dyn Tree, source: &str, options: &SelectOptions<'_>) -> Result<Vec<Selected>, String> {
    let (pivot, rest) = match source.find("/./") {
        Some(at) => (path_below_root(&source[..at]), path_below_root(&source[at + 3..])),
        None => (String::new(), path_below_root(source.strip_prefix("./").unwrap_or(source))),
    };
    let Some(pivot) = resolve(tree, pivot.as_bytes()) else { return Err(missing(tree, source, source)) };
    let include = syntax::Ignore::parse(&rest);
    let wanted = |path: &str| (rest.is_empty() || include.matches(path)) && !options.exclude.matches(path);
    let kept = chosen(tree, &pivot, wanted);
    if kept.is_empty() && !syntax::has_wildcard(&rest) && !rest.is_empty() {
        return Err(missing(tree, source, &rest));
    }
    Ok(kept)
}

/// The error of a source that is not there, with the reason or the nearest name.
fn missing(tree: &dyn Tree, source: &str, path: &str) -> String {
    if let Some(why) = tree.why_missing(path) {
        return format!("`{source}` is not in the build context: {why}");
    }
    match nearest(tree, path) {
        Some(near) => format!("`{source}` does not exist; did you mean `{near}`?"),
        None => format!("`{source}` does not exist"),
    }
}

/// The entry of the same directory whose name differs least, when it is close.
fn nearest(tree: &dyn Tree, path: &str) -> Option<String> {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let names = tree.names(dir).into_iter().filter(|candidate| candidate != name);
    let (score, best) = names
        .map(|candidate| (edit_distance(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .min()?;
    (score <= name.len().div_ceil(3)).then(|| if dir.is_empty() { best } else { format!("{dir}/{best}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixture(Vec<Entry>);

    impl Tree for Fixture {
        fn entries(&self) -> &[Entry] {
            &self.0
        }

        fn why_missing(&self, path: &str) -> Option<String> {
            (path == "ignored").then(|| "line 3 excludes it".to_owned())
        }
    }

    fn fixture() -> Fixture {
        let mut entries: Vec<Entry> =
            ["a", "a/sub", "d"].map(|dir| Entry::new(dir, EntryKind::Dir, 0o755)).into();
        entries.extend(
            ["a/x.txt", "a/sub/y.txt", "d/z.md", "main.c"].map(|f| Entry::new(f, EntryKind::File, 0o644)),
        );
        entries.extend(
            [("l", "a/sub"), ("d/up", "../main.c")]
                .map(|(path, to)| Entry { link: to.into(), ..Entry::new(path, EntryKind::Symlink, 0o777) }),
        );
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Fixture(entries)
    }

    fn check(source: &str, exclude: &str, parents: bool, expect: &str) {
        let tree = fixture();
        let exclude = syntax::Ignore::parse(exclude);
        let shown = match select(&tree, source, &SelectOptions { parents, exclude: &exclude }) {
            Err(error) => error,
            Ok(found) => found.iter().map(show).collect::<Vec<_>>().join(" | "),
        };
        assert_eq!(shown, expect, "{source}");
    }

    fn show(selection: &Selection) -> String {
        match selection {
            Selection::File(_, name) => format!("file {}", path_to_string(name)),
            Selection::Contents(_, items) | Selection::Parents(items) => {
                items.iter().map(|item| path_to_string(&item.to)).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn directories_give_their_content_and_links_are_followed_at_the_top() {
        check("a", "", false, "sub sub/y.txt x.txt");
        check("a/", "", false, "sub sub/y.txt x.txt");
        check("/../a", "", false, "sub sub/y.txt x.txt");
        check("l", "", false, "y.txt");
        check("d/up", "", false, "file up");
        check("main.c", "", false, "file main.c");
        check("a/*.txt", "", false, "file x.txt");
        check("*/*.nope", "", false, "");
    }

    #[test]
    fn excludes_and_parents() {
        check("a", "**/*.txt\n", false, "sub");
        check("a", "sub\n", false, "x.txt");
        check("a/sub/y.txt", "", true, "a a/sub a/sub/y.txt");
        check("a/./sub/y.txt", "", true, "sub sub/y.txt");
    }

    #[test]
    fn a_missing_source_is_explained() {
        check("main.h", "", false, "`main.h` does not exist; did you mean `main.c`?");
        check("ignored", "", false, "`ignored` is not in the build context: line 3 excludes it");
        check("quite-different", "", false, "`quite-different` does not exist");
    }
}
