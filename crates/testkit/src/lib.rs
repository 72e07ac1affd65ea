//! Servers on loopback for tests, and a check of documents against their schemas. Servers are part of the test's process:
//! their threads end with it.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    reason = "helpers of tests fail the test, and say why one did not run"
)]

mod bridge;
mod git;
mod registry;
mod schema;
mod server;
pub mod sigstore;
mod tls;

pub use bridge::{bridge_tcp, bridge_unix};
pub use git::{Repository, git_is_here, git_replies};
pub use registry::registry;
pub use schema::fits;
pub use server::{Reply, Seen, Server};
pub use tls::Authority;
