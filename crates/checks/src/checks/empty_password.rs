//! # empty-password
//!
//! ## What it does
//! Finds users in `/etc/shadow`, and in `/etc/passwd` where it holds passwords itself, whose password is empty and who
//! have a shell.
//!
//! ## Why
//! Everything that asks for a password lets them in.
//!
//! ## Example
//! ```image,bad
//! text etc/shadow root::19000:0:99999:7:::
//! text etc/passwd root:x:0:0:root:/root:/bin/sh
//! ```
//! ```image,bad
//! text etc/passwd app::1000:1000::/home/app:/bin/sh
//! ```
//! ```image,good
//! text etc/shadow root:*:19000:0:99999:7:::
//! text etc/passwd root:x:0:0:root:/root:/bin/sh
//! ```
//! ```image,good
//! text etc/shadow app::19000::::::
//! text etc/passwd app:x:1:1::/:/sbin/nologin
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM014",
    name: "empty-password",
    aliases: &["DKL-LI-0001"],
    severity: Severity::Error,
    summary: "a user can log in without a password",
    run,
    source: include_str!("empty_password.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    let passwd = image.text("etc/passwd");
    let has_shell = |name: &str| {
        let lines = passwd.map_or("", |(_, text)| text).lines();
        let line = lines.map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name);
        // A shell that is not named is `/bin/sh`; who is not known cannot log in.
        line.is_some_and(|fields| {
            let shell = fields.get(6).copied().unwrap_or_default();
            !shell.ends_with("nologin") && !shell.ends_with("/false")
        })
    };
    for file in ["etc/shadow", "etc/passwd"] {
        let Some((layer, text)) = image.text(file) else { continue };
        for line in text.lines().filter(|line| !line.starts_with(['#', '+', '-'])) {
            let mut fields = line.split(':');
            if let (Some(name), Some("")) = (fields.next(), fields.next())
                && !name.is_empty()
                && has_shell(name)
            {
                sink.file(file, layer, format!("the password of `{name}` is empty"));
            }
        }
    }
}
