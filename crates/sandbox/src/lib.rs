//! Namespaces, mounts, seccomp and exec: runs one process of a build step.
