//! The kinds of tests, one file each. The text at the head of a file is its page of the manual, and its examples are tests.

use std::collections::BTreeMap;
use std::time::Duration;

use facts::Tested;
use yaml::Node;

use crate::RunOptions;
use crate::expand::expand;
use crate::fields::{Dialect, Problem};
use crate::re2;
use crate::subject::Subject;

kit::table! {
    Kind;
    command::KIND,
    file_content::KIND,
    file_existence::KIND,
    license::KIND,
    metadata::KIND,
}

/// A kind of tests. Its file begins with its page of the manual.
pub struct Kind {
    /// The field of a file that holds tests of the kind.
    pub key: &'static str,
    /// Its name in kebab-case.
    pub name: &'static str,
    /// Its place among the others when a file is run.
    pub(crate) order: u8,
    pub(crate) read: fn(&Node, Dialect) -> Result<Tests, Problem>,
    pub(crate) source: &'static str,
}

impl Kind {
    /// Its page of the manual, in Markdown.
    pub fn page(&self) -> String {
        kit::with_facts(&kit::manual(self.source), &format!("`{}` · of files for `cooper test`", self.key))
    }
}

/// Tests of a kind.
pub(crate) type Tests = Vec<Box<dyn Test>>;

/// All kinds.
pub fn kinds() -> &'static [&'static Kind] {
    ALL
}

/// All kinds, as they are run.
pub(crate) fn in_order() -> Vec<&'static Kind> {
    let mut all = ALL.to_vec();
    all.sort_by_key(|kind| kind.order);
    all
}

/// What all tests of a file share.
pub(crate) struct Context {
    /// The variables of the image and of the file.
    pub(crate) env: BTreeMap<String, String>,
    /// Those of the file alone.
    pub(crate) global: BTreeMap<String, String>,
    pub(crate) options: RunOptions,
    /// Whether variables in texts stay as they are.
    pub(crate) old: bool,
}

impl Context {
    /// A text with the values of its variables.
    pub(crate) fn expand(&self, text: &str) -> String {
        if self.old { text.to_owned() } else { expand(text, &self.env) }
    }
}

/// A test.
pub(crate) trait Test {
    fn run(&self, context: &Context, subject: &mut dyn Subject) -> Tested;
}

/// A result in the making.
pub(crate) fn begin(name: String, node_line: usize) -> Tested {
    Tested {
        name,
        line: node_line,
        stdout: String::new(),
        stderr: String::new(),
        errors: Vec::new(),
        duration: Duration::ZERO,
    }
}

/// The beginning of the result of a test on a path: with errors where the test does not say what it is about.
pub(crate) fn begin_on_path(kind: &str, name: &str, path: &str, node_line: usize) -> Tested {
    let mut result = begin(format!("{kind}: {name}"), node_line);
    for (value, field) in [(name, "name"), (path, "path")] {
        if value.is_empty() {
            result.errors.push(format!("the test has no `{field}`"));
        }
    }
    result
}

/// Compares a text with expressions that should, or should not, be found in it.
pub(crate) fn compare(errors: &mut Vec<String>, patterns: &[String], text: &str, what: &str, expected: bool) {
    for pattern in patterns {
        match re2::compile(pattern) {
            Err(error) => errors.push(error),
            Ok(regex) if regex.is_match(text.as_bytes()) != expected => errors.push(if expected {
                format!("`{pattern}` is expected in {what} and not found there")
            } else {
                format!("`{pattern}` is found in {what} and must not be there")
            }),
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ALL, MODULES};

    #[test]
    fn the_table_lists_every_file_and_kinds_are_called_as_their_files() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kinds");
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        files.retain(|file| file != "mod");
        files.sort();
        assert_eq!(files, MODULES);
        assert_eq!(ALL.iter().map(|kind| kind.name.replace('-', "_")).collect::<Vec<_>>(), MODULES);
    }
}
