#!/usr/bin/env bash
# `make demo`: builds cooper and takes examples/hello-server from its Dockerfile to a running image.
# Needs no daemon, no root, and no registry. Everything it makes lies in .demo and in cargo's target directory.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

example=examples/hello-server
name=cooper-demo:latest
demo=$root/.demo

heading "building cooper (release, static)"
build_release
say "$(du -h "$cooper" | cut -f1) $("$cooper" --version)"
mkdir -p "$demo" 2>/dev/null && [[ -w $demo ]] || die "$demo belongs to someone else: remove it, or use a clone of your own"
COOPER_STORE=$demo/store
if [[ $(stat -f -c %T "$demo") == overlayfs ]]; then
    # An overlay cannot lie on an overlay, and in a container the clone often does.
    for place in /var/tmp /tmp "${XDG_RUNTIME_DIR:-/run}" /dev/shm; do
        [[ -w $place && $(stat -f -c %T "$place") != overlayfs && $(df --output=avail -k "$place" | tail -1) -gt 1500000 ]] || continue
        COOPER_STORE=$place/cooper-demo-$(id -u)
        say "note: $demo lies on an overlay file system; the store is $COOPER_STORE"
        break
    done
fi
export COOPER_STORE
# The image's process has a user number of its own, which a user namespace with a single number cannot give it.
as=()
if [[ $(id -u) != 0 ]] && ! { command -v newuidmap && grep -qE "^($(id -un)|$(id -u)):" /etc/subuid; } >/dev/null 2>&1; then
    say "note: no range in /etc/subuid, or no newuidmap (package uidmap): the image runs as your own user"
    as=(--user 0)
fi

heading "base images"
bases=()
if timeout 20 "$cooper" inspect debian:bookworm-slim >/dev/null 2>&1 && timeout 20 "$cooper" inspect gcc:12-bookworm >/dev/null 2>&1; then
    say "a registry answers: debian:bookworm-slim and gcc:12-bookworm are pulled from it"
else
    bash scripts/demo-bases.sh "$demo/bases" "$cooper"
    bases=(--build-context "debian:bookworm-slim=oci-layout://.demo/bases/debian"
        --build-context "gcc:12-bookworm=oci-layout://.demo/bases/gcc")
fi

heading "the stage graph"
run "$cooper" graph "$example"

heading "findings"
run "$cooper" lint "$example"
say ""
say "An image as it should not be, for comparison:"
# Findings end with exit code 1; anything else is a failure of cooper.
code=0
run "$cooper" lint examples/leaky || code=$?
((code == 1)) || die "examples/leaky must have findings (exit code 1), but the exit code is $code"

heading "the build"
run "$cooper" build -t "$name" "${bases[@]}" "$example"

heading "the same build again"
start=$(date +%s%N)
"$cooper" --quiet build -t "$name" "${bases[@]}" "$example" >"$demo/again.txt"
stop=$(date +%s%N)
cat "$demo/again.txt"
say "nothing changed: $(((stop - start) / 1000000)) ms"

heading "the image in the store"
run "$cooper" images

heading "running it"
run "$cooper" run "${as[@]}" "$name" --self-test

heading "done"
say "The image is $name in the store $COOPER_STORE. Try:"
say "  export COOPER_STORE=$COOPER_STORE PATH=$(dirname "$cooper"):\$PATH"
say "  cooper run --network host ${as[*]}${as:+ }$name --port 8080"
say "  cooper rule                              # what lint looks for"
say "  cooper graph --format svg $example > graph.svg"
