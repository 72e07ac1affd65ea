//! # node
//!
//! Packages as the lock file has them, installed with a cache; where `package.json` has a script `build`, it runs in a stage of its
//! own, and packages for development stay there. The image runs as the user `node`, by number.
//!
//! The package manager is that of the lock file: `package-lock.json`, `yarn.lock` or `pnpm-lock.yaml`; without one npm installs what
//! `package.json` asks for. The version is that of `.nvmrc`, `.node-version` or `engines.node`; else 22, also where `engines.node` only
//! says which is too old. What runs is the script `start` of `package.json` where it calls `node`, else `main`.

use serde_json::Value;

use super::{Language, fill};
use crate::project::{Project, is_plain, wished};

pub(crate) static LANGUAGE: Language = Language {
    name: "node",
    reads: &["package.json", ".nvmrc", ".node-version"],
    registries: &["docker.io"],
    ignore: &["**/node_modules", "dist", "coverage", "npm-debug.log*"],
    dockerfile,
    source: include_str!("node.rs"),
};

/// How a package manager is called: its lock file, what makes it ready, and with which words it installs.
struct Manager {
    lock: &'static str,
    cache: &'static str,
    all: &'static str,
    production: &'static str,
    prune: &'static str,
    build: &'static str,
}

const NPM: Manager = Manager {
    lock: "package-lock.json",
    cache: "/root/.npm",
    all: "npm ci --include=dev",
    production: "npm ci --omit=dev",
    prune: "npm prune --omit=dev",
    build: "npm run build",
};
/// Without a lock file `npm ci` refuses to install.
const UNLOCKED: Manager =
    Manager { lock: "", all: "npm install --include=dev", production: "npm install --omit=dev", ..NPM };
const YARN: Manager = Manager {
    lock: "yarn.lock",
    cache: "/usr/local/share/.cache/yarn",
    all: "yarn install --frozen-lockfile --production=false",
    production: "yarn install --frozen-lockfile --production",
    prune: "yarn install --frozen-lockfile --production --offline",
    build: "yarn run build",
};
const PNPM: Manager = Manager {
    lock: "pnpm-lock.yaml",
    cache: "/root/.local/share/pnpm/store",
    all: "corepack enable && pnpm install --frozen-lockfile --prod=false",
    production: "corepack enable && pnpm install --frozen-lockfile --prod",
    prune: "pnpm prune --prod",
    build: "pnpm run build",
};

const BASE: &str = r"# syntax=docker/dockerfile:1

FROM node:{{version}}-bookworm-slim AS base
ENV NODE_ENV=production
WORKDIR /app
";

const BUILT: &str = r#"
FROM base AS build
COPY package.json {{lock}}./
RUN --mount=type=cache,target={{cache}} {{all}}
COPY . .
RUN --mount=type=cache,target={{cache}} {{build}} && {{prune}}

FROM base
LABEL org.opencontainers.image.title="{{name}}"
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
"#;

const PLAIN: &str = r#"
FROM base AS packages
COPY package.json {{lock}}./
RUN --mount=type=cache,target={{cache}} {{production}}

FROM base
LABEL org.opencontainers.image.title="{{name}}"
COPY --from=packages /app/node_modules ./node_modules
COPY . .
"#;

const END: &str = r#"# The user `node` of the base image, by number, so that Kubernetes can see that it is not root.
USER 1000:1000
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:3000/').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", {{main}}]
"#;

/// The version where nobody asks for one.
const VERSION: &str = "22";

fn dockerfile(project: &Project) -> String {
    let package: Value = serde_json::from_str(project.text("package.json")).unwrap_or_default();
    let manager = [YARN, PNPM, NPM].into_iter().find(|one| project.has(one.lock)).unwrap_or(UNLOCKED);
    let asked = [
        project.text(".nvmrc"),
        project.text(".node-version"),
        package["engines"]["node"].as_str().unwrap_or(""),
    ];
    let version =
        asked.iter().find_map(|text| wished(text, 1, VERSION)).unwrap_or_else(|| VERSION.to_owned());
    let builds = package["scripts"]["build"].is_string();
    let lock = if manager.lock.is_empty() { String::new() } else { format!("{} ", manager.lock) };
    let words = [
        ("version", version.as_str()),
        ("lock", &lock),
        ("cache", manager.cache),
        ("all", manager.all),
        ("production", manager.production),
        ("prune", manager.prune),
        ("build", manager.build),
        ("name", &project.slug()),
        ("main", &started(&package, builds)),
    ];
    fill(&[BASE, if builds { BUILT } else { PLAIN }, END].concat(), &words)
}

/// What `node` is started with, as items of a JSON list.
fn started(package: &Value, builds: bool) -> String {
    let script = package["scripts"]["start"].as_str().and_then(|script| script.strip_prefix("node "));
    let words: Vec<&str> = script.unwrap_or_default().split_whitespace().collect();
    if !words.is_empty() && words.iter().all(|word| is_plain(word)) {
        return words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    }
    let default = if builds { "dist/index.js" } else { "index.js" };
    let main =
        package["main"].as_str().map(|path| path.trim_start_matches("./")).filter(|path| is_plain(path));
    format!("\"{}\"", main.unwrap_or(default))
}
