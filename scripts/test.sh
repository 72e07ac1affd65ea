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
need "steps for other platforms than this machine's" qemu-aarch64-static=qemu-user-static

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# Runs a command; what it prints goes to the log whole, and without what every passing test prints to the screen.
logged() {
    local usual='^ *(running [01] tests?|test .* \.\.\. ok|test result: ok\. [01] passed.*|successes:|stdout ─+|stderr ─+|)$'
    { "$@" 2>&1 || echo "error: failed: $*"; } | tee -a "$log" | grep --line-buffered -vE "$usual" || true
    ! grep -qF "error: failed: $*" "$log" || status=1
}

heading "tests, as $(id -un)"
if command -v cargo-nextest >/dev/null; then
    logged cargo nextest run --workspace --locked --no-fail-fast --success-output final
    # These cases start themselves anew in namespaces, with a `main` of their own that nextest cannot list.
    logged cargo test --locked -p cooper-sandbox --test sandbox
    logged cargo test --workspace --locked --doc
else
    # The output of passing tests is asked for: there they say what they could not do.
    logged cargo test --workspace --locked --no-fail-fast -- --show-output
fi

heading "what could not run here"
grep -iE 'cannot run|not run:|skipped[:,] |cannot be set here|which this user does not have' "$log" | sort -u || say "everything ran"

heading "summary"
grep -E '^ *(FAIL|TIMEOUT|SIGNAL) |^test .* FAILED$|^error(: |\[)' "$log" | sort -u || true
grep '^test result:' "$log" | awk '
    $4 != 1 || !nextest { passed += $4; failed += $6; ignored += $8; programs++ }
    END { printf "cargo test: %d passed; %d failed; %d ignored; in %d test programs\n", passed, failed, ignored, programs }' \
    nextest="$(command -v cargo-nextest || true)"
grep -E '^ *Summary \[' "$log" || true
if ((status == 0)); then say "test result: ok"; else say "test result: FAILED"; fi
exit "$status"
