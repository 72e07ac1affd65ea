//! Every Rust file says what it is for and stays short enough to be read in one go.

use super::Check;
use crate::{Source, Tree};

/// The check.
pub(super) static CHECK: Check = Check { name: "file-shape", run };

/// Lines of a file without its test modules.
const MAX_LINES: usize = 600;

fn run(tree: &Tree) -> Vec<String> {
    tree.sources().iter().flat_map(problems).collect()
}

/// What is wrong with the shape of one file.
fn problems(source: &Source) -> Vec<String> {
    let mut problems = Vec::new();
    if !source.text.starts_with("//!") {
        problems.push(format!(
            "{}: the first line must be a `//!` sentence that says what the file is",
            source.path
        ));
    }
    let lines = production_lines(source);
    if !source.is_test && lines > MAX_LINES {
        problems.push(format!("{}: {lines} lines without tests, {MAX_LINES} allowed: split it", source.path));
    }
    problems
}

/// The lines of a file that are not part of a test module, comments and blank lines included.
fn production_lines(source: &Source) -> usize {
    let production = source.production();
    // What a test module leaves behind is blank in `production`, but not in `text`.
    source
        .text
        .lines()
        .zip(production.lines())
        .filter(|(text, code)| {
            let is_comment = text.trim_start().starts_with("//");
            text.trim().is_empty() || is_comment || !code.trim().is_empty()
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::super::tests::over_files;
    use super::*;

    #[test]
    fn long_and_nameless_files_are_found() {
        let long = format!("//! Long.\n{}", "fn f() {}\n".repeat(MAX_LINES));
        let tests = format!("//! Short.\n#[cfg(test)]\nmod t {{\n{}}}\n", "fn f() {}\n".repeat(MAX_LINES));
        let files = [
            ("crates/x/src/long.rs", long.as_str()),
            ("crates/x/src/nameless.rs", "fn f() {}\n"),
            ("crates/x/src/short.rs", tests.as_str()),
            ("crates/x/tests/long.rs", long.as_str()),
        ];
        let expect = [
            "crates/x/src/long.rs: 601 lines without tests, 600 allowed: split it",
            "crates/x/src/nameless.rs: the first line must be a `//!` sentence that says what the file is",
        ];
        assert_eq!(over_files(&CHECK, &files), expect);
    }
}
