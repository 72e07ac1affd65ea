# What the scripts behind the Makefile share; they source it.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
target=${CARGO_TARGET_DIR:-$root/target}

heading() { printf '\n== %s ==\n' "$*"; }
say() { printf '%s\n' "$*"; }
die() {
    printf 'error: %s\n' "$@" >&2
    exit 4
}

# Prints a command as it would be typed, then runs it.
run() {
    local shown=" $*"
    shown=${shown// $cooper/ cooper}
    printf '\n$%s\n' "$shown"
    "$@"
}

# Makes sure that commands exist: `need "why" command=package …`. Root gets what is missing from apt; for anyone else
# it is said what is missing and what that means. Never fails: what cannot do without a command says so itself.
need() {
    local why=$1 pair missing=() packages=()
    shift
    for pair in "$@"; do
        PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%=*}" >/dev/null && continue
        missing+=("${pair%%=*}")
        packages+=("${pair##*=}")
    done
    ((${#missing[@]})) || return 0
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        say "installing ${packages[*]} ($why)"
        if apt_install "${packages[@]}"; then return 0; fi
        say "note: apt could not install all of: ${packages[*]}"
    fi
    say "note: not there: ${missing[*]} ($why)"
    say "      install with: apt-get install ${packages[*]}"
}

apt_install() {
    local package failed=0
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update >/dev/null 2>&1 || true
    apt-get -q -y install --no-install-recommends "$@" >/dev/null 2>&1 && return 0
    # One package that does not exist here must not keep the others away.
    for package in "$@"; do
        apt-get -q -y install --no-install-recommends "$package" >/dev/null 2>&1 || failed=1
    done
    return "$failed"
}

need_rust() {
    # rustup puts cargo where a login shell finds it, but not every shell is one.
    command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    command -v cargo >/dev/null || die "cargo is missing: install Rust 1.88 or later (https://rustup.rs)"
    need "to compile the C parts of zstd, xz and ring" cc=build-essential make=make
}

# Builds the static release binary and sets `cooper` to its path.
build_release() {
    local triple
    need_rust
    triple=$(rustc -vV | sed -n 's/^host: //p')
    # Procedural macros cannot be static; naming the target keeps the flags away from them. A program for a fixed address has
    # no addresses to be put right at each start, which takes a millisecond, and each step of a build is a start.
    RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static -C relocation-model=static" cargo build --release --locked --target "$triple" -p cooper-cli
    cooper=$target/$triple/release/cooper
    if ldd "$cooper" 2>&1 | grep -q '=>'; then
        die "$cooper is not static:" "$(ldd "$cooper")"
    fi
}
