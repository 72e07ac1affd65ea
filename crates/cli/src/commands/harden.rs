//! `cooper harden`.

use app::AppError;
use app::harden::{Request, Wishes, merge, profile, targets};
use image::Platform;

use super::{platform, print, unknown};
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The image: a name or a digest of the store, `oci-layout://DIR`, an archive, or a name at a registry.
    image: String,
    /// What is written: flags, compose, kubernetes, pod, quadlet or json.
    #[arg(long, short = 'f', value_name = "FORMAT")]
    format: Option<String>,
    /// A compose file that the profile is merged into; what the file has stays as it is.
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    compose: Option<String>,
    /// The service of that file [default: the one with the image].
    #[arg(long, value_name = "NAME", requires = "compose")]
    service: Option<String>,
    /// Write the merged file back.
    #[arg(long, requires = "compose")]
    in_place: bool,
    /// Megabytes of memory [default: by what the image runs].
    #[arg(long, value_name = "MEGABYTES", value_parser = clap::value_parser!(u32).range(6..))]
    memory: Option<u32>,
    /// Processes and threads at most [default: by what the image runs].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pids: Option<u32>,
    /// A directory that its program writes to: it gets a file system in memory.
    #[arg(long, value_name = "DIR", value_parser = directory)]
    writable: Vec<String>,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
}

/// An absolute path that engines can read in a list of mounts.
fn directory(text: &str) -> Result<String, String> {
    let path = text.trim_end_matches('/');
    let is_word = |part: &str| !matches!(part, "" | "." | "..");
    let is_plain = !path.contains(|ch: char| ch.is_control() || ":,".contains(ch));
    match path.strip_prefix('/') {
        Some(rest) if is_plain && rest.split('/').all(is_word) => Ok(path.to_owned()),
        _ => Err("an absolute path such as `/var/spool/app` is wanted".to_owned()),
    }
}

/// Writes how a container of the image runs with the least rights.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let name = args.format.as_deref().unwrap_or(if global.json { "json" } else { "flags" });
    let all = targets();
    let target = all.iter().find(|target| target.name == name);
    let target = target.ok_or_else(|| unknown(name, all.iter().map(|one| one.name)))?;
    let world = make(global, Needs::Namespace)?;
    let request = Request {
        image: args.image.clone(),
        platform: args.platform.clone(),
        wishes: Wishes { memory: args.memory, pids: args.pids, writable: args.writable.clone() },
    };
    let profile = profile(&world, &request)?;
    let Some(file) = &args.compose else {
        print(&(target.render)(&profile))?;
        return Ok(exit::CLEAN);
    };
    let merged = merge(&world, &profile, file, args.service.as_deref())?;
    if !global.quiet {
        for note in profile.notes.iter().chain(&merged.notes) {
            anstream::eprintln!("note: {note}");
        }
    }
    if args.in_place {
        kit::replace_atomic(&world.path(file), merged.text.as_bytes())?;
    } else {
        print(&merged.text)?;
    }
    Ok(exit::CLEAN)
}
