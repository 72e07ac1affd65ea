//! # file-content
//!
//! ## What it does
//! Looks for regular expressions (RE2) in a file of the image.
//!
//! ## Fields
//! - `name`, `path`: needed; variables of the image in `path` are replaced.
//! - `expectedContents`: each is found in the file.
//! - `excludedContents`: none is found in it.
//!
//! Symbolic links are followed within the image. `^` and `$` are the beginning and the end of the file; `(?m)` makes them those of a
//! line.
//!
//! ## Example
//! ```yaml
//! schemaVersion: 2.0.0
//! fileContentTests:
//!   - name: an account of its own
//!     path: /etc/passwd
//!     expectedContents: ['(?m)^app:x:10001:']
//!     excludedContents: ['(?m)^toor:']
//! ```

use facts::Tested;
use yaml::Node;

use super::{Context, Kind, Test, Tests, begin_on_path, compare};
use crate::fields::{Dialect, Fields, Problem};
use crate::subject::Subject;

pub(crate) static KIND: Kind = Kind {
    key: "fileContentTests",
    name: "file-content",
    order: 2,
    read,
    source: include_str!("file_content.rs"),
};

/// Larger files are not read.
pub(super) const MAX_FILE: u64 = 64 << 20;

struct ContentTest {
    name: String,
    line: usize,
    path: String,
    expected: Vec<String>,
    excluded: Vec<String>,
}

fn read(node: &Node, dialect: Dialect) -> Result<Tests, Problem> {
    let items = node.items().ok_or_else(|| Problem::at(node, "`fileContentTests` must be a list"))?;
    items.iter().map(|item| Ok(Box::new(one(item, dialect)?) as Box<dyn Test>)).collect()
}

fn one(node: &Node, dialect: Dialect) -> Result<ContentTest, Problem> {
    let fields = Fields::new(node, &["name", "path", "expectedContents", "excludedContents"], dialect)?;
    Ok(ContentTest {
        name: fields.text("name")?,
        line: node.line,
        path: fields.text("path")?,
        expected: fields.texts("expectedContents")?,
        excluded: fields.texts("excludedContents")?,
    })
}

impl Test for ContentTest {
    fn run(&self, context: &Context, subject: &mut dyn Subject) -> Tested {
        let mut result = begin_on_path("File Content Test", &self.name, &self.path, self.line);
        if !result.errors.is_empty() {
            return result;
        }
        let path = context.expand(&self.path);
        match content(subject, &path) {
            Err(error) => result.errors.push(error),
            Ok(text) => {
                let what = format!("`{path}`");
                compare(&mut result.errors, &self.expected, &text, &what, true);
                compare(&mut result.errors, &self.excluded, &text, &what, false);
            }
        }
        result
    }
}

/// The text of a file.
pub(super) fn content(subject: &dyn Subject, path: &str) -> Result<String, String> {
    let files = subject.files()?;
    let found =
        files.resolve(path.as_bytes(), true).found().ok_or_else(|| format!("`{path}` is not there"))?;
    let bytes = files.read_file(&found, MAX_FILE).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
