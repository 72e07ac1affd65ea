//! `cooper run`.

use app::AppError;
use app::run::Request;
use image::Reference;

use super::reference;
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "the words of the command line"
)]
pub(crate) struct Args {
    /// Kept for users of other tools: nothing of a run is ever kept.
    #[arg(long)]
    rm: bool,
    /// An environment variable; without a value it is taken from the environment.
    #[arg(long, short, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// User and group of the process.
    #[arg(long, short, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// Working directory of the process.
    #[arg(long, short, value_name = "DIR")]
    workdir: Option<String>,
    /// Program in place of the image's entry point.
    #[arg(long, value_name = "PROGRAM")]
    entrypoint: Option<String>,
    /// `none` (the default) or `host`.
    #[arg(long, value_name = "MODE", default_value = "none")]
    network: String,
    /// Make the root file system read-only.
    #[arg(long)]
    read_only: bool,
    /// Pass standard input on.
    #[arg(long, short)]
    interactive: bool,
    /// Give the process a terminal.
    #[arg(long, short)]
    tty: bool,
    /// The image.
    #[arg(value_parser = reference)]
    image: Reference,
    /// Command and arguments in place of the image's.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Runs the image; the exit code is that of its process.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    crate::interrupt::pass_on()?;
    let host_network = match args.network.as_str() {
        "none" => false,
        "host" => true,
        other => {
            return Err(
                AppError::usage(format!("`{other}` is not a network mode")).help("use `none` or `host`")
            );
        }
    };
    let request = Request {
        args: args.args.clone(),
        env: app::pairs(&args.env, &world.env),
        user: args.user.clone(),
        workdir: args.workdir.clone(),
        entrypoint: args.entrypoint.clone(),
        host_network,
        read_only: args.read_only,
        tty: args.tty,
        interactive: args.interactive,
    };
    let exit = app::run::run(&world, &args.image, &request)?;
    if let Some(error) = &exit.exec_error {
        anstream::eprintln!("error: {error}");
    }
    Ok(u8::try_from(exit.code).unwrap_or(exit::ENVIRONMENT))
}
