//! `cooper db`: the advisories that scans ask.

use app::AppError;
use app::scan::database::{self, Report, Status};
use serde_json::json;

use super::print;
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Read advisories out of files, directories and archives.
    Import(ImportArgs),
    /// Show which advisories are here.
    Status,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// Documents of a source that is known (the README lists them), directories and archives of such.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
}

/// Runs a command.
pub(crate) fn run(global: &Global, command: &Command) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    match command {
        Command::Import(args) => {
            let report = database::import(&world, &args.paths)?;
            print(&imported(global.json, &report))?;
        }
        Command::Status => {
            let status = database::status(&world)?;
            print(&shown(global.json, &status, world.seconds()))?;
        }
    }
    Ok(exit::CLEAN)
}

fn imported(as_json: bool, report: &Report) -> String {
    if as_json {
        let shards = report.shards.iter().map(
            |(shard, source, packages)| json!({ "shard": shard, "source": source, "packages": packages }),
        );
        let value = json!({
            "schema": "cooper/db-import/1",
            "documents": report.documents,
            "advisories": report.advisories,
            "shards": shards.collect::<Vec<_>>(),
            "unread": report.unread,
        });
        return format!("{value}\n");
    }
    let mut text = String::new();
    for (shard, source, packages) in &report.shards {
        text += &format!("{shard:<16} {packages:>7} packages, by {source}\n");
    }
    text += &format!("{} advisories about packages in {} documents\n", report.advisories, report.documents);
    for why in &report.unread {
        text += &format!("note: {why}\n");
    }
    text
}

fn shown(as_json: bool, status: &Status, now: i64) -> String {
    if as_json {
        return format!("{}\n", json!({ "schema": "cooper/db-status/1", "sources": status.sources }));
    }
    if status.sources.is_empty() {
        return "there are no advisories here yet; `cooper db import` brings some\n".to_owned();
    }
    let mut text = String::new();
    for (name, source) in &status.sources {
        let days = (now - source.imported) / 86_400;
        let age = if days == 0 { "imported today".to_owned() } else { format!("imported {days} days ago") };
        text += &format!("{name}, {age}\n");
        for (shard, packages) in &source.shards {
            text += &format!("  {shard:<16} {packages:>7} packages\n");
        }
    }
    text
}
