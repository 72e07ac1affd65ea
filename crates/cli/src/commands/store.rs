//! `cooper store`.

use app::AppError;
use store::GcOptions;

use super::print;
use crate::exit;
use crate::human::size;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List what the store holds.
    Ls,
    /// Remove what no image and no recent build needs.
    Gc(GcArgs),
    /// Check every blob and layer.
    Verify,
    /// Print the store's directory: an OCI image layout.
    Path,
}

#[derive(Debug, clap::Args)]
pub(crate) struct GcArgs {
    /// Remove the build cache too.
    #[arg(long)]
    all: bool,
    /// Remove the least recently used until the store is at most this large, in bytes.
    #[arg(long, value_name = "BYTES")]
    max_size: Option<u64>,
    /// Only say what would be removed.
    #[arg(long)]
    dry_run: bool,
}

/// Looks after the store.
pub(crate) fn run(global: &Global, command: &Command) -> Result<u8, AppError> {
    match command {
        Command::Ls => ls(global),
        Command::Gc(args) => gc(global, args),
        Command::Verify => verify(global),
        Command::Path => {
            let world = make(global, Needs::Nothing)?;
            print(&format!("{}\n", world.store_root.display()))?;
            Ok(exit::CLEAN)
        }
    }
}

fn ls(global: &Global) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    let usage = world.store()?.usage()?;
    let mut text = String::new();
    let rows = [
        ("images", Some(usage.images), None),
        ("blobs", Some(usage.blobs), Some(usage.blob_bytes)),
        ("layers", Some(usage.layers), Some(usage.layer_bytes)),
        ("cache records", Some(usage.records), None),
        ("cache mounts", None, Some(usage.mount_bytes)),
        ("repositories", None, Some(usage.repository_bytes)),
    ];
    for (name, count, bytes) in rows {
        text += &if global.json {
            format!("{}\n", serde_json::json!({ "kind": name, "count": count, "bytes": bytes }))
        } else {
            let count = count.map(|count| count.to_string()).unwrap_or_default();
            format!("{name:14} {count:>6}  {:>9}\n", bytes.map(size).unwrap_or_default())
        };
    }
    print(&text)?;
    Ok(exit::CLEAN)
}

fn gc(global: &Global, args: &GcArgs) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    let options =
        GcOptions { all: args.all, max_size: args.max_size, dry_run: args.dry_run, ..GcOptions::default() };
    let report = app::images::collect(&world, &options)?;
    let verb = if args.dry_run { "would remove" } else { "removed" };
    print(&format!(
        "{verb} {} blobs, {} layers, {} cache records: {}\n",
        report.blobs,
        report.layers,
        report.records,
        size(report.freed)
    ))?;
    Ok(exit::CLEAN)
}

fn verify(global: &Global) -> Result<u8, AppError> {
    let world = make(global, Needs::Namespace)?;
    let report = app::images::verify(&world)?;
    let mut text = String::new();
    for problem in &report.problems {
        text += &format!("{problem}\n");
    }
    let state = if report.problems.is_empty() { "whole" } else { "damaged" };
    text += &format!(
        "{state}: {} blobs, {} layers, {} images checked\n",
        report.blobs, report.layers, report.images
    );
    print(&text)?;
    Ok(if report.problems.is_empty() { exit::CLEAN } else { exit::FINDINGS })
}
