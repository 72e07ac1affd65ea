//! `cooper explore`.

use std::io::{IsTerminal, stdin, stdout};

use app::AppError;
use app::explore::{Explorer, Request};
use image::Platform;

use super::{platform, print};
use crate::world::{Global, Needs, make};
use crate::{browser, exit};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The image: a name or a digest of the store, `oci-layout://DIR`, an archive, or a name at a registry.
    image: String,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
    /// Do not look for what is wrong with the image.
    #[arg(long)]
    no_findings: bool,
}

/// Lets one walk through an image; `--json` prints its layers with the files of each.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let is_terminal = stdin().is_terminal() && stdout().is_terminal();
    if !global.json && !is_terminal {
        let message = "this is not a terminal, in which one could walk through an image";
        return Err(AppError::usage(message).help("`--json` prints the same for programs"));
    }
    let world = make(global, Needs::Namespace)?;
    let request =
        Request { image: args.image.clone(), platform: args.platform.clone(), findings: !args.no_findings };
    let explorer = Explorer::open(&world, &request)?;
    if global.json {
        print(&format!("{}\n", explorer.json()?))?;
    } else {
        browser::run(&explorer)?;
    }
    Ok(exit::CLEAN)
}
