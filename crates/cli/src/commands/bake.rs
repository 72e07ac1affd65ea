//! `cooper bake`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use app::bake::{Plan, Request};
use app::build::Outcome;
use app::{AppError, EngineAddress, ProvenanceSpec};

use super::{build, print};
use crate::exit;
use crate::progress::{Mode, Printer};
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the command line")]
pub(crate) struct Args {
    /// Targets and groups, by name or pattern [default: `default`].
    targets: Vec<String>,
    /// A file of targets, in HCL, JSON or compose's YAML; `-` for standard input [default: those that bake looks for].
    #[arg(long, short, value_name = "FILE")]
    file: Vec<String>,
    /// Change a target: `app.args.VERSION=2`, `*.platform=linux/arm64`, `app.tags+=name`.
    #[arg(long, value_name = "TARGET.KEY=VALUE")]
    set: Vec<String>,
    /// Value of a variable of the files.
    #[arg(long, value_name = "NAME=VALUE")]
    var: Vec<String>,
    /// Print what would be built, as JSON, and build nothing.
    #[arg(long)]
    print: bool,
    /// List what the files declare: `targets` or `variables`.
    #[arg(long, value_name = "WHAT")]
    list: Option<List>,
    /// Push the images to their names.
    #[arg(long)]
    push: bool,
    /// Load the images into docker.
    #[arg(long)]
    load: bool,
    /// Run every step.
    #[arg(long)]
    no_cache: bool,
    /// Ask the registries for newer bases.
    #[arg(long)]
    pull: bool,
    /// What the files may do: `network.host`, `security.insecure`, `device`, and `fs.read=DIR`, `fs.write=DIR` or
    /// `fs=DIR` outside of the current directory.
    #[arg(long, value_name = "PRIVILEGE")]
    allow: Vec<String>,
    /// Leave a SLSA provenance beside each image.
    #[arg(long, value_name = "MODE", num_args = 0..=1, default_missing_value = "min", require_equals = true)]
    provenance: Option<String>,
    /// Where to build: `docker[=SOCKET]` for a Docker Engine, `buildkit[=ADDRESS]` for a buildkitd [default: here].
    #[arg(long, value_name = "KIND[=ADDRESS]")]
    engine: Option<EngineAddress>,
    /// Steps of a target at once.
    #[arg(long, short, value_name = "NUMBER")]
    jobs: Option<usize>,
    /// How progress is shown.
    #[arg(long, value_name = "MODE", default_value = "auto")]
    progress: Mode,
    /// Write what was built to a file, as JSON.
    #[arg(long, value_name = "FILE")]
    metadata_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum List {
    Targets,
    Variables,
}

/// Builds the targets, or shows them.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let needs = if args.print || args.list.is_some() { Needs::Nothing } else { Needs::Namespace };
    let world = make(global, needs)?;
    let request = request(args)?;
    let mut stdin = std::io::stdin();
    if let Some(list) = args.list {
        let config = app::bake::list(&world, &request, &mut stdin)?;
        print(&listed(list, &config, global.json))?;
        return Ok(exit::CLEAN);
    }
    let plan = app::bake::plan(&world, &request, &mut stdin)?;
    if !global.quiet {
        for note in &plan.config.notes {
            anstream::eprintln!("note: {note}");
        }
    }
    if args.print {
        print(&format!("{}\n", plan.text()))?;
        return Ok(exit::CLEAN);
    }
    crate::interrupt::end_in_order()?;
    let several = plan.resolved.targets.len() > 1;
    // A live view is redrawn in place, which several cannot share.
    let mode =
        if several && matches!(args.progress, Mode::Auto | Mode::Tty) { Mode::Plain } else { args.progress };
    let printer = |name: &str| Printer::named(mode, global.quiet, several.then(|| name.to_owned()));
    let built = app::bake::build(&world, &request, &plan, printer)?;
    if let Some(path) = &args.metadata_file {
        let text = serde_json::to_string_pretty(&metadata(&plan, &built)).unwrap_or_default();
        std::fs::write(path, text + "\n")?;
    }
    print(&summary(global, &plan, &built))?;
    Ok(exit::CLEAN)
}

fn request(args: &Args) -> Result<Request, AppError> {
    let provenance = args.provenance.as_deref().map(ProvenanceSpec::parse).transpose();
    let mut vars = BTreeMap::new();
    for text in &args.var {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| AppError::usage(format!("`--var {text}` is not of the form `NAME=VALUE`")))?;
        vars.insert(name.to_owned(), value.to_owned());
    }
    Ok(Request {
        files: args.file.clone(),
        targets: args.targets.clone(),
        set: args.set.clone(),
        vars,
        allow: args.allow.clone(),
        push: args.push,
        load: args.load,
        no_cache: args.no_cache,
        pull: args.pull,
        provenance: provenance.map_err(AppError::usage)?.flatten(),
        engine: args.engine.clone(),
        jobs: args.jobs,
    })
}

fn names(plan: &Plan, name: &str) -> Vec<String> {
    plan.resolved.targets.get(name).map(|target| target.list("tags").to_vec()).unwrap_or_default()
}

fn metadata(plan: &Plan, made: &BTreeMap<String, Outcome>) -> serde_json::Value {
    let shown =
        made.iter().filter(|(name, _)| plan.resolved.targets.get(*name).is_some_and(|one| !one.linked));
    shown
        .filter_map(|(name, outcome)| {
            Some((name.clone(), build::metadata(&names(plan, name).join(","), outcome)?))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn summary(global: &Global, plan: &Plan, made: &BTreeMap<String, Outcome>) -> String {
    if global.json {
        return format!("{}\n", metadata(plan, made));
    }
    let mut out = String::new();
    for (name, outcome) in made {
        if plan.resolved.targets.get(name).is_some_and(|target| target.linked) {
            continue;
        }
        let tags = names(plan, name).join(", ");
        match &outcome.top {
            Some(top) if global.quiet => out += &format!("{}\n", top.digest),
            Some(top) => {
                out += &format!("{name}  {}{}{tags}\n", top.digest, if tags.is_empty() { "" } else { "  " });
            }
            None if global.quiet => {}
            None => out += &format!("{name}  done\n"),
        }
    }
    out
}

fn listed(list: List, config: &bake::Config, json: bool) -> String {
    let rows: Vec<(String, String, String)> = match list {
        List::Variables => config.variables.clone(),
        List::Targets => {
            let groups = config.groups.iter().map(|group| {
                (group.name.clone(), group.targets.join(", "), group.description.clone().unwrap_or_default())
            });
            let targets = config.targets.iter().map(|target| {
                let description = target.text("description").unwrap_or_default().to_owned();
                (target.name.clone(), String::new(), description)
            });
            groups.chain(targets).collect()
        }
    };
    let second = if list == List::Variables { "value" } else { "targets" };
    if json {
        let rows = rows.iter().map(|(name, value, description)| {
            serde_json::json!({ "name": name, second: value, "description": description })
        });
        return format!("{}\n", rows.collect::<serde_json::Value>());
    }
    let width = |column: fn(&(String, String, String)) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let (first, middle) = (width(|row| row.0.len()), width(|row| row.1.len()));
    let line = |(name, value, description): &(String, String, String)| {
        format!("{name:first$}  {value:middle$}  {description}").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
