//! `docs/dependencies.md` justifies exactly the external crates of the workspace, and every one of them is used.

use std::collections::BTreeSet;

use super::Check;
use crate::Tree;

/// The check.
pub(super) static CHECK: Check = Check { name: "dependencies", run };

/// The document with one table row per crate, which starts with its name in backticks.
const DOCUMENT: &str = "docs/dependencies.md";

fn run(tree: &Tree) -> Vec<String> {
    let (Some(manifest), Some(document)) = (tree.text("Cargo.toml"), tree.text(DOCUMENT)) else {
        return vec![format!("`Cargo.toml` or `{DOCUMENT}` is missing")];
    };
    let (declared, justified, used) = (declared(manifest), justified(document), used(tree));
    let without = |set: &BTreeSet<String>, other: &BTreeSet<String>, why: &str| {
        set.difference(other).map(|name| format!("`{name}` {why}")).collect::<Vec<_>>()
    };
    let mut problems =
        without(&declared, &justified, "is a dependency without a line in `docs/dependencies.md`");
    problems.extend(without(
        &justified,
        &declared,
        "has a line in `docs/dependencies.md` but is no dependency",
    ));
    problems.extend(without(&declared, &used, "is in the table of `Cargo.toml` but no crate uses it"));
    problems.extend(without(&used, &declared, "is used without being in the table of `Cargo.toml`"));
    problems
}

/// The external crates of `[workspace.dependencies]`: those without a `path`.
fn declared(manifest: &str) -> BTreeSet<String> {
    let table = manifest.split("[workspace.dependencies]").nth(1).unwrap_or("");
    let lines = table.lines().take_while(|line| !line.starts_with('['));
    let external = lines.filter(|line| !line.contains("path = "));
    external.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim().to_owned()).collect()
}

/// The crates that the document has a row for.
fn justified(document: &str) -> BTreeSet<String> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`')).map(|(name, _)| name.to_owned()).collect()
}

/// The external crates that some crate of the workspace asks for.
fn used(tree: &Tree) -> BTreeSet<String> {
    let dependencies =
        tree.packages().iter().filter_map(|package| package["dependencies"].as_array()).flatten();
    let external = dependencies.filter(|dependency| !dependency["source"].is_null());
    external.filter_map(|dependency| dependency["name"].as_str()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_between_table_document_and_use_are_found() {
        let manifest = "[workspace.dependencies]\nkit = { path = \"kit\" }\na = \"1\"\nb = { version = \"1\" }\n\n[profile.dev]\nx = 1\n";
        let files = vec![
            ("Cargo.toml".to_owned(), manifest.to_owned()),
            (DOCUMENT.to_owned(), "| crate | why |\n|---|---|\n| `a` | x |\n| `c` | x |\n".to_owned()),
        ];
        let metadata = serde_json::json!({"packages": [{"dependencies": [
            {"name": "a", "source": "registry"}, {"name": "kit", "source": null}, {"name": "d", "source": "registry"}]}]});
        let expect = [
            "`b` is a dependency without a line in `docs/dependencies.md`",
            "`c` has a line in `docs/dependencies.md` but is no dependency",
            "`b` is in the table of `Cargo.toml` but no crate uses it",
            "`d` is used without being in the table of `Cargo.toml`",
        ];
        assert_eq!(run(&Tree::new("/".into(), files, metadata)), expect);
    }
}
