//! The checks, one file each. A new check is one new file and one line in this table.

use crate::Tree;

/// One check of the tree.
pub struct Check {
    /// A short name in kebab case.
    pub name: &'static str,
    /// What is wrong, one sentence each, in a fixed order; empty when all is well.
    pub run: fn(&Tree) -> Vec<String>,
}

kit::table! { Check;
    dependencies::CHECK,
    file_shape::CHECK,
    invariants::CHECK,
    layers::CHECK,
    own_paths::CHECK,
    purity::CHECK,
    tables::CHECK,
    unsafe_code::CHECK,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_follow_files() {
        let names: Vec<String> = ALL.iter().map(|check| check.name.replace('-', "_")).collect();
        assert_eq!(names, MODULES);
        assert!(MODULES.is_sorted());
    }

    /// The check of that name over one file.
    #[cfg(test)]
    pub(super) fn over_files(check: &Check, files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        (check.run)(&Tree::new("/".into(), files, serde_json::Value::Null))
    }
}
