//! The `cooper` command: arguments in, use cases of `app`, text and exit codes out. The only crate that knows
//! of a terminal, of the environment, and of the clock.

mod browser;
mod commands;
mod exit;
mod explain;
mod human;
mod interrupt;
mod password;
mod profiled;
mod progress;
mod transfers;
mod verified;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;

/// Lint, build, run and ship container images without a daemon.
#[derive(Debug, Parser)]
#[command(name = "cooper", version, about, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: world::Global,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    // A step of a build begins as this same program: it must branch off before anything else happens.
    sandbox::init();
    password::withdraw();
    std::panic::set_hook(Box::new(exit::panicked));
    let cli = Cli::parse();
    match commands::run(&cli.global, &cli.command) {
        Ok(code) => ExitCode::from(code),
        // Whatever failed did so because it was told to end.
        Err(_) if sandbox::interrupted() => {
            interrupt::report();
            ExitCode::from(exit::INTERRUPTED)
        }
        Err(error) => {
            human::error(&error, cli.global.color());
            ExitCode::from(exit::of(&error))
        }
    }
}
