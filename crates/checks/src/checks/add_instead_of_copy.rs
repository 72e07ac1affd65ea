//! # add-instead-of-copy
//!
//! ## What it does
//! Finds steps of the history that are an ADD, those that brought the root of a base image not among them.
//!
//! ## Why
//! ADD unpacks archives and fetches addresses; COPY does what it says.
//!
//! ## Example
//! ```image,bad
//! history: RUN /bin/sh -c id
//! history: /bin/sh -c #(nop) ADD file:0123456789abcdef in /app/
//! ```
//! ```image,good
//! history: /bin/sh -c #(nop) ADD file:0123456789abcdef in /
//! history: CMD ["sh"]
//! ```
//! ```image,good
//! history: RUN /bin/sh -c id
//! history: COPY app /app # buildkit
//! ```
//! ```image,good
//! history: RUN /bin/sh -c id
//! history: ADD https://example.com/x.tar /x # buildkit
//! ```
//! ```image,good
//! history: ADD rootfs.tar.xz / # buildkit
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM006",
    name: "add-instead-of-copy",
    aliases: &["CIS-DI-0009", "CIS 4.9"],
    severity: Severity::Style,
    summary: "a step says ADD where COPY does it",
    run,
    source: include_str!("add_instead_of_copy.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    for (number, step) in image.steps() {
        let Some(rest) = step.strip_prefix("ADD ") else { continue };
        // What is fetched, unpacked, or makes up the root of the image needs an ADD.
        let fetched = rest.contains("://") || rest.contains("git@");
        let archive = [".tar", ".tgz", ".txz", ".tbz"].iter().any(|end| rest.contains(end));
        let target = rest.split_whitespace().next_back().unwrap_or_default();
        if !fetched && !archive && target != "/" {
            sink.history(image, number, "`ADD` of files that `COPY` would copy");
        }
    }
}
