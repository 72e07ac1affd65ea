//! Steps that run a process.

mod exec;
mod mounts;
mod network;
