//! Lowers a stage graph to a DAG of operations with content digests.
