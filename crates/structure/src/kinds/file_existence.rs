//! # file-existence
//!
//! ## What it does
//! Looks whether a path is in the image, and what it is.
//!
//! ## Fields
//! - `name`, `path`: needed; variables of the image in `path` are replaced.
//! - `shouldExist`: true unless it says otherwise.
//! - `permissions`: kind and permissions as Go writes them: `-rw-r--r--`, `drwxr-xr-x`, `dtrwxrwxrwx` of `/tmp`, `Lrwxrwxrwx` of a
//!   symbolic link, `urwxr-xr-x` of a setuid program.
//! - `uid`, `gid`: the owner's numbers.
//! - `isExecutableBy`: `owner`, `group`, `other` or `any`.
//!
//! What an engine puts into every container is there: `/etc/hosts`, `/etc/hostname`, `/etc/resolv.conf`, `/dev`, `/proc`, `/sys`.
//! The directories of a path may be symbolic links; the last component is looked at as it is.
//!
//! ## Example
//! ```yaml
//! schemaVersion: 2.0.0
//! fileExistenceTests:
//!   - name: the program
//!     path: /app/server
//!     permissions: -rwxr-xr-x
//!     uid: 0
//!     isExecutableBy: any
//!   - name: no shell
//!     path: /bin/sh
//!     shouldExist: false
//! ```

use facts::Tested;
use image::{Entry, EntryKind};
use yaml::Node;

use super::{Context, Kind, Test, Tests, begin_on_path};
use crate::fields::{Dialect, Fields, Problem};
use crate::mode;
use crate::subject::Subject;

pub(crate) static KIND: Kind = Kind {
    key: "fileExistenceTests",
    name: "file-existence",
    order: 1,
    read,
    source: include_str!("file_existence.rs"),
};

const FIELDS: &[&str] =
    &["name", "path", "shouldExist", "permissions", "uid", "gid", "isExecutableBy", "isDirectory"];

struct FileTest {
    name: String,
    line: usize,
    path: String,
    should_exist: bool,
    permissions: String,
    uid: Option<i64>,
    gid: Option<i64>,
    executable_by: String,
}

fn read(node: &Node, dialect: Dialect) -> Result<Tests, Problem> {
    let items = node.items().ok_or_else(|| Problem::at(node, "`fileExistenceTests` must be a list"))?;
    items.iter().map(|item| Ok(Box::new(one(item, dialect)?) as Box<dyn Test>)).collect()
}

fn one(node: &Node, dialect: Dialect) -> Result<FileTest, Problem> {
    let fields = Fields::new(node, FIELDS, dialect)?;
    Ok(FileTest {
        name: fields.text("name")?,
        line: node.line,
        path: fields.text("path")?,
        should_exist: fields.truth("shouldExist", true)?,
        permissions: fields.text("permissions")?,
        // -1 asks for nothing.
        uid: fields.number("uid")?.filter(|uid| *uid != -1),
        gid: fields.number("gid")?.filter(|gid| *gid != -1),
        executable_by: fields.text("isExecutableBy")?,
    })
}

impl Test for FileTest {
    fn run(&self, context: &Context, subject: &mut dyn Subject) -> Tested {
        let mut result = begin_on_path("File Existence Test", &self.name, &self.path, self.line);
        if !result.errors.is_empty() {
            return result;
        }
        let path = context.expand(&self.path);
        let files = match subject.files() {
            Ok(files) => files,
            Err(error) => {
                result.errors.push(error);
                return result;
            }
        };
        let found = files.resolve(path.as_bytes(), false).found();
        let given = given(&path);
        let entry = found.and_then(|found| files.get(&found)).or(given.as_ref());
        match (entry, self.should_exist) {
            (None, true) => result.errors.push(format!("`{path}` is not there and should be")),
            (Some(_), false) => result.errors.push(format!("`{path}` is there and should not be")),
            (Some(entry), true) => {
                // Another name of a file has what the file has.
                let entry = if entry.kind == EntryKind::Hardlink {
                    files.get(&entry.link).unwrap_or(entry)
                } else {
                    entry
                };
                self.compare(&mut result.errors, &path, entry);
            }
            (None, false) => {}
        }
        result
    }
}

/// What is there whether or not a layer has it: the root, and what an engine puts into a container.
fn given(path: &str) -> Option<Entry> {
    let path = path.trim_matches('/');
    let (kind, mode) = match path {
        "" | "dev" | "dev/pts" | "dev/shm" | "proc" | "sys" => (EntryKind::Dir, 0o755),
        "etc/hosts" | "etc/hostname" | "etc/resolv.conf" => (EntryKind::File, 0o755),
        _ => return None,
    };
    Some(Entry::new(path, kind, mode))
}

impl FileTest {
    fn compare(&self, errors: &mut Vec<String>, path: &str, entry: &Entry) {
        let mode = mode::text(entry);
        if !self.permissions.is_empty() && self.permissions != mode {
            errors.push(format!("`{path}` has permissions `{mode}`, expected are `{}`", self.permissions));
        }
        let bits = match self.executable_by.as_str() {
            "" => None,
            "any" => Some(0o111),
            "owner" => Some(0o100),
            "group" => Some(0o010),
            "other" => Some(0o001),
            other => {
                errors.push(format!("`{other}` is no value of `isExecutableBy`: owner, group, other or any"));
                None
            }
        };
        if bits.is_some_and(|bits| entry.mode & bits == 0) {
            errors
                .push(format!("`{path}` has permissions `{mode}`: not executable by {}", self.executable_by));
        }
        for (expected, actual, what) in [(self.uid, entry.uid, "user"), (self.gid, entry.gid, "group")] {
            if expected.is_some_and(|expected| expected != i64::from(actual)) {
                let expected = expected.unwrap_or_default();
                errors.push(format!("`{path}` belongs to {what} {actual}, expected is {expected}"));
            }
        }
    }
}
