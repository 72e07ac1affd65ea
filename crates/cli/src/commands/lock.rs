//! `cooper lock`.

use app::{AppError, LockChange, Renewal};
use clap::Parser as _;

use super::{build, print};
use crate::exit;
use crate::progress::{Mode, Printer};
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the build would be given: its context, `-f`, `--build-arg`, `--target`, `--platform`, `--build-context`,
    /// `--secret` and `--ssh`.
    #[command(flatten)]
    build: Selection,
    /// Look these names up again [default: all].
    #[arg(long, value_name = "NAME", num_args = 0..)]
    update: Option<Vec<String>>,
    /// Write nothing, and end with 1 when the lock file is not up to date with the Dockerfile.
    #[arg(long, conflicts_with = "update")]
    check: bool,
}

/// The options of `build` that say what is built.
#[derive(Debug, clap::Args)]
struct Selection {
    /// The context: a directory.
    #[arg(default_value = ".", value_name = "DIR")]
    context: String,
    /// The Dockerfile [default: `Dockerfile` in the context].
    #[arg(long, short, value_name = "FILE")]
    file: Option<String>,
    /// Lock what this stage needs [default: all stages].
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// Value of an ARG.
    #[arg(long, value_name = "NAME[=VALUE]")]
    build_arg: Vec<String>,
    /// Platforms to look images up for [default: this machine's].
    #[arg(long, value_name = "OS/ARCH,…", value_delimiter = ',')]
    platform: Vec<String>,
    /// Another context, as of `build`.
    #[arg(long, value_name = "NAME=VALUE")]
    build_context: Vec<String>,
    /// A value to lend to servers, as of `build`.
    #[arg(long, value_name = "SPEC")]
    secret: Vec<String>,
    /// An SSH agent to lend to servers, as of `build`.
    #[arg(long, value_name = "SPEC")]
    ssh: Vec<String>,
}

/// The build of which the names are locked.
#[derive(clap::Parser)]
struct Build {
    #[command(flatten)]
    args: build::Args,
}

impl Selection {
    fn build(&self) -> Result<build::Args, AppError> {
        let mut words = vec!["build".to_owned()];
        let mut add = |name: &str, values: &[String]| {
            words.extend(values.iter().map(|value| format!("--{name}={value}")));
        };
        add("file", self.file.as_slice());
        add("target", self.target.as_slice());
        add("build-arg", &self.build_arg);
        add("platform", &self.platform);
        add("build-context", &self.build_context);
        add("secret", &self.secret);
        add("ssh", &self.ssh);
        words.extend(["--".to_owned(), self.context.clone()]);
        let build = Build::try_parse_from(words).map_err(|error| AppError::usage(error.to_string()))?;
        Ok(build.args)
    }
}

/// Makes, renews or checks the lock file, and says what changed.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    let request = build::request(&world, &args.build.build()?)?;
    let renewal = match (&args.update, args.check) {
        (_, true) => Renewal::Check,
        (Some(names), _) => Renewal::Update(names.clone()),
        (None, _) => Renewal::Missing,
    };
    let printer = Printer::new(Mode::Plain, global.quiet);
    let outcome = app::lock(&world, &request, &renewal, &printer, Some(&mut std::io::stdin()))?;
    let name = outcome.path.file_name().unwrap_or_default().to_string_lossy();
    if global.json {
        print(&format!("{}\n", serde_json::json!({ "path": outcome.path, "changes": outcome.changes })))?;
    } else {
        print(&text(&name, &outcome.changes, args.check))?;
    }
    let stale = args.check && !outcome.changes.is_empty();
    Ok(if stale { exit::FINDINGS } else { exit::CLEAN })
}

fn text(name: &str, changes: &[LockChange], check: bool) -> String {
    let mut text = String::new();
    for change in changes {
        let LockChange { kind, name, old, new } = change;
        text += &match (old, new) {
            (Some(old), Some(new)) => format!("{kind} {name}: {old} -> {new}\n"),
            (None, Some(new)) => format!("{kind} {name}: added, {new}\n"),
            (old, None) => format!("{kind} {name}: removed, {}\n", old.as_deref().unwrap_or("nothing")),
        };
    }
    let state = match (changes.is_empty(), check) {
        (true, _) => "is up to date",
        (false, true) => "is not up to date; `cooper lock` writes it",
        (false, false) => "is written",
    };
    text + &format!("{name} {state}\n")
}
