//! No file names a path of the machine it was written on: it would mean nothing on another one.

use super::Check;
use crate::Tree;

/// The check.
pub(super) static CHECK: Check = Check { name: "own-paths", run };

/// Beginnings of such paths, each in two parts so that this file does not contain them.
const PATTERNS: [(&str, &str); 8] = [
    ("/wo", "rk/main"),
    ("/wo", "rk/shared"),
    ("/ro", "ot/.cargo"),
    ("/ro", "ot/.rustup"),
    ("/tm", "p/lab"),
    ("/tm", "p/brief"),
    ("/tm", "p/target-"),
    ("/tm", "p/corpus"),
];

fn run(tree: &Tree) -> Vec<String> {
    let patterns: Vec<String> = PATTERNS.iter().map(|(start, end)| format!("{start}{end}")).collect();
    let mut problems = Vec::new();
    for (path, text) in tree.texts() {
        for (index, line) in text.lines().enumerate() {
            let found = patterns.iter().filter(|pattern| line.contains(pattern.as_str()));
            problems.extend(
                found.map(|pattern| format!("{path}:{}: a path of one machine: `{pattern}`", index + 1)),
            );
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::tests::over_files;
    use super::*;

    #[test]
    fn paths_of_one_machine_are_found() {
        let own = format!("ok\nsee {}{}/x\n", "/tm", "p/lab");
        let files = [("README.md", own.as_str()), ("b.md", "WORKDIR /work\n")];
        let expect = [format!("README.md:2: a path of one machine: `{}{}`", "/tm", "p/lab")];
        assert_eq!(over_files(&CHECK, &files), expect);
    }
}
