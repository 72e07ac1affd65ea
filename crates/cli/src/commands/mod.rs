//! One file for each command.

mod bake;
mod blame;
mod build;
mod check;
mod comply;
mod db;
mod diff;
mod explore;
mod fix;
mod fmt;
mod gate;
mod graph;
mod harden;
mod images;
mod init;
mod key;
mod lint;
mod lock;
mod parse;
mod run;
mod scan;
mod ship;
mod sign;
mod store;
mod test;
mod transfer;
mod verify;
mod why;

use std::fs::File;
use std::io::{self, Write};

pub(crate) use diff::describe_change;
pub(crate) use why::{explained, step};

use app::{AppError, World};
use image::{Platform, Reference};

use crate::world::Global;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Build an image from a Dockerfile.
    #[command(visible_alias = "b")]
    Build(Box<build::Args>),
    /// Build the targets of bake files and compose files.
    Bake(Box<bake::Args>),
    /// Write a Dockerfile, a `.dockerignore` and a `cooper.toml` for a project.
    Init(init::Args),
    /// Write the pipeline of a project's CI.
    #[command(subcommand)]
    Ci(init::CiCommand),
    /// Check Dockerfiles.
    Lint(lint::Args),
    /// Mend what is found in Dockerfiles.
    Fix(fix::Args),
    /// Format Dockerfiles.
    Fmt(fmt::Args),
    /// List the rules, or explain one.
    Rule(lint::RuleArgs),
    /// Write down what the names in a Dockerfile stand for, so that every build takes the same.
    Lock(lock::Args),
    /// Show the stages of a Dockerfile and how they hang together.
    Graph(graph::Args),
    /// Show what cooper makes of a Dockerfile, as JSON.
    Parse(parse::Args),
    /// Run an image of the store.
    Run(run::Args),
    /// Fetch an image from a registry.
    Pull(transfer::PullArgs),
    /// Send an image to a registry.
    Push(transfer::PushArgs),
    /// Copy an image from registry to registry.
    Copy(transfer::CopyArgs),
    /// Show an image's manifest and configuration.
    Inspect(transfer::InspectArgs),
    /// Say which steps brought a path into an image, and from where.
    Why(why::Args),
    /// Show the size of an image by the steps that made it.
    Blame(blame::Args),
    /// Show what two images differ in: files, configuration, packages.
    Diff(diff::Args),
    /// Walk through an image in the terminal: layers, files, where they come from, what is wrong with them.
    Explore(explore::Args),
    /// List the packages of an image or a directory, and which step brought each.
    Sbom(scan::SbomArgs),
    /// Find what is known to be wrong with the packages of an image or a directory.
    Scan(scan::ScanArgs),
    /// Check a finished image: users, files, caches, and bytes that nobody can see.
    Check(check::Args),
    /// Ask the gates of `cooper.toml` whether an image may go out.
    Gate(gate::Args),
    /// Test an image against files of container-structure-test, or against what every image should be.
    Test(test::Args),
    /// Judge an image or a directory by the CIS benchmark and the OWASP rules for Docker, with evidence.
    Comply(comply::Args),
    /// Write how a container of an image runs with the least rights: flags, compose, Kubernetes, quadlet.
    Harden(harden::Args),
    /// Look after the advisories that scans ask.
    #[command(subcommand)]
    Db(db::Command),
    /// List the images of the store.
    Images,
    /// Give an image another name.
    Tag(images::TagArgs),
    /// Take a name of an image away.
    Rmi(images::RemoveArgs),
    /// Make keys that sign images.
    #[command(subcommand)]
    Key(key::Command),
    /// Sign an image.
    Sign(sign::Args),
    /// Sign a statement about an image: an SBOM, a provenance, the result of a scan.
    Attest(sign::AttestArgs),
    /// Check who signed an image, and what.
    Verify(verify::Args),
    /// Check, build, test, sign, push and verify an image; the registry gets nothing unless all is well.
    Ship(Box<ship::Args>),
    /// Look after the store.
    #[command(subcommand)]
    Store(store::Command),
}

/// Runs a command; its exit code.
pub(crate) fn run(global: &Global, command: &Command) -> Result<u8, AppError> {
    match command {
        Command::Build(args) => build::run(global, args),
        Command::Bake(args) => bake::run(global, args),
        Command::Init(args) => init::run(global, args),
        Command::Ci(command) => init::ci(global, command),
        Command::Lint(args) => lint::run(global, args),
        Command::Fix(args) => fix::run(global, args),
        Command::Fmt(args) => fmt::run(global, args),
        Command::Rule(args) => lint::rule(global, args),
        Command::Lock(args) => lock::run(global, args),
        Command::Graph(args) => graph::run(global, args),
        Command::Parse(args) => parse::run(global, args),
        Command::Run(args) => run::run(global, args),
        Command::Pull(args) => transfer::pull(global, args),
        Command::Push(args) => transfer::push(global, args),
        Command::Copy(args) => transfer::copy(global, args),
        Command::Inspect(args) => transfer::inspect(global, args),
        Command::Why(args) => why::run(global, args),
        Command::Blame(args) => blame::run(global, args),
        Command::Diff(args) => diff::run(global, args),
        Command::Explore(args) => explore::run(global, args),
        Command::Sbom(args) => scan::sbom(global, args),
        Command::Scan(args) => scan::scan(global, args),
        Command::Check(args) => check::run(global, args),
        Command::Gate(args) => gate::run(global, args),
        Command::Test(args) => test::run(global, args),
        Command::Comply(args) => comply::run(global, args),
        Command::Harden(args) => harden::run(global, args),
        Command::Db(command) => db::run(global, command),
        Command::Images => images::list(global),
        Command::Tag(args) => images::tag(global, args),
        Command::Rmi(args) => images::remove(global, args),
        Command::Key(command) => key::run(global, command),
        Command::Sign(args) => sign::run(global, args),
        Command::Attest(args) => sign::attest(global, args),
        Command::Verify(args) => verify::run(global, args),
        Command::Ship(args) => ship::run(global, args),
        Command::Store(command) => store::run(global, command),
    }
}

/// Prints a result to standard output.
pub(crate) fn print(text: &str) -> Result<(), AppError> {
    to_stdout(|out| out.write_all(text.as_bytes()))
}

/// A reader that has gone away is no error.
fn to_stdout(render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), AppError> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match render(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes a result to a file, or to standard output where none is named.
fn write_result(
    world: &World,
    file: Option<&str>,
    render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), AppError> {
    let Some(file) = file else { return to_stdout(render) };
    let path = world.path(file);
    let failed = |error| AppError::environment(format!("cannot write `{}`: {error}", path.display()));
    let mut out = File::create(&path).map(io::BufWriter::new).map_err(failed)?;
    render(&mut out).and_then(|()| out.flush()).map_err(failed)
}

/// Says which output formats there are.
fn unknown<'a>(name: &str, all: impl Iterator<Item = &'a str>) -> AppError {
    AppError::usage(format!("`{name}` is no output format; use {}", all.collect::<Vec<_>>().join(", ")))
}

fn reference(text: &str) -> Result<Reference, String> {
    text.parse().map_err(|error: image::ReferenceError| error.to_string())
}

fn platform(text: &str) -> Result<Platform, String> {
    text.parse().map_err(|error: image::PlatformError| error.to_string())
}
