//! `cooper store`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use app::AppError;
use store::{GcOptions, GcReport};

use super::print;
use crate::exit;
use crate::human::{parse_duration, parse_size, size};
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List what the store holds, with its size.
    #[command(visible_alias = "df")]
    Ls,
    /// Remove what no image needs, the least recently used first. Builds may run meanwhile.
    Gc(GcArgs),
    /// Check every blob and layer.
    Verify,
    /// Print the store's directory: an OCI image layout.
    Path,
}

#[derive(Debug, clap::Args)]
pub(crate) struct GcArgs {
    /// Remove the whole cache: records, layers, fetched bases, cache mounts, repositories.
    #[arg(long)]
    all: bool,
    /// Remove the least recently used until the whole store is at most this large, for example `10GB`.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_size: Option<u64>,
    /// Keep what was used within this time, for example `48h`; without `--max-size`, remove what was not.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    keep_duration: Option<Duration>,
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
        ("fetched bases", Some(usage.bases), None),
        ("cache records", Some(usage.records), Some(usage.record_bytes)),
        ("cache mounts", Some(usage.mounts), Some(usage.mount_bytes)),
        ("repositories", Some(usage.repositories), Some(usage.repository_bytes)),
        ("contexts", None, Some(usage.context_bytes)),
        ("temporary", None, Some(usage.temporary_bytes)),
        ("total", None, Some(usage.total())),
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
    let now = UNIX_EPOCH + Duration::from_nanos(u64::try_from((world.now)()).unwrap_or(u64::MAX));
    let options = GcOptions {
        dry_run: args.dry_run,
        all: args.all,
        max_size: args.max_size,
        keep_since: args.keep_duration.map(|kept| now.checked_sub(kept).unwrap_or(SystemTime::UNIX_EPOCH)),
    };
    let report = app::images::collect(&world, &options)?;
    print(&if global.json { gc_json(&report, args.dry_run) } else { gc_text(&report, args.dry_run) })?;
    if let Some(max) = args.max_size.filter(|max| report.left > *max && !global.quiet) {
        anstream::eprintln!(
            "note: {} is more than {}: {} are what names lead to and what running processes use",
            size(report.left),
            size(max),
            size(report.needed)
        );
    }
    Ok(exit::CLEAN)
}

fn gc_text(report: &GcReport, dry_run: bool) -> String {
    let verb = if dry_run { "would remove" } else { "removed" };
    let counts = [
        (report.blobs, "blobs"),
        (report.layers, "layers"),
        (report.records, "cache records"),
        (report.bases, "fetched bases"),
        (report.mounts, "cache mounts"),
        (report.repositories, "repositories"),
        (report.temporary, "leftovers"),
    ];
    let shown = counts.iter().enumerate().filter(|(at, (count, _))| *at < 3 || *count > 0);
    let shown: Vec<String> = shown.map(|(_, (count, name))| format!("{count} {name}")).collect();
    format!("{verb} {}: {}; {} left\n", shown.join(", "), size(report.freed), size(report.left))
}

fn gc_json(report: &GcReport, dry_run: bool) -> String {
    let value = serde_json::json!({
        "dryRun": dry_run,
        "blobs": report.blobs,
        "layers": report.layers,
        "records": report.records,
        "bases": report.bases,
        "mounts": report.mounts,
        "repositories": report.repositories,
        "leftovers": report.temporary,
        "freed": report.freed,
        "left": report.left,
        "needed": report.needed,
    });
    format!("{value}\n")
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
