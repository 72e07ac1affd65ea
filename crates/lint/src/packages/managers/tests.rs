//! The table and the folder.

use std::collections::BTreeSet;
use std::path::Path;

use super::{ALL, MODULES};

#[test]
fn the_table_lists_every_file() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/packages/managers");
    let files: BTreeSet<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|item| item.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| !["mod", "tests"].contains(&name.as_str()))
        .collect();
    assert_eq!(files, MODULES.iter().map(|name| (*name).to_owned()).collect());
    for (manager, module) in ALL.iter().zip(MODULES) {
        assert_eq!(manager.name, *module);
    }
}
