//! `cooper parse`: what cooper makes of a Dockerfile, at each stage of the way to a build.

use std::collections::BTreeMap;
use std::io::Read;

use image::Platform;
use stage::StageGraph;
use syntax::Parse;

use crate::dockerfile::{self, Source};
use crate::emits::{self, Input};
use crate::{AppError, ErrorClass, World};

/// What is to be shown.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The Dockerfile, or its directory; `-` for standard input; none means that of the current directory.
    pub file: Option<String>,
    /// `--emit`.
    pub emit: String,
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// `--target`.
    pub target: Option<String>,
    /// `--platform`.
    pub platform: Option<Platform>,
}

/// What was made of it.
#[derive(Debug)]
pub struct Outcome {
    /// The document.
    pub text: String,
    /// What is wrong with the file, as far as the document itself does not say it.
    pub errors: Vec<AppError>,
    /// Whether anything is wrong with it.
    pub broken: bool,
}

/// The names that `--emit` takes.
pub fn emits() -> Vec<&'static str> {
    emits::ALL.iter().map(|emit| emit.name).collect()
}

/// Reads the file and gives the document asked for.
pub fn parse(world: &World, request: &Request, stdin: Option<&mut dyn Read>) -> Result<Outcome, AppError> {
    let emit = emits::ALL.iter().find(|emit| emit.name == request.emit).ok_or_else(|| {
        AppError::usage(format!("`{}` is nothing that can be emitted", request.emit))
            .help(format!("use one of: {}", emits().join(", ")))
    })?;
    let source = read(world, request, stdin)?;
    let parse = syntax::parse(&source.text);
    let platform = request.platform.clone().unwrap_or_else(Platform::host);
    let options = stage::Options {
        build_args: request.build_args.clone(),
        platform,
        build_platform: Platform::host(),
        target: request.target.clone(),
        ..stage::Options::default()
    };
    let graph = StageGraph::new(&parse, &options);
    let input = Input { name: &source.name, parse: &parse, graph: &graph, options: &options };
    let text = (emit.render)(&input)?;
    let errors = if emit.tells_errors { Vec::new() } else { errors(&source, &parse) };
    let broken = !parse.all_errors().is_empty() || emit.needs_graph && !graph.problems.is_empty();
    Ok(Outcome { text, errors, broken })
}

fn read(world: &World, request: &Request, stdin: Option<&mut dyn Read>) -> Result<Source, AppError> {
    let path = request.file.as_ref().filter(|file| *file != "-").map(|file| world.path(file));
    match path.filter(|path| path.is_dir()) {
        Some(dir) => dockerfile::read(world, None, Some(&dir), stdin),
        None => dockerfile::read(world, request.file.as_deref(), None, stdin),
    }
}

fn errors(source: &Source, parse: &Parse) -> Vec<AppError> {
    let error = |error: syntax::SyntaxError| {
        let made = AppError { help: error.help, ..AppError::new(ErrorClass::Build, error.message) };
        made.in_source(&source.name, &source.text, Some(error.range))
    };
    parse.all_errors().into_iter().map(error).collect()
}
