//! I3: library code never prints, exits, or reads the environment, the clock or the home directory.

use super::Check;
use crate::{Source, Tree};

/// The check.
pub(super) static CHECK: Check = Check { name: "purity", run };

/// What only `cli` and what serves development may do, and how the sentence about it goes on.
const BANNED: [(&str, &str); 12] = [
    ("println!", "prints"),
    ("print!", "prints"),
    ("eprintln!", "prints"),
    ("eprint!", "prints"),
    ("dbg!", "prints"),
    ("process::exit", "exits"),
    ("env::var", "reads the environment"),
    ("env::var_os", "reads the environment"),
    ("env::vars", "reads the environment"),
    ("env::vars_os", "reads the environment"),
    ("home_dir", "reads the home directory"),
    ("SystemTime::now", "reads the clock"),
];

fn run(tree: &Tree) -> Vec<String> {
    let library = |source: &&Source| {
        !matches!(source.crate_name(), "cli" | "xtask" | "testkit" | "") && !source.is_test
    };
    tree.sources().iter().filter(library).flat_map(problems).collect()
}

/// What one file of a library does that it must not.
fn problems(source: &Source) -> Vec<String> {
    let production = source.production();
    let found = BANNED.iter().flat_map(|(word, verb)| {
        let lines = Source::lines_with(&production, word).into_iter();
        lines.map(move |line| format!("{}:{line}: library code {verb}: `{word}`", source.path))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::over_files;
    use super::*;

    #[test]
    fn side_effects_of_libraries_are_found() {
        let prints = "fn f() {\n    println!(\"x\");\n}\n#[cfg(test)]\nmod tests {\n    fn g() { std::env::var(\"X\"); }\n}\n";
        let files = [
            ("crates/app/src/lib.rs", prints),
            ("crates/app/tests/e2e.rs", prints),
            ("crates/cli/src/main.rs", prints),
            ("crates/kit/src/lib.rs", "#[cfg(test)]\npub(crate) mod support;\nmod text;\n"),
            ("crates/kit/src/support.rs", prints),
            ("crates/kit/src/support/more.rs", prints),
            ("crates/kit/src/text.rs", "fn f() { dbg!(1) }"),
            ("crates/store/src/lib.rs", "// println! is for cli\nfn f() { std::process::exit(1) }\n"),
        ];
        let expect = [
            "crates/app/src/lib.rs:2: library code prints: `println!`",
            "crates/kit/src/text.rs:1: library code prints: `dbg!`",
            "crates/store/src/lib.rs:2: library code exits: `process::exit`",
        ];
        assert_eq!(over_files(&CHECK, &files), expect);
    }
}
