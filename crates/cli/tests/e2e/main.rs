//! The binary, driven as a user drives it: a Dockerfile in, an image out. Base images are made here, from the
//! machine's static busybox; nothing is fetched and nothing is left behind.

#![expect(clippy::disallowed_methods, reason = "tests read their environment")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed helper fails the test, and says why a test did not run"
)]
#![expect(clippy::format_collect, reason = "short texts")]

mod agreement;
mod archives;
mod bake;
mod build;
mod cache;
mod cache_mounts;
mod contexts;
mod crash;
mod devices;
mod diff;
mod early;
mod engine;
mod errors;
mod explain;
mod explore;
mod failures;
mod fmt;
mod gate;
mod lab;
mod leaks;
mod leaks_hidden;
mod leaks_ordinary;
mod lint;
mod lock;
mod network;
mod parse;
mod path;
mod peers;
mod platforms;
mod profile;
mod provenance;
mod registry;
mod remote;
mod replay;
mod reproducible;
mod resilience;
mod rootless;
mod sandbox;
mod scan;
mod shared_cache;
mod ship;
mod signals;
mod times;
mod trust;
mod validity;
mod verify;
mod why;
