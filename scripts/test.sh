#!/usr/bin/env bash
# `make test`: all tests of the workspace. What a test needs and does not find, it says in a line of its own
# ("cannot run", "skipped"); those lines are collected at the end, before the summary.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need_rust
need "user namespaces with more than one user; without it only the single-user map is tested" newuidmap=uidmap
need "the root file system of sandbox tests" busybox=busybox-static
need "that others read what cooper writes" skopeo=skopeo xz=xz-utils
need "pull and push against a real registry" docker-registry=docker-registry

heading "tests, as $(id -un)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
if command -v cargo-nextest >/dev/null; then
    cargo nextest run --workspace --locked --no-fail-fast --success-output final 2>&1 | tee "$log" || status=$?
    cargo test --workspace --locked --doc 2>&1 | tee -a "$log" || status=$?
else
    # A passing test's output is shown too: that is where it says what it could not do.
    cargo test --workspace --locked --no-fail-fast -- --show-output 2>&1 | tee "$log" | grep -v -e '^$' -e '^successes:$' -e '^running 0 tests' || true
    status=${PIPESTATUS[0]}
fi

heading "what could not run here"
grep -iE 'cannot run|not run:|skipped[:,]|cannot be set here|which this user does not have' "$log" | sort -u || say "everything ran"

heading "summary"
if ! command -v cargo-nextest >/dev/null; then
    grep '^test result:' "$log" | awk '
        { passed += $4; failed += $6; ignored += $8; if ($3 != "ok.") bad++ }
        END { printf "test result: %s. %d passed; %d failed; %d ignored; in %d test programs\n", bad ? "FAILED" : "ok", passed, failed, ignored, NR }'
    ((status == 0)) || grep -E '^test .* FAILED$|^error: test failed' "$log" | sort -u
else
    grep -E '^ *Summary|^test result:' "$log"
fi
exit "$status"
