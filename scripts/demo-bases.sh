#!/usr/bin/env bash
# Makes stand-ins for the base images of examples/ where no registry can be reached:
#
#   demo-bases.sh DIR COOPER     makes the OCI layouts DIR/debian and DIR/gcc
#
# They hold packages of this machine's own distribution: from its mirror when that answers, else the packages that
# are installed here. Needs neither root nor a package that Debian and Ubuntu do not always have, and changes
# nothing outside DIR. Does nothing when the layouts are there.
set -euo pipefail

dir=${1:?usage: demo-bases.sh DIR COOPER}
cooper=${2:?usage: demo-bases.sh DIR COOPER}
mkdir -p "$dir"
dir=$(realpath "$dir")

# What `debian:bookworm-slim` and, on top of it, `gcc:12-bookworm` are used for.
runtime_packages=(base-files bash coreutils dash findutils grep gzip hostname libc-bin sed tar)
compiler_packages=(gcc libc6-dev make)

say() { printf 'bases: %s\n' "$*"; }
die() {
    printf 'bases: %s\n' "$@" >&2
    exit 4
}

if [[ -e $dir/debian/index.json && -e $dir/gcc/index.json ]]; then
    say "the stand-ins are there: $dir/{debian,gcc}"
    exit 0
fi
for tool in apt-get dpkg-deb dpkg-query tar; do
    command -v "$tool" >/dev/null || die "\`$tool\` is missing: stand-ins for base images are made on Debian and Ubuntu only." \
        "Run this where a registry with debian:bookworm-slim and gcc:12-bookworm can be reached."
done

work=$dir/tmp
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT

# --- packages from the mirror -------------------------------------------------------------------------------------

# apt with the sources, keys and proxy of this machine, but with lists, archives and a (clean) state of its own.
prepare_apt() {
    local apt=$work/apt
    mkdir -p "$apt"/{lists/partial,archives/partial,parts}
    : >"$apt/status"
    apt-config dump | grep -E '^Acquire::' | grep -v -e '^Acquire::IndexTargets' -e '^Acquire::Languages' >"$apt/parts/host" || true
    cat >"$apt/apt.conf" <<EOF
Dir::Etc::parts "$apt/parts";
Dir::Etc::main "$apt/none";
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Log "$apt";
Debug::NoLocking "1";
APT::Sandbox::User "root";
APT::Install-Recommends "0";
APT::Get::Assume-Yes "1";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
EOF
}

apt_get() { APT_CONFIG=$work/apt/apt.conf apt-get -q "$@" >>"$work/apt.log" 2>&1; }

# Unpacks the packages named, and what they need, into $1; those that $work/have lists are left out.
unpack_from_mirror() {
    local root=$1 deb
    shift
    apt_get install --download-only "$@" || return 1
    for deb in "$work"/apt/archives/*.deb; do
        grep -qxF "${deb##*/}" "$work/have" && continue
        # Old packages still name /lib and /bin; the links that stand for them must stay.
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" --keep-directory-symlink --no-same-owner -p -xf -
        echo "${deb##*/}" >>"$work/have"
    done
}

# --- packages that are installed here -------------------------------------------------------------------------------

