//! The use cases, without a terminal: build, lint, graph, pull, push, run.
