//! # rust
//!
//! A release build with caches for the registry and for what is compiled, and its program alone in an image that has libc and
//! certificates, no shell, no package manager, and a user that is not root.
//!
//! The program is called as the package of `Cargo.toml`. The version is its `rust-version`, or the channel of
//! `rust-toolchain.toml`; else the newest. `HEALTHCHECK` calls the program itself with `--healthcheck`: there is nothing else to call.

use toml_edit::DocumentMut;

use super::{Language, fill};
use crate::project::{Project, is_plain, version};

pub(crate) static LANGUAGE: Language = Language {
    name: "rust",
    reads: &["Cargo.toml", "rust-toolchain.toml", "rust-toolchain"],
    registries: &["docker.io", "gcr.io"],
    ignore: &["target", "**/*.rs.bk"],
    dockerfile,
    source: include_str!("rust.rs"),
};

const TEMPLATE: &str = r#"# syntax=docker/dockerfile:1

FROM rust:{{version}}-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release{{locked}} && \
    install -D target/release/{{program}} /out/app

# libc and certificates, no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="{{name}}"
COPY --from=build /out/app /app
USER 65532:65532
EXPOSE 8080
# The program has to know `--healthcheck`: ask its own port, exit with 0 when all is well.
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 CMD ["/app", "--healthcheck"]
ENTRYPOINT ["/app"]
"#;

fn dockerfile(project: &Project) -> String {
    let read = |name: &str| project.text(name).parse::<DocumentMut>().unwrap_or_default();
    let (package, toolchain) = (read("Cargo.toml"), read("rust-toolchain.toml"));
    let text = |document: &DocumentMut, table: &str, key: &str| {
        document
            .get(table)
            .and_then(|table| table.get(key))
            .and_then(|value| value.as_str())
            .map(str::to_owned)
    };
    let asked = [
        text(&toolchain, "toolchain", "channel"),
        Some(project.text("rust-toolchain").to_owned()),
        text(&package, "package", "rust-version"),
    ];
    let version = asked.iter().flatten().find_map(|text| version(text, 2)).unwrap_or_else(|| "1".to_owned());
    let program =
        text(&package, "package", "name").filter(|name| is_plain(name)).unwrap_or_else(|| project.slug());
    let locked = if project.has("Cargo.lock") { " --locked" } else { "" };
    let words =
        [("version", version.as_str()), ("locked", locked), ("program", &program), ("name", &project.slug())];
    fill(TEMPLATE, &words)
}
