# Each target sets up what it needs; see scripts/. Root gets missing Debian packages, others are told.

.PHONY: help demo test lint fmt bench release

help:
	@echo "make demo     build cooper and take examples/hello-server from its Dockerfile to a running image"
	@echo "make test     all tests"
	@echo "make lint     formatting, clippy, licences of dependencies"
	@echo "make fmt      format every Rust file"
	@echo "make bench    measure cooper beside other builders (ARGS='--cases A,B --runs 3')"
	@echo "make release  the static binary, and where it is"

demo:
	@bash scripts/demo.sh

test:
	@bash scripts/test.sh

lint:
	@bash scripts/lint.sh

fmt:
	@cargo run --quiet -p cooper-xtask -- fmt

bench:
	@bash scripts/bench.sh $(ARGS)

release:
	@bash -c 'set -e; . scripts/lib.sh; build_release; echo "$$cooper"'
