//! Paths as texts.

/// The shortest path of the same meaning, as Go's `path.Clean` gives it.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut out: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if out.last().is_some_and(|last| *last != "..") => drop(out.pop()),
            ".." if rooted => {}
            part => out.push(part),
        }
    }
    let joined = out.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_as_short_as_they_can_be() {
        let check = |path, clean: &str| assert_eq!(super::clean(path), clean);
        check("./a//b/../c/", "a/c");
        check("", ".");
        check("../../a", "../../a");
        check("/../a", "/a");
        check("/", "/");
    }
}
