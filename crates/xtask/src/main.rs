//! `xtask tidy` prints what the checks find; `xtask fmt [--check]` formats all files, also those that
//! `cargo fmt` does not reach because a table declares them; `xtask docs` writes the documents that are made of the rules.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer's command, not library code")]

use std::path::Path;
use std::process::{Command, ExitCode};

use cooper_xtask::{CHECKS, Tree};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tree = match Tree::of_this_workspace() {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("xtask: {error}");
            return ExitCode::from(4);
        }
    };
    match words.as_slice() {
        ["tidy"] => tidy(&tree),
        ["fmt"] => format(&tree, false),
        ["fmt", "--check"] => format(&tree, true),
        ["docs"] => docs(&tree, false),
        ["docs", "--check"] => docs(&tree, true),
        _ => {
            eprintln!("usage: xtask tidy | xtask fmt [--check] | xtask docs [--check]");
            ExitCode::from(2)
        }
    }
}

/// Runs every check and prints its problems.
fn tidy(tree: &Tree) -> ExitCode {
    let mut found = 0;
    for check in CHECKS {
        let problems = (check.run)(tree);
        found += problems.len();
        println!(
            "{} {}: {} problems",
            if problems.is_empty() { "ok  " } else { "FAIL" },
            check.name,
            problems.len()
        );
        for problem in &problems {
            println!("     {problem}");
        }
    }
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Who makes which document: a package, an example of it, and the file or directory that it writes. The crates that know
/// them write them: this one must not depend on all that they depend on.
const DOCUMENTS: &[(&str, &str, &str)] = &[
    ("cooper-lint", "pages", "docs/rules"),
    ("cooper-checks", "check_pages", "docs/checks"),
    ("cooper-gate", "gate_pages", "docs/gates"),
    ("cooper-structure", "kind_pages", "docs/tests"),
    ("cooper-comply", "item_pages", "docs/compliance"),
    ("cooper-harden", "target_pages", "docs/harden"),
    ("cooper-scaffold", "starter_pages", "docs/init"),
    ("cooper-scaffold", "starter_pages", "docs/ci"),
    ("cooper-app", "schema", "docs/schema/cooper-toml.json"),
    ("cooper-secrets", "shapes", "crates/secrets/src/builtin/shapes.rs"),
];

/// Writes the documents that are made of the code, or tells whether they are as they would be written.
fn docs(tree: &Tree, check: bool) -> ExitCode {
    let made = tree.root().join("target/docs");
    let root = if check { made.as_path() } else { tree.root() };
    let mut stale = false;
    for (package, example, path) in DOCUMENTS {
        let target = root.join(path);
        let mut command = Command::new("cargo");
        command.args(["run", "--quiet", "--package", package, "--example", example, "--"]).arg(&target);
        let parent = target.parent().map_or(Ok(()), std::fs::create_dir_all);
        match parent.and_then(|()| command.current_dir(tree.root()).status()) {
            Ok(status) if status.success() => {}
            Ok(_) => return ExitCode::FAILURE,
            Err(error) => {
                eprintln!("xtask: cannot write `{path}` by `cargo`: {error}");
                return ExitCode::from(4);
            }
        }
        if check
            && Command::new("diff")
                .arg("-rq")
                .arg(&target)
                .arg(tree.root().join(path))
                .status()
                .is_ok_and(|status| !status.success())
        {
            stale = true;
        }
    }
    if stale {
        eprintln!(
            "xtask: these documents are not as the code has them; run `cargo run -p cooper-xtask -- docs`"
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Runs rustfmt on every Rust file of the tree.
fn format(tree: &Tree, check: bool) -> ExitCode {
    let files = tree.sources().iter().map(|source| tree.root().join(&source.path));
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024", "--config-path"]).arg(tree.root().join(Path::new("rustfmt.toml")));
    if check {
        command.arg("--check");
    }
    match command.args(files).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: cannot run `rustfmt`: {error}");
            ExitCode::from(4)
        }
    }
}