# The packages named and everything they depend on, as far as it is installed.
installed_closure() {
    local -A seen=()
    local queue=("$@") name depends alternative
    while ((${#queue[@]})); do
        name=${queue[0]}
        queue=("${queue[@]:1}")
        [[ -n ${seen[$name]:-} ]] && continue
        depends=$(dpkg-query -W -f '${db:Status-Status}|${Pre-Depends}, ${Depends}' "$name" 2>/dev/null) || continue
        [[ $depends == installed\|* ]] || continue
        seen[$name]=1
        depends=${depends#*|}
        while read -r alternative; do
            [[ -n $alternative ]] && queue+=("$alternative")
        done < <(tr ',|' '\n\n' <<<"$depends" | sed -e 's/(.*//' -e 's/:any//' -e 's/[[:space:]]//g')
    done
    printf '%s\n' "${!seen[@]}" | sort
}

# Copies the files of the packages named, and of what they need, into $1; those in $work/have are left out.
unpack_from_here() {
    local root=$1 name
    shift
    for name in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || die "the package \`$name\` is not installed." \
            "No registry and no mirror can be reached, so the example's base images are made from packages of this machine." \
            "Install it, or run this with a network."
    done
    for name in $(installed_closure "$@"); do
        grep -qxF "$name" "$work/have" && continue
        echo "$name" >>"$work/have"
        dpkg-query -L "$name" | sed -n -E 's#^/(.+)#\1#p' | sed -E 's#^(bin|sbin|lib|lib32|lib64|libx32)/#usr/\1/#' |
            while IFS= read -r path; do
                # The links that merge /bin into /usr/bin are made by hand; the rest is copied if it can be read.
                [[ -L /$path || (-f /$path && -r /$path) ]] && printf '%s\0' "$path"
            done | tar -C / --null --no-recursion -T - -cf - | tar -C "$root" --keep-directory-symlink --no-same-owner -p -xf -
    done
}

# --- an image from a folder ---------------------------------------------------------------------------------------

# The links by which today's distributions merge /bin, /lib and so on into /usr.
merge_usr() {
    local root=$1 name
    for name in bin sbin lib lib64; do
        mkdir -p "$root/usr/$name"
        ln -sfn "usr/$name" "$root/$name"
    done
}

complete() {
    local root=$1
    mkdir -p "$root"/{dev,etc,home,proc,root,run,sys,tmp,var/tmp}
    chmod 1777 "$root/tmp" "$root/var/tmp"
    chmod 0700 "$root/root"
    printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n' >"$root/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
    [[ -e $root/bin/sh || -L $root/bin/sh ]] || ln -s dash "$root/usr/bin/sh"
}

# Packs $1 the same way every time, as the root file system of the image $3 in the layout $2; $4 is its Dockerfile.
pack() {
    local root=$1 layout=$2 tag=$3 dockerfile=$4
    shift 4
    local context=$work/context
    rm -rf "$context" "$layout"
    mkdir -p "$context"
    # Manuals and translations are not what a base image is for.
    rm -rf "$root"/usr/share/{doc,man,info,locale,lintian,bug}
    tar -C "$root" --sort=name --numeric-owner --owner=0 --group=0 --mtime=@0 --format=posix \
        --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime -cf "$context/rootfs.tar" .
    printf '%s\n' "$dockerfile" >"$context/Dockerfile"
    "$cooper" --store "$work/store" --quiet build -t "$tag" --output "type=oci,dest=$layout,tar=false" "$@" "$context" >>"$work/pack.log" 2>&1 || {
        cat "$work/pack.log" >&2
        die "cooper could not pack $tag."
    }
    rm -rf "$context"
}

# --- the two images ---------------------------------------------------------------------------------------------

: >"$work/have"
prepare_apt
say "no registry is used: making stand-ins for debian:bookworm-slim and gcc:12-bookworm (once)"
if apt_get update && apt_get install --print-uris "${runtime_packages[@]}" "${compiler_packages[@]}"; then
    say "downloading packages from this machine's mirror"
    unpack=unpack_from_mirror
else
    say "no mirror answers; using the packages that are installed here"
    unpack=unpack_from_here
fi

base=$work/debian
mkdir -p "$base"
merge_usr "$base"
$unpack "$base" "${runtime_packages[@]}" || { tail -5 "$work/apt.log" >&2; die "the packages of the base image could not be downloaded."; }
complete "$base"
say "packing debian:bookworm-slim"
pack "$base" "$dir/debian" debian:bookworm-slim 'FROM scratch
ADD rootfs.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["bash"]'

compiler=$work/gcc
mkdir -p "$compiler"
merge_usr "$compiler"
$unpack "$compiler" "${compiler_packages[@]}" || { tail -5 "$work/apt.log" >&2; die "the packages of the compiler image could not be downloaded."; }
rm -f "$compiler"/{bin,sbin,lib,lib64} # The base has these links.
say "packing gcc:12-bookworm"
pack "$compiler" "$dir/gcc" gcc:12-bookworm 'FROM debian:bookworm-slim
ADD rootfs.tar /' --build-context "debian:bookworm-slim=oci-layout://$dir/debian"
say "made $dir/{debian,gcc}"
