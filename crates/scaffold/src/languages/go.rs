//! # go
//!
//! A static program, built with caches for modules and compiled packages, in an image that has nothing else: no shell, no package
//! manager, and a user that is not root.
//!
//! The version is that of `go.mod`. The program is the main package at the top, or `cmd/NAME` named as the module where only that
//! is there. `HEALTHCHECK` calls the program itself with `-healthcheck`: there is nothing else to call.

use super::{Language, fill};
use crate::project::{Project, is_plain, version};

pub(crate) static LANGUAGE: Language = Language {
    name: "go",
    reads: &["go.mod"],
    registries: &["docker.io", "gcr.io"],
    ignore: &["bin", "dist", "*.test", "*.out"],
    dockerfile,
    source: include_str!("go.rs"),
};

const TEMPLATE: &str = r#"# syntax=docker/dockerfile:1

FROM golang:{{version}}-bookworm AS build
WORKDIR /src
# Modules first: they change less often than the sources.
COPY {{manifests}} ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/app {{package}}

# No shell, no package manager; certificates and time zones are there.
FROM gcr.io/distroless/static-debian12:nonroot
LABEL org.opencontainers.image.title="{{name}}"
COPY --from=build /out/app /app
USER 65532:65532
EXPOSE 8080
# The program has to know `-healthcheck`: ask its own port, exit with 0 when all is well.
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 CMD ["/app", "-healthcheck"]
ENTRYPOINT ["/app"]
"#;

fn dockerfile(project: &Project) -> String {
    let module = project.text("go.mod");
    let word = |key: &str| module.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
    let version = word("go ").and_then(|text| version(text, 2)).unwrap_or_else(|| "1".to_owned());
    let last = word("module ").and_then(|path| path.rsplit('/').next()).filter(|name| is_plain(name));
    let package = match last {
        Some(name) if project.has("cmd") && !project.has("main.go") => format!("./cmd/{name}"),
        _ => ".".to_owned(),
    };
    let manifests = if project.has("go.sum") || !project.has("go.mod") { "go.mod go.sum" } else { "go.mod" };
    let words = [
        ("version", version.as_str()),
        ("manifests", manifests),
        ("package", &package),
        ("name", &project.slug()),
    ];
    fill(TEMPLATE, &words)
}
