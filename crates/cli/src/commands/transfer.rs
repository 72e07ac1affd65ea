//! `cooper pull`, `push`, `copy`, `inspect`.

use app::AppError;
use image::{Platform, Reference};

use super::{platform, print, reference};
use crate::exit;
use crate::human::size;
use crate::transfers::Transfers;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct PullArgs {
    /// The image.
    #[arg(value_parser = reference)]
    image: Reference,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PushArgs {
    /// The image in the store.
    #[arg(value_parser = reference)]
    image: Reference,
    /// Where it goes [default: its own name].
    #[arg(value_parser = reference)]
    target: Option<Reference>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CopyArgs {
    /// The image.
    #[arg(value_parser = reference)]
    from: Reference,
    /// Where it goes.
    #[arg(value_parser = reference)]
    to: Reference,
    /// Only the image for this platform [default: all].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// The image: in the store, or at its registry.
    #[arg(value_parser = reference)]
    image: Reference,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
    /// Print the document that the name stands for, byte for byte.
    #[arg(long)]
    raw: bool,
    /// Print the configuration.
    #[arg(long, conflicts_with = "raw")]
    config: bool,
}

/// Fetches an image.
pub(crate) fn pull(global: &Global, args: &PullArgs) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    let platform = args.platform.clone().unwrap_or_else(Platform::host);
    let top = app::transfer::pull(&world, &args.image, &platform, &Transfers::new("fetched", global.quiet))?;
    print(&format!("{}\n  digest  {}\n", args.image.familiar(), top.digest))?;
    Ok(exit::CLEAN)
}

/// Sends an image.
pub(crate) fn push(global: &Global, args: &PushArgs) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let target = args.target.as_ref().unwrap_or(&args.image);
    let top = app::transfer::push(&world, &args.image, target, &Transfers::new("sent", global.quiet))?;
    print(&format!("{}\n  digest  {}\n", target.familiar(), top.digest))?;
    Ok(exit::CLEAN)
}

/// Copies an image.
pub(crate) fn copy(global: &Global, args: &CopyArgs) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let top = app::transfer::copy(&world, &args.from, &args.to, args.platform.as_ref())?;
    print(&format!("{}\n  digest  {}\n", args.to.familiar(), top.digest))?;
    Ok(exit::CLEAN)
}

/// Shows an image.
pub(crate) fn inspect(global: &Global, args: &InspectArgs) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let platform = args.platform.clone().unwrap_or_else(Platform::host);
    let found = app::transfer::inspect(&world, &args.image, &platform)?;
    if args.raw {
        print(&String::from_utf8_lossy(&found.raw))?;
        return Ok(exit::CLEAN);
    }
    let Some((descriptor, manifest, config)) = &found.image else {
        return Err(AppError::usage(format!("`{}` has no image for `{platform}`", args.image.familiar())));
    };
    let config: serde_json::Value = serde_json::from_slice(config)
        .map_err(|error| AppError::environment(format!("the configuration is malformed: {error}")))?;
    if args.config || global.json {
        let value = if args.config {
            config
        } else {
            serde_json::json!({ "place": found.place, "descriptor": found.top, "manifest": manifest, "config": config })
        };
        print(&format!("{}\n", serde_json::to_string_pretty(&value).unwrap_or_default()))?;
        return Ok(exit::CLEAN);
    }
    let mut text = format!(
        "{}\n  found in  {}\n  digest    {}\n  manifest  {}\n  image id  {}\n  platform  {}/{}\n",
        args.image.familiar(),
        found.place,
        found.top.digest,
        descriptor.digest,
        manifest.config.digest,
        config["os"].as_str().unwrap_or(""),
        config["architecture"].as_str().unwrap_or(""),
    );
    for layer in &manifest.layers {
        text += &format!("  layer     {}  {:>9}\n", layer.digest, size(layer.size));
    }
    print(&text)?;
    Ok(exit::CLEAN)
}
