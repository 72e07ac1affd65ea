//! `cooper comply`.

use app::AppError;
use app::comply::{Request, comply};
use facts::ComplianceStatus;
use image::Platform;
use report::Review;

use super::{platform, unknown, write_result};
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An image: a name or a digest of the store, `oci-layout://DIR`, an archive, or a name at a registry; or a directory with
    /// Dockerfiles.
    target: String,
    /// The Dockerfile of the image: more items can be judged with it.
    #[arg(long, value_name = "FILE")]
    dockerfile: Option<String>,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
    /// Only items whose number begins so, as `CIS` or `OWASP 12`.
    #[arg(long, value_name = "NUMBER")]
    only: Vec<String>,
    /// Output format: text, json or markdown.
    #[arg(long, short = 'f', value_name = "FORMAT")]
    format: Option<String>,
    /// Write the answer to a file.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<String>,
}

/// Judges an image or a directory; an item that fails makes the exit code 1.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let name = args.format.as_deref().unwrap_or(if global.json { "json" } else { "text" });
    let format = report::review_format(name)
        .ok_or_else(|| unknown(name, report::review_formats().iter().map(|one| one.name)))?;
    let world = make(global, Needs::Namespace)?;
    let request = Request {
        target: args.target.clone(),
        dockerfile: args.dockerfile.clone(),
        platform: args.platform.clone(),
    };
    let mut outcome = comply(&world, &request)?;
    if !args.only.is_empty() {
        let upper: Vec<_> = args.only.iter().map(|word| word.to_uppercase()).collect();
        outcome.items.retain(|item| upper.iter().any(|word| item.number.starts_with(word.as_str())));
        if outcome.items.is_empty() {
            return Err(AppError::usage(format!("no item is called `{}`", args.only.join("`, `"))));
        }
    }
    let review = Review { subject: &args.target, items: &outcome.items, notes: &outcome.notes };
    write_result(&world, args.output.as_deref(), |out| (format.render)(&review, out))?;
    let failed = outcome.items.iter().any(|item| item.status == ComplianceStatus::Failed);
    Ok(if failed { exit::FINDINGS } else { exit::CLEAN })
}
