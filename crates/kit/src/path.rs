//! Paths as texts, parts joined by `/` whatever the system: of images, archives and contexts.

/// The shortest path that means the same (as Go's `path.Clean`); an empty one is `.`.
pub fn clean_path(path: &str) -> String {
    if path.starts_with('/') {
        return absolute_path("/", path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// `path` made absolute below `cwd` and clean of `.`, `..` and repeated slashes; `..` does not leave the root.
pub fn absolute_path(cwd: &str, path: &str) -> String {
    let start = if path.starts_with('/') { "" } else { cwd };
    format!("/{}", within_root(start.split('/').chain(path.split('/'))))
}

/// A path clean of `.`, `..` and repeated slashes, relative to the root, which `..` does not leave; the root is empty.
pub fn path_below_root(path: &str) -> String {
    within_root(path.split('/'))
}

fn within_root<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut out: Vec<&str> = Vec::new();
    for part in parts {
        match part {
            "" | "." => {}
            ".." => drop(out.pop()),
            part => out.push(part),
        }
    }
    out.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, expect) in [
            ("", "."),
            ("/", "/"),
            ("a//b/./c/", "a/b/c"),
            ("./a//b/../c/", "a/c"),
            ("a/../b", "b"),
            ("a/..", "."),
            ("../a", "../a"),
            ("../../a", "../../a"),
            ("/../a", "/a"),
            ("../../a/..", "../.."),
        ] {
            assert_eq!(clean_path(path), expect, "{path}");
        }
    }

    #[test]
    fn paths_stay_below_the_root() {
        for (cwd, path, expect) in [
            ("/", "", "/"),
            ("/", "a/b/", "/a/b"),
            ("/x", "../../etc/./passwd", "/etc/passwd"),
            ("/x", "/a*/?", "/a*/?"),
            ("a", "b", "/a/b"),
            ("/a", "/b/../c/", "/c"),
            ("/a//b", "./c", "/a/b/c"),
        ] {
            assert_eq!(absolute_path(cwd, path), expect, "{cwd} {path}");
        }
        assert_eq!(path_below_root("/run//x/../.././y/"), "y");
        assert_eq!(path_below_root("/.."), "");
    }
}
