//! # final-stage-is-builder
//!
//! ## What it does
//! Finds images whose last stage is built on the stage that compiled the program, with the whole SDK below it.
//!
//! ## Why
//! The compiler, the sources and the build caches ship with the program: hundreds of megabytes, and everything an
//! attacker needs.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
//! WORKDIR /src
//! COPY . .
//! RUN dotnet publish -c Release -o /out
//! FROM build AS final
//! WORKDIR /out
//! USER 1000
//! ENTRYPOINT ["dotnet", "app.dll"]
//! ```
//! ```dockerfile,good
//! FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
//! WORKDIR /src
//! COPY . .
//! RUN dotnet publish -c Release -o /out
//! FROM mcr.microsoft.com/dotnet/aspnet:8.0 AS final
//! COPY --from=build /out /app
//! USER 1000
//! ENTRYPOINT ["dotnet", "/app/app.dll"]
//! ```

use facts::Severity;

use crate::context::Context;
use crate::known::{compiles, runtime_of};
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO210",
    name: "final-stage-is-builder",
    aliases: &[],
    severity: Severity::Warning,
    summary: "the image is built on the stage that compiled the program",
    enabled: true,
    check: Check::File(check),
    source: include_str!("final_stage_is_builder.rs"),
};

/// Words of stage names that are meant to have tools.
const WORKSHOPS: &[&str] = &["build", "ci", "debug", "dev", "lint", "sdk", "test", "tool"];

/// Names of stages that developers work in: what is built on them is for developers, too.
const ENVIRONMENTS: &[&str] = &["ci", "dev", "devcontainer", "development", "test", "tests", "tools"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(target) = context.target() else { return };
    let Some((image, tag)) = context.root_image(target.index) else { return };
    let Some(runtime) = runtime_of(&image, tag.as_deref()) else { return };
    let label = target.stage.label();
    let ancestors = context.graph.ancestors(target.index);
    let is_workshop = |label: &str| WORKSHOPS.iter().any(|word| label.contains(word));
    let on_environment = ancestors
        .first()
        .is_some_and(|stage| ENVIRONMENTS.contains(&context.stages[*stage].stage.label().as_str()));
    if ancestors.is_empty() || is_workshop(&label) || on_environment {
        return;
    }
    let runs = ancestors.iter().flat_map(|stage| context.stages[*stage].runs());
    let compiled = runs.flat_map(|(_, run)| run.commands.iter().map(move |item| (run, item)));
    let Some((run, item)) = compiled.into_iter().find(|(_, item)| compiles(&item.command)) else { return };
    sink.report(
        target.stage.base_range,
        format!("the image is built on the stage that compiles, with all of `{image}`"),
    )
    .related(run.place_of_command(&item.command), "compiled here")
    .help(format!("begin the last stage with {runtime}, and copy the result with `COPY --from`"));
}
