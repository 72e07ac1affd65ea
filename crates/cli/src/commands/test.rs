//! `cooper test`.

use app::AppError;
use app::testing::Request;
use image::Platform;
use report::Trial;

use super::{platform, unknown, write_result};
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The image: a name or a digest of the store, `oci-layout://DIR`, an archive, or a name at a registry.
    image: String,
    /// A file of container-structure-test, YAML or JSON [default: tests for every image].
    #[arg(long, short, value_name = "FILE")]
    config: Vec<String>,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
    /// The most bytes of the image's files, for the tests without a file.
    #[arg(long, value_name = "BYTES", default_value = "1073741824", conflicts_with = "config")]
    max_size: u64,
    /// Network of the commands, where the file of tests does not choose one: none, or that of this machine
    #[arg(long, value_name = "MODE", value_parser = ["none", "host"], default_value = "none", requires = "config")]
    network: String,
    /// Output format: text, json or junit.
    #[arg(long, short = 'f', value_name = "FORMAT")]
    format: Option<String>,
    /// Write the results to a file.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<String>,
}

/// Tests an image; a test that fails makes the exit code 1.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let name = args.format.as_deref().unwrap_or(if global.json { "json" } else { "text" });
    let format = report::trial_format(name)
        .ok_or_else(|| unknown(name, report::trial_formats().iter().map(|one| one.name)))?;
    let world = make(global, Needs::Namespace)?;
    let request = Request {
        image: args.image.clone(),
        platform: args.platform.clone(),
        files: args.config.clone(),
        max_size: args.max_size,
        with_network: args.network == "host",
    };
    let files = app::testing::test(&world, &request)?;
    let trial = Trial { image: &args.image, files: &files };
    write_result(&world, args.output.as_deref(), |out| (format.render)(&trial, out))?;
    let mut results = files.iter().flat_map(|(_, results)| results).peekable();
    if results.peek().is_none() {
        return Err(AppError::usage("there is no test in these files"));
    }
    Ok(if results.all(facts::Tested::passes) { exit::CLEAN } else { exit::FINDINGS })
}
