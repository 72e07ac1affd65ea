//! Every numbered invariant of `ARCHITECTURE.md` names tests, and these tests exist.

use super::Check;
use crate::Tree;

/// The check.
pub(super) static CHECK: Check = Check { name: "invariants", run };

/// The document that numbers the invariants.
const DOCUMENT: &str = "ARCHITECTURE.md";

/// How many invariants there are; a new one is added here and there.
const COUNT: usize = 10;

fn run(tree: &Tree) -> Vec<String> {
    let Some(text) = tree.text(DOCUMENT) else { return vec![format!("{DOCUMENT} is missing")] };
    (1..=COUNT).flat_map(|number| problems(tree, text, &format!("I{number}"))).collect()
}

/// What is wrong with one invariant.
fn problems(tree: &Tree, text: &str, id: &str) -> Vec<String> {
    let Some(item) = item(text, id) else { return vec![format!("{DOCUMENT}: `{id}` is missing")] };
    let tests = tests(item);
    if tests.is_empty() {
        return vec![format!("{DOCUMENT}: `{id}` names no test (\"Guarded by `crate::test`.\")")];
    }
    let missing = tests.into_iter().filter(|(folder, name)| !exists(tree, folder, name));
    missing
        .map(|(folder, name)| {
            format!("{DOCUMENT}: `{id}` names `{folder}::{name}`, which is not in crates/{folder}")
        })
        .collect()
}

/// The list item that starts with `- **I3**`, up to the next item or heading.
fn item<'a>(text: &'a str, id: &str) -> Option<&'a str> {
    let start = text.find(&format!("\n- **{id}** "))? + 1;
    let rest = &text[start..];
    let end = ["\n- ", "\n#", "\n\n"].iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
    Some(&rest[..end])
}

/// The pairs of crate folder and test name after `Guarded by`.
fn tests(item: &str) -> Vec<(&str, &str)> {
    let Some((_, list)) = item.split_once("Guarded by") else { return Vec::new() };
    list.split('`').skip(1).step_by(2).filter_map(|name| name.split_once("::")).collect()
}

/// Whether a Rust file of the crate defines this function.
fn exists(tree: &Tree, folder: &str, name: &str) -> bool {
    let definition = format!("fn {name}(");
    tree.sources().iter().any(|source| source.crate_name() == folder && source.code.contains(&definition))
}

#[cfg(test)]
mod tests {
    use super::super::tests::over_files;
    use super::*;

    #[test]
    fn invariants_without_a_living_test_are_found() {
        let living: Vec<String> =
            (4..=10).map(|number| format!("- **I{number}** X. Guarded by `a::b`.")).collect();
        let document = format!(
            "# A\n\n- **I1** Down. Guarded by\n  `a::b` and `a::c`.\n- **I2** Says `x::y` but no test.\n{}\n",
            living.join("\n")
        );
        let files = [
            ("ARCHITECTURE.md", document.as_str()),
            ("crates/a/tests/t.rs", "//! T.\n#[test]\nfn b() {}\n// fn c()\n"),
        ];
        let expect = [
            "ARCHITECTURE.md: `I1` names `a::c`, which is not in crates/a",
            "ARCHITECTURE.md: `I2` names no test (\"Guarded by `crate::test`.\")",
            "ARCHITECTURE.md: `I3` is missing",
        ];
        assert_eq!(over_files(&CHECK, &files), expect);
    }
}
