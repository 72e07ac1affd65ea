//! The stage graph of a Dockerfile: stages, edges, scopes, reachability.
