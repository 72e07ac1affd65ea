//! # development-packages-shipped
//!
//! ## What it does
//! Finds `node_modules` or `vendor` copied into the image from a stage that installs packages for development, too,
//! and removes none.
//!
//! ## Why
//! Test tools and compilers make up most of such a directory; they make the image large, and have weaknesses of
//! their own.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM node:22-slim AS build
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN npm ci
//! COPY src ./src
//! RUN npm run build
//! FROM node:22-slim
//! WORKDIR /app
//! COPY --from=build /app/node_modules ./node_modules
//! COPY --from=build /app/dist ./dist
//! USER node
//! ```
//! ```dockerfile,good
//! FROM node:22-slim AS build
//! WORKDIR /app
//! COPY package.json package-lock.json ./
//! RUN npm ci
//! COPY src ./src
//! RUN npm run build && npm prune --omit=dev
//! FROM node:22-slim
//! WORKDIR /app
//! COPY --from=build /app/node_modules ./node_modules
//! COPY --from=build /app/dist ./dist
//! USER node
//! ```

use facts::Severity;
use kit::TextRange;
use stage::Lookup;

use crate::context::Context;
use crate::flow::image_steps;
use crate::packages::Verb;
use crate::paths::base_name;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO221",
    name: "development-packages-shipped",
    aliases: &[],
    severity: Severity::Warning,
    summary: "packages for development are copied into the image",
    enabled: true,
    check: Check::File(check),
    source: include_str!("development_packages_shipped.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    let label = context.graph.stages[target.index].label();
    if ["dev", "test", "ci"].iter().any(|word| label.contains(word)) {
        return;
    }
    for copy in image_steps(context).filter_map(|step| step.copy()) {
        let Some(from) = copy.from else { continue };
        for source in &copy.sources {
            let Some(path) = source.path.as_deref() else { continue };
            let tree @ ("node_modules" | "vendor") = base_name(path) else { continue };
            if let Some((range, command)) = installs_all(context, from, tree) {
                sink.report(source.range, format!("`{path}` has packages for development in it"))
                    .related(range, format!("`{command}` installs them"))
                    .help("install without them in a stage of its own, or remove them before the copy: `npm prune --omit=dev`");
            }
        }
    }
}

/// The command that installs packages for development in a stage, when nothing leaves them out or removes them.
fn installs_all(context: &Context<'_>, stage: usize, tree: &str) -> Option<(TextRange, String)> {
    let managers: &[&str] = if tree == "vendor" { &["composer"] } else { &["npm", "yarn", "pnpm"] };
    let chain = context.chain(stage);
    let mut found = None;
    for (step, run) in chain.iter().flat_map(|stage| context.stages[*stage].runs()) {
        let text = step.instruction.range.slice(context.text());
        let leaves_out = ["prod", "omit", "--no-dev", "prune", "rm ", "NODE_ENV", "focus"]
            .iter()
            .any(|word| text.contains(word));
        let scope = [
            "NODE_ENV",
            "COMPOSER_NO_DEV",
            "NPM_CONFIG_PRODUCTION",
            "NPM_CONFIG_OMIT",
            "npm_config_production",
        ];
        let env = scope.iter().any(|name| {
            step.scope.env().contains_key(*name) || matches!(step.scope.get(name), Lookup::Known(_))
        });
        if leaves_out || env {
            return None;
        }
        for call in run.calls().filter(|call| managers.contains(&call.manager().name)) {
            let named = call.operands().next().is_some();
            if matches!(call.verb(), Verb::Install | Verb::Restore)
                && !named
                && !call.has(&["-g", "--global"])
            {
                let name =
                    format!("{} {}", call.program(), call.verb_word().map_or("", |word| word.text.as_ref()));
                found = Some((call.place(), name));
            }
        }
    }
    found
}
