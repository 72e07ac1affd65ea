//! `cooper init` and `cooper ci init`.

use app::AppError;
use app::starter::{Request, init, pipeline};

use super::print;
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The language: go, java, node, python or rust.
    language: String,
    #[command(flatten)]
    place: Place,
}

/// What to do about CI.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CiCommand {
    /// Write a pipeline: lint, build, test, scan, sign, push, verify.
    Init(CiArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct CiArgs {
    /// The provider: github or gitlab.
    provider: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The directory of the project.
    #[arg(default_value = ".")]
    dir: String,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
}

/// Writes what a project of a language begins with.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let written = init(&world, &args.place.request(&args.language))?;
    show(
        global,
        &args.place.dir,
        &written,
        "`cooper lint` checks it, `cooper lock` pins its images, `cooper build` builds it, `cooper ship` sends it out",
    )
}

/// Writes the pipeline of a project.
pub(crate) fn ci(global: &Global, command: &CiCommand) -> Result<u8, AppError> {
    let CiCommand::Init(args) = command;
    let world = make(global, Needs::Nothing)?;
    let written = pipeline(&world, &args.place.request(&args.provider))?;
    show(global, &args.place.dir, &written, "the comment at its top says which settings it needs")
}

fn show(global: &Global, dir: &str, written: &[String], next: &str) -> Result<u8, AppError> {
    if global.json {
        print(&format!("{}\n", serde_json::json!({ "dir": dir, "written": written })))?;
        return Ok(exit::CLEAN);
    }
    for path in written {
        print(&format!("{path}\n"))?;
    }
    if !global.quiet {
        anstream::eprintln!("note: {next}");
    }
    Ok(exit::CLEAN)
}

impl Place {
    fn request(&self, kind: &str) -> Request {
        Request { kind: kind.to_owned(), dir: self.dir.clone(), force: self.force }
    }
}
