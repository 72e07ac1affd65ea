//! The manual pages in `docs/rules` are those of the rules.

use std::collections::BTreeSet;
use std::path::Path;

use cooper_lint::rules;

#[test]
fn pages_are_fresh() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    let stale = "run `cargo run -q -p cooper-xtask -- docs` and commit docs/rules";
    let files: BTreeSet<String> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    for name in &files {
        let rule = rules().iter().find(|rule| *name == format!("{}.md", rule.name));
        let page = std::fs::read_to_string(dir.join(name)).unwrap();
        assert_eq!(Some(page), rule.map(|rule| rule.page()), "docs/rules/{name}: {stale}");
    }
}
