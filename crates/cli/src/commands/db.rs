//! `cooper db`: the advisories that scans ask.

use app::AppError;
use app::scan::database::{self, Report, Status};
use app::scan::update::{Feed, Updated, feeds, update as fetch};
use serde_json::json;

use super::print;
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Fetch advisories from where they are published, or from a mirror.
    Update(UpdateArgs),
    /// Read advisories out of files, directories and archives.
    Import(ImportArgs),
    /// Show which advisories are here.
    Status,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UpdateArgs {
    /// Sources, or beginnings of their names as `osv` or `alpine-3.20` [default: all].
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Show the sources and their addresses, and fetch nothing.
    #[arg(long)]
    list: bool,
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
        Command::Update(args) => return update(global, &world, args),
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

/// Fetches, and says of each source what became of it. An error when none could be had.
fn update(global: &Global, world: &app::World, args: &UpdateArgs) -> Result<u8, AppError> {
    if args.list {
        let feeds = feeds(world);
        let text = if global.json {
            let all: Vec<_> =
                feeds.iter().map(|feed| json!({ "name": feed.name, "url": feed.url })).collect();
            format!("{}\n", json!({ "schema": "cooper/db-feeds/1", "feeds": all }))
        } else {
            feeds.iter().map(|feed| format!("{:<24} {}", feed.name, feed.url) + "\n").collect()
        };
        print(&text)?;
        return Ok(exit::CLEAN);
    }
    let say = &mut |feed: &Feed| {
        if !global.quiet && !global.json {
            anstream::eprintln!("fetching {}", feed.name);
        }
    };
    let mut done = fetch(world, &args.sources, say)?;
    if done.iter().all(|one| one.result.is_err())
        && let Some(error) = done.pop().and_then(|one| one.result.err())
    {
        return Err(error.help("what was here before is still asked; `cooper db status` shows its age"));
    }
    print(&updated(global.json, &done))?;
    Ok(exit::CLEAN)
}

fn updated(as_json: bool, done: &[Updated]) -> String {
    if as_json {
        let all = done.iter().map(|one| match &one.result {
            Ok(report) => {
                json!({ "name": one.name, "documents": report.documents, "advisories": report.advisories })
            }
            Err(error) => json!({ "name": one.name, "error": error.to_string() }),
        });
        return format!(
            "{}\n",
            json!({ "schema": "cooper/db-update/1", "sources": all.collect::<Vec<_>>() })
        );
    }
    let lines = done.iter().map(|one| match &one.result {
        Ok(report) => format!("{:<24} {:>7} advisories\n", one.name, report.advisories),
        Err(error) => format!("{:<24} not brought up to date: {error}\n", one.name),
    });
    lines.collect()
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
        return "there are no advisories here yet; `cooper db update` and `cooper db import` bring some\n"
            .to_owned();
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
