//! The targets, one file each.

use crate::Target;

kit::table! {
    Target;
    advisory::TARGET,
    bake_file::TARGET,
    cache_document::TARGET,
    catalogue::TARGET,
    compose_merge::TARGET,
    configuration::TARGET,
    devices::TARGET,
    dockerfile::TARGET,
    engine_reply::TARGET,
    formatter::TARGET,
    git_directory::TARGET,
    gzip::TARGET,
    ignore_file::TARGET,
    image_document::TARGET,
    layer_blob::TARGET,
    layer_index::TARGET,
    leak_search::TARGET,
    lineage_document::TARGET,
    linter::TARGET,
    mount::TARGET,
    package_list::TARGET,
    planner::TARGET,
    reference::TARGET,
    remote::TARGET,
    secret_rules::TARGET,
    shell::TARGET,
    signature::TARGET,
    structure_file::TARGET,
    word::TARGET,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ALL, MODULES};

    fn files(dir: &str, not: &[&str]) -> Vec<String> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(dir);
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut stems: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        stems.retain(|stem| !not.contains(&stem.as_str()));
        stems.sort();
        stems
    }

    #[test]
    fn the_table_lists_every_file_and_the_fuzzer_has_every_target() {
        assert_eq!(files("src/targets", &["mod"]), MODULES);
        assert_eq!(files("../../fuzz/fuzz_targets", &[]), MODULES);
        assert_eq!(ALL.iter().map(|target| target.name).collect::<Vec<_>>(), MODULES);
    }
}
