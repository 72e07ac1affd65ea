//! The distribution client: pull, push, copy, inspect.
