//! `cooper parse`.

use app::AppError;
use app::parse::Request;
use image::Platform;

use super::{platform, print};
use crate::world::{Global, Needs, make};
use crate::{exit, human};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The Dockerfile or its directory; `-` for standard input [default: that of this directory].
    file: Option<String>,
    /// What to show: source, tree, ast, graph or plan.
    #[arg(long, value_name = "WHAT", default_value = "ast")]
    emit: String,
    /// Value of an ARG, for the graph and the plan.
    #[arg(long, value_name = "NAME[=VALUE]")]
    build_arg: Vec<String>,
    /// The stage that is built [default: the last].
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// Platform of the result [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
}

/// Prints a document.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let request = Request {
        file: args.file.clone(),
        emit: args.emit.clone(),
        build_args: app::pairs(&args.build_arg, &world.env),
        target: args.target.clone(),
        platform: args.platform.clone(),
    };
    let outcome = app::parse::parse(&world, &request, Some(&mut std::io::stdin()))?;
    print(&outcome.text)?;
    outcome.errors.iter().for_each(|error| human::error(error, global.color()));
    Ok(if outcome.broken { exit::FINDINGS } else { exit::CLEAN })
}
