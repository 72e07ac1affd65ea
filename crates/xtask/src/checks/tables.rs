//! I7: a table made with `kit::table!` lists every file of its folder.

use std::collections::BTreeSet;

use super::Check;
use crate::{Source, Tree};

/// The check.
pub(super) static CHECK: Check = Check { name: "tables", run };

fn run(tree: &Tree) -> Vec<String> {
    let is_use = |source: &&Source| source.crate_name() != "kit";
    tree.sources().iter().filter(is_use).flat_map(|source| problems(tree, source)).collect()
}

/// The differences between the tables of a file and the folder of its modules.
fn problems(tree: &Tree, source: &Source) -> Vec<String> {
    let tables: Vec<Vec<&str>> = source.code.split("table! {").skip(1).map(modules).collect();
    if tables.is_empty() {
        return Vec::new();
    }
    let listed: BTreeSet<&str> = tables.into_iter().flatten().collect();
    let folder = source.module_folder();
    let there = stems(tree, &folder);
    let missing = there
        .difference(&listed)
        .map(|stem| format!("{}: `{stem}` of {folder} is not in the table", source.path));
    let gone = listed
        .difference(&there)
        .map(|stem| format!("{}: the table lists `{stem}`, which is not in {folder}", source.path));
    missing.chain(gone).collect()
}

/// The modules of one table: the parts before `::` of its lines.
fn modules(body: &str) -> Vec<&str> {
    let body = body.split('}').next().unwrap_or("");
    let body = body.split_once(';').map_or(body, |(_, list)| list);
    body.split(',').filter_map(|line| line.split_once("::")).map(|(module, _)| module.trim()).collect()
}

/// The modules that a folder holds: its files, and its folders by their files.
fn stems<'a>(tree: &'a Tree, folder: &str) -> BTreeSet<&'a str> {
    let below = tree.sources().iter().filter_map(|source| source.path.strip_prefix(folder));
    let stems = below.map(|rest| rest.split('/').next().unwrap_or(rest).trim_end_matches(".rs"));
    stems.filter(|stem| !matches!(*stem, "mod" | "lib" | "main" | "tests")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::over_files;
    use super::*;

    #[test]
    fn forgotten_and_vanished_files_are_found() {
        let files = [
            ("crates/x/src/rules.rs", "kit::table! { Rule;\n    a::RULE, // b::RULE,\n    gone::RULE,\n}\n"),
            ("crates/x/src/rules/a.rs", ""),
            ("crates/x/src/rules/b.rs", ""),
            ("crates/x/src/rules/tests.rs", ""),
        ];
        let expect = [
            "crates/x/src/rules.rs: `b` of crates/x/src/rules/ is not in the table",
            "crates/x/src/rules.rs: the table lists `gone`, which is not in crates/x/src/rules/",
        ];
        assert_eq!(over_files(&CHECK, &files), expect);
    }
}
