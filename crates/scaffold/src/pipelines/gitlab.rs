//! # gitlab
//!
//! A pipeline of two jobs. `check` lints, builds, tests and scans, for merge requests, too, and fills the reports that GitLab shows:
//! code quality, container scanning, tests, the SBOM. `publish` runs for the protected default branch alone: it builds the image
//! again, which must give the very image that was checked, and `cooper ship` sends it: checked, signed with its SBOM, its provenance and
//! the result of its scan, and verified as who pulls it would.
//!
//! The key and its password are protected variables, so that only protected branches see them; cooper itself is pinned by its
//! sha256. Reports are kept whether or not a step fails.

use super::Provider;

pub(crate) static PROVIDER: Provider = Provider {
    name: "gitlab",
    path: ".gitlab-ci.yml",
    template: include_str!("gitlab.yml"),
    source: include_str!("gitlab.rs"),
};
