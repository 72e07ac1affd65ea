//! What rules about the flow between stages share: which C library and which release an image has, what compilers write.

use kit::TextRange;
use shell::{Arg, Invocation};
use stage::{Base, Lookup};

use crate::context::Context;
use crate::model::{RunCommand, RunStep, Step};
use crate::paths::is_within;

/// The C library that programs of an image are linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Libc {
    Glibc,
    Musl,
    /// The image has none, as `scratch`.
    None,
}

/// Official images whose tags without `alpine` are based on Debian.
const ON_DEBIAN: &[&str] = &[
    "buildpack-deps",
    "debian",
    "elixir",
    "erlang",
    "gcc",
    "golang",
    "haskell",
    "node",
    "openjdk",
    "perl",
    "php",
    "python",
    "ruby",
    "rust",
    "ubuntu",
];

/// The C library of the image that a stage begins with.
pub(crate) fn libc(context: &Context<'_>, stage: usize) -> Option<Libc> {
    if context.graph.root_base(stage) == Some(&Base::Scratch) {
        return Some(Libc::None);
    }
    let (image, tag) = context.root_image(stage)?;
    let tag = tag.unwrap_or_default();
    if image == "alpine" || tag.contains("alpine") {
        return Some(Libc::Musl);
    }
    let windows = tag.contains("windows") || tag.contains("nanoserver");
    (ON_DEBIAN.contains(&image.as_str()) && !windows).then_some(Libc::Glibc)
}

/// Releases of Debian by name.
const DEBIAN: &[(&str, u32)] =
    &[("stretch", 9), ("buster", 10), ("bullseye", 11), ("bookworm", 12), ("trixie", 13), ("forky", 14)];

/// The release of Debian that the image a stage begins with is made of, as its tag says.
pub(crate) fn debian_release(context: &Context<'_>, stage: usize) -> Option<u32> {
    let (image, tag) = context.root_image(stage)?;
    let tag = tag?;
    if !ON_DEBIAN.contains(&image.as_str()) || image == "ubuntu" {
        return None;
    }
    let mut parts = tag.split('-');
    if let Some((_, release)) = DEBIAN.iter().find(|(name, _)| tag.split('-').any(|part| part == *name)) {
        return Some(*release);
    }
    let number = parts.next()?.split('.').next()?;
    if image == "debian" { number.parse().ok() } else { None }
}

/// A program that a compiler writes.
pub(crate) struct Program {
    pub(crate) path: String,
    pub(crate) place: TextRange,
    /// The compiler.
    pub(crate) by: &'static str,
}

/// The programs that a command writes and that need a C library for sure, or in the case of Go as far as can be told.
pub(crate) fn linked_program(step: &Step<'_>, run: &RunStep<'_>, item: &RunCommand<'_>) -> Option<Program> {
    let command = &item.command;
    let place = run.place_of_command(command);
    match command.name() {
        "go" if verb(command) == "build" && !is_static_go(step, run, command) => {
            let (value, word) = command.value(&["-o"])?;
            let path = item.path_of(step, value, word.expands)?;
            Some(Program { path, place, by: "go" })
        }
        "gcc" | "g++" | "cc" | "clang" | "clang++" => {
            let fixed =
                |arg: &Arg<'_>| matches!(arg.text.as_ref(), "-static" | "-c" | "-shared" | "-static-pie");
            let (value, word) = command.value(&["-o"]).filter(|_| !command.args().iter().any(fixed))?;
            Some(Program { path: item.path_of(step, value, word.expands)?, place, by: "gcc" })
        }
        "cargo" if verb(command) == "build" && !has_target(step, run, command) => {
            let cwd = item.cwd.as_deref()?;
            Some(Program {
                path: format!("{}/target/release", cwd.trim_end_matches('/')),
                place,
                by: "cargo",
            })
        }
        _ => None,
    }
}

fn verb<'b>(command: &'b Invocation<'_>) -> &'b str {
    command.operands().next().map_or("", |word| word.text.as_ref())
}

/// Whether a `go build` is told not to use C, or may be.
fn is_static_go(step: &Step<'_>, run: &RunStep<'_>, command: &Invocation<'_>) -> bool {
    let known = |name: &str| {
        !matches!(step.scope.get(name), Lookup::Unset) && step.scope.env().contains_key(name)
            || step.scope.args().contains_key(name)
    };
    let env = ["CGO_ENABLED", "GOARCH", "GOFLAGS", "GOOS"].iter().any(|name| known(name));
    let set = |text: &str| ["CGO_ENABLED", "GOARCH", "GOFLAGS"].iter().any(|name| text.contains(name));
    let flag = |arg: &Arg<'_>| {
        arg.text.contains("static") || arg.text.contains("netgo") || arg.text.contains("osusergo")
    };
    let around = run.scripts().iter().any(|script| set(script.parse.text()));
    env || around || command.args().iter().any(flag)
}

/// Whether a `cargo build` is for a target of its own choice, or may be.
fn has_target(step: &Step<'_>, run: &RunStep<'_>, command: &Invocation<'_>) -> bool {
    let env = step.scope.env().keys().chain(step.scope.args().keys());
    let chosen = |name: &String| name.contains("TARGET") || name.contains("RUSTFLAGS");
    let around = run.scripts().iter().any(|script| {
        let text = script.parse.text();
        text.contains("RUSTFLAGS") || text.contains("musl")
    });
    command.option("--target").is_some() || env.into_iter().any(chosen) || around
}

/// The program that a copied path is or has in it.
pub(crate) fn program_at(context: &Context<'_>, stage: usize, path: &str) -> Option<Program> {
    let chain = context.chain(stage);
    let mut found = None;
    for (step, run) in chain.iter().flat_map(|stage| context.stages[*stage].runs()) {
        for item in &run.commands {
            let program = linked_program(step, run, item);
            let fits = |program: &Program| match program.by {
                "cargo" => is_within(path, &program.path) && path != program.path,
                _ => path == program.path,
            };
            found = program.filter(fits).or(found);
        }
    }
    found
}

/// Images that have no shell and few programs.
pub(crate) fn is_bare(context: &Context<'_>, stage: usize) -> bool {
    if context.graph.root_base(stage) == Some(&Base::Scratch) {
        return true;
    }
    let root = context.root_image(stage);
    root.is_some_and(|(image, tag)| {
        image.starts_with("gcr.io/distroless/") && !tag.unwrap_or_default().contains("debug")
    })
}

/// The steps of the image itself, those of the stages it is built on first.
pub(crate) fn image_steps<'b, 'a>(context: &'b Context<'a>) -> impl Iterator<Item = &'b Step<'a>> {
    context.image().iter().flat_map(|stage| &context.stages[*stage].steps)
}
