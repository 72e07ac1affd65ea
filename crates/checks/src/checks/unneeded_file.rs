//! # unneeded-file
//!
//! ## What it does
//! Finds repositories, Dockerfiles, ignore files, settings of editors and build systems.
//!
//! ## Why
//! They came with a `COPY . .`, make the image larger, and tell more than they should. A `.dockerignore` keeps them out.
//!
//! ## Example
//! ```image,bad
//! file app/.git/HEAD 644 20
//! ```
//! ```image,bad
//! file app/Dockerfile 644 20
//! ```
//! ```image,good
//! file usr/share/doc/x/Dockerfile 644 20
//! ```
//! ```image,good
//! file app/main.py 644 20
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM016",
    name: "unneeded-file",
    aliases: &["DKL-LI-0003", "CIS 4.3"],
    severity: Severity::Info,
    summary: "a file of the project that no container needs is in the image",
    run,
    source: include_str!("unneeded_file.rs"),
};

const DIRS: &[&str] = &[".git", ".hg", ".svn", ".idea", ".vscode", ".github", ".circleci"];
const FILES: &[&str] = &[
    ".dockerignore",
    ".DS_Store",
    ".gitignore",
    ".gitlab-ci.yml",
    ".travis.yml",
    "Containerfile",
    "Dockerfile",
    "Jenkinsfile",
    "Vagrantfile",
    "compose.yaml",
    "docker-compose.yml",
];
/// What packages bring is theirs.
const BROUGHT: &[&str] = &[
    "usr/share/",
    "usr/lib/",
    "usr/src/",
    "node_modules/",
    "site-packages/",
    "dist-packages/",
    "/gems/",
    "go/pkg/mod/",
    ".cargo/",
];

fn run(image: &Image<'_>, sink: &mut Sink) {
    let mut told = std::collections::BTreeSet::new();
    for (layer, entry) in image.files() {
        let path = entry.path.as_str();
        if BROUGHT.iter().any(|part| path.contains(part)) {
            continue;
        }
        let parts: Vec<&str> = path.split('/').collect();
        let dir = parts[..parts.len() - 1].iter().position(|part| DIRS.contains(part));
        let name = parts.last().copied().unwrap_or_default();
        let found = match dir {
            Some(at) => parts[..=at].join("/"),
            None if FILES.contains(&name) => path.to_owned(),
            None => continue,
        };
        if told.insert(found.clone()) {
            sink.file(&found, layer, "nothing in a container needs it");
        }
    }
}
