//! `cooper blame`.

use app::AppError;
use app::blame::{Outcome, Request};
use image::Platform;
use lineage::encode;

use super::why::Shown;
use super::{platform, print};
use crate::exit;
use crate::human::size;
use crate::world::{Global, Needs, make};

/// Directories of one step that are shown; the largest.
const MAX_DIRS: usize = 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The image: a name or a digest of the store, `oci-layout://DIR`, or an archive.
    image: String,
    /// Only what is below this directory.
    #[arg(default_value = "/")]
    path: String,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
    /// Levels of directories to show; 0 shows steps alone.
    #[arg(long, value_name = "LEVELS", default_value = "2")]
    depth: usize,
    /// Count files for the steps that wrote them, also in other stages, and not for those that put them into the image.
    #[arg(long)]
    origins: bool,
    /// Show instructions whole and all directories.
    #[arg(long)]
    full: bool,
}

/// Prints what each step has in an image.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    let outcome = app::blame::blame(
        &world,
        &Request {
            image: args.image.clone(),
            platform: args.platform.clone(),
            depth: args.depth,
            deep: args.origins,
            within: args.path.clone(),
        },
    )?;
    let text =
        if global.json { format!("{}\n", app::blame::json(&outcome)) } else { text(&outcome, args.full) };
    print(&text)?;
    Ok(exit::CLEAN)
}

fn text(outcome: &Outcome, full: bool) -> String {
    let shown = Shown { source: &outcome.source, full };
    let (mut text, mut bytes, mut files) = (String::new(), 0, 0);
    for share in &outcome.blame.shares {
        bytes += share.bytes;
        files += share.files;
        text += &format!("{:>10}  {}\n", size(share.bytes), shown.place(share.place));
        let gone = [(share.overwritten, "overwritten"), (share.deleted, "deleted")];
        for (lost, how) in gone.into_iter().filter(|(lost, _)| *lost > 0) {
            text += &format!("            and {} that later steps have {how}\n", size(lost));
        }
        let mut dirs: Vec<_> = share.tree.iter().collect();
        dirs.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
        let left = if full { 0 } else { dirs.len().saturating_sub(MAX_DIRS) };
        dirs.truncate(dirs.len() - left);
        dirs.sort_by(|a, b| a.path.cmp(&b.path));
        for dir in dirs {
            text += &format!("            {:>10}  /{}\n", size(dir.bytes), encode(&dir.path));
        }
        if left > 0 {
            text += &format!("                        and {left} smaller\n");
        }
    }
    text += &format!("{:>10}  in {files} files\n", size(bytes));
    if outcome.source.lineage.is_none() {
        text += "\nno lineage is beside this image, as it was not built by cooper or lost it on the way: sizes are by \
                 layer\n";
    }
    text
}
