#!/usr/bin/env bash
# `make lint`: formatting, clippy, and what the dependencies may be.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need_rust
heading "formatting"
# cargo fmt does not follow modules that a table declares; rustfmt over every file does.
cargo run --quiet --locked -p cooper-xtask -- fmt --check
cargo run --quiet --locked -p cooper-xtask -- docs --check
say "all Rust files are formatted"

heading "clippy"
cargo clippy --workspace --all-targets --locked -- -D warnings

heading "dependencies"
if ! command -v cargo-deny >/dev/null; then
    say "note: cargo-deny is not there; licences, bans and sources are not checked (cargo install --locked cargo-deny)"
    exit 0
fi
cargo deny --locked --offline check bans licenses sources
if cargo deny --locked fetch db >/dev/null 2>&1; then
    cargo deny --locked check advisories
else
    say "note: the advisory database cannot be fetched; advisories are not checked"
fi
