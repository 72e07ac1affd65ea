//! # duplicate-id
//!
//! ## What it does
//! Finds numbers and names that `/etc/passwd` or `/etc/group` give twice.
//!
//! ## Why
//! Files belong to numbers: the two own each other's files, and one of them may be root.
//!
//! ## Example
//! ```image,bad
//! text etc/passwd root:x:0:0::/root:/bin/sh\nadmin:x:0:0::/:/bin/sh
//! ```
//! ```image,bad
//! text etc/group a:x:1:\na:x:2:
//! ```
//! ```image,good
//! text etc/passwd root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;
use std::collections::BTreeMap;

pub(crate) static CHECK: Check = Check {
    code: "IM015",
    name: "duplicate-id",
    aliases: &["DKL-LI-0002"],
    severity: Severity::Warning,
    summary: "two users or two groups have the same number or name",
    run,
    source: include_str!("duplicate_id.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    for (file, what) in [("etc/passwd", "user"), ("etc/group", "group")] {
        let Some((layer, text)) = image.text(file) else { continue };
        let (mut names, mut numbers) = (BTreeMap::new(), BTreeMap::new());
        for line in text.lines().filter(|line| !line.starts_with(['#', '+', '-'])) {
            let fields: Vec<&str> = line.split(':').collect();
            let [name, _, number, ..] = fields[..] else { continue };
            if let Some(other) = numbers.insert(number, name).filter(|other| *other != name) {
                sink.file(file, layer, format!("{what}s `{other}` and `{name}` have the number {number}"));
            }
            if names.insert(name, number).is_some_and(|other| other != number) {
                sink.file(file, layer, format!("the {what} `{name}` is there twice"));
            }
        }
    }
}
