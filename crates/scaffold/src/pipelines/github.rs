//! # github
//!
//! A workflow of two jobs. `check` lints, builds, tests and scans, for pull requests, too, with the right to read alone and to show
//! findings; it has no secrets. `publish` runs for the main branch, in the environment `release`: it builds the image again, which
//! must give the very image that was checked, and `cooper ship` sends it: checked, signed with its SBOM, its provenance and the result of
//! its scan, and verified as who pulls it would.
//!
//! Actions are pinned by the digest of their commit, cooper itself by its sha256. Reports are kept whether or not a step fails.
//! Nothing of what others can write (titles, names of branches) gets into a script.

use super::Provider;

pub(crate) static PROVIDER: Provider = Provider {
    name: "github",
    path: ".github/workflows/image.yml",
    template: include_str!("github.yml"),
    source: include_str!("github.rs"),
};
