//! The Dockerfile rules and their engine.
