//! Ignore files: what may be left out as a whole holds nothing that is wanted.

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "ignore_file",
    run,
    seeds: &["*\n!a\n# c\n**/b\n/c/\n", "a/*/[bc]\n!a/**\n  ../x\n", "!\n[\n\\\na?b\n"],
    words: &[
        "*", "**", "/", "!", "\n", "a", "b", "[a-c]", "[^b]", "\\", "?", ".", "..", "#", "\u{feff}", " ",
    ],
};

const PATHS: &[&str] = &["a", "a/b", "a/b/c", "b", ".x", "c/a b", "é"];

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let ignore = syntax::Ignore::parse(&text);
    for path in PATHS {
        let matches = ignore.matches(path);
        let line = ignore.matching_line(path);
        assert!(!matches || line.is_some(), "what is ignored is ignored by a line");
        for (cut, _) in path.match_indices('/') {
            assert!(
                ignore.may_contain_included(&path[..cut], &ignore.verdict(&path[..cut])) || matches,
                "{path}"
            );
        }
    }
    for pattern in text.lines().take(4) {
        for path in PATHS {
            let _ = syntax::glob_match(pattern, path);
        }
    }
}
