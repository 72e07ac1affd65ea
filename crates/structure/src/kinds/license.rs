//! # license
//!
//! ## What it does
//! Looks into copyright files for licences that are not wanted: AGPL and WTFPL, as container-structure-test has it.
//!
//! ## Fields
//! - `debian`: looks at `/usr/share/doc/*/copyright`; a package without one is a failure.
//! - `files`: further files.
//!
//! ## Example
//! ```yaml
//! schemaVersion: 2.0.0
//! licenseTests:
//!   - debian: false
//!     files: [/app/LICENSE]
//! ```

use facts::Tested;
use yaml::Node;

use super::file_content::content;
use super::{Context, Kind, Test, Tests, begin};
use crate::fields::{Dialect, Fields, Problem};
use crate::subject::Subject;

pub(crate) static KIND: Kind =
    Kind { key: "licenseTests", name: "license", order: 3, read, source: include_str!("license.rs") };

/// Where Debian keeps what packages say of their licences.
const DEBIAN: &str = "usr/share/doc";
/// A package whose file names a licence that is not wanted without being under it.
const KNOWN: &[&str] = &["libgnutls30"];
const REFUSED: &[&str] = &["AGPL", "WTFPL"];

struct LicenseTest {
    line: usize,
    debian: bool,
    files: Vec<String>,
}

fn read(node: &Node, dialect: Dialect) -> Result<Tests, Problem> {
    let items = node.items().ok_or_else(|| Problem::at(node, "`licenseTests` must be a list"))?;
    let one = |item: &Node| {
        let fields = Fields::new(item, &["debian", "files"], dialect)?;
        let (debian, files) = (fields.truth("debian", false)?, fields.texts("files")?);
        Ok(Box::new(LicenseTest { line: item.line, debian, files }) as Box<dyn Test>)
    };
    items.iter().map(one).collect()
}

impl Test for LicenseTest {
    fn run(&self, _context: &Context, subject: &mut dyn Subject) -> Tested {
        let mut result = begin("License Test".to_owned(), self.line);
        let mut files = Vec::new();
        if self.debian {
            match packages(subject) {
                Ok(found) => files.extend(found),
                Err(error) => result.errors.push(error),
            }
        }
        files.extend(self.files.iter().cloned());
        for file in files {
            match content(subject, &file) {
                Err(error) => result.errors.push(format!("a licence cannot be read: {error}")),
                Ok(text) => {
                    let text = text.to_uppercase();
                    let found = REFUSED.iter().filter(|word| text.contains(**word));
                    result.errors.extend(found.map(|word| format!("`{file}` names the licence {word}")));
                }
            }
        }
        result
    }
}

/// The copyright files of Debian's packages.
fn packages(subject: &dyn Subject) -> Result<Vec<String>, String> {
    let files = subject.files()?;
    if files.get(DEBIAN.as_bytes()).is_none() {
        return Err(format!("`/{DEBIAN}` is not there"));
    }
    let dirs = files.list(DEBIAN.as_bytes()).filter(|entry| entry.kind.is_dir());
    let names = dirs.map(|entry| String::from_utf8_lossy(entry.name()).into_owned());
    Ok(names
        .filter(|name| !KNOWN.contains(&name.as_str()))
        .map(|name| format!("/{DEBIAN}/{name}/copyright"))
        .collect())
}
