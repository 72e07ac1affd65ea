#!/usr/bin/env bash
# `make bench`: cooper beside the other builders of this machine. Arguments go to bench/bench.py.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

build_release
need "what is measured, and what serves it" python3=python3 docker-registry=docker-registry skopeo=skopeo buildah=buildah dockerd=docker.io
exec python3 bench/bench.py --cooper "$cooper" "$@"
