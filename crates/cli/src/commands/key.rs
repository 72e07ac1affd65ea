//! `cooper key generate`, `cooper key public`.

use std::path::PathBuf;

use app::AppError;

use super::print;
use crate::exit;
use crate::password;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a key: an encrypted private one that cosign reads, too, and its public one.
    Generate(GenerateArgs),
    /// Print the public key of a private one.
    Public(PublicArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    /// Beginning of the names of the files `PREFIX.key` and `PREFIX.pub`.
    #[arg(long, short, value_name = "PREFIX", default_value = "cooper")]
    output: String,
    /// File with the password [default: `COOPER_KEY_PASSWORD`, `COSIGN_PASSWORD`, or the terminal].
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PublicArgs {
    /// File of the private key.
    key: String,
    /// File with its password [default: `COOPER_KEY_PASSWORD`, `COSIGN_PASSWORD`, or the terminal].
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(global: &Global, command: &Command) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    match command {
        Command::Generate(args) => {
            let ask = || password::get(args.password_file.as_deref(), true);
            let made = app::trust::generate(&world, &args.output, &ask)?;
            let (private, public) = (made.private.display(), made.public.display());
            if global.json {
                let value = serde_json::json!({
                    "private": made.private, "public": made.public, "fingerprint": made.fingerprint,
                });
                print(&format!("{value}\n"))?;
            } else {
                print(&format!("private  {private}\npublic   {public}\nsha256   {}\n", made.fingerprint))?;
            }
        }
        Command::Public(args) => {
            let ask = || password::get(args.password_file.as_deref(), false);
            print(&app::trust::public(&world, &args.key, &ask)?)?;
        }
    }
    Ok(exit::CLEAN)
}
