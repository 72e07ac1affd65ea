//! `cooper graph`.

use app::AppError;
use app::graph::Request;

use super::print;
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory of the Dockerfile, or the file itself.
    #[arg(default_value = ".")]
    path: String,
    /// The Dockerfile; `-` for standard input.
    #[arg(long, short, value_name = "FILE")]
    file: Option<String>,
    /// The stage that is built [default: the last].
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// Value of an ARG.
    #[arg(long, value_name = "NAME[=VALUE]")]
    build_arg: Vec<String>,
    /// Output format: text, mermaid, svg or json [default: text].
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

/// Prints the graph.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let default = if global.json { "json" } else { "text" };
    let request = Request {
        context: Some(args.path.clone()),
        file: args.file.clone(),
        target: args.target.clone(),
        build_args: app::pairs(&args.build_arg, &world.env),
        format: args.format.clone().unwrap_or_else(|| default.to_owned()),
    };
    print(&app::graph::graph(&world, &request, Some(&mut std::io::stdin()))?)?;
    Ok(exit::CLEAN)
}
