//! Every check over this workspace, one test each, so that a failing test names its invariant.

use cooper_xtask::{CHECKS, Tree};

/// Runs one check over the workspace and shows what it found.
fn check(name: &str) {
    let tree = Tree::of_this_workspace().expect("the workspace can be read");
    let check = CHECKS.iter().find(|check| check.name == name).expect("the check exists");
    let problems = (check.run)(&tree);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn crates_depend_only_on_lower_layers() {
    check("layers");
}

#[test]
fn library_code_neither_prints_nor_exits_nor_reads_its_environment() {
    check("purity");
}

#[test]
fn tables_list_every_file_of_their_folder() {
    check("tables");
}

#[test]
fn unsafe_code_stays_in_its_crates_and_is_explained() {
    check("unsafe-code");
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    check("invariants");
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    check("file-shape");
}

#[test]
fn dependencies_are_justified_and_used() {
    check("dependencies");
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    check("own-paths");
}

#[test]
fn every_check_has_a_test_here() {
    let own = include_str!("tidy.rs");
    let forgotten: Vec<&str> = CHECKS
        .iter()
        .map(|check| check.name)
        .filter(|name| !own.contains(&format!("check(\"{name}\")")))
        .collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
