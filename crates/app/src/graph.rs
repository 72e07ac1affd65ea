//! `cooper graph`: the stages of a Dockerfile and what leads from one to another.

use std::collections::BTreeMap;
use std::io::Read;

use image::Platform;
use stage::StageGraph;

use crate::{AppError, ErrorClass, World, dockerfile};

/// What is to be shown.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Directory of the Dockerfile.
    pub context: Option<String>,
    /// `-f`.
    pub file: Option<String>,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// `--format`.
    pub format: String,
}

/// The names of the formats.
pub fn names() -> Vec<&'static str> {
    report::graph_formats().iter().map(|format| format.name).collect()
}

/// The graph in the format asked for.
pub fn graph(world: &World, request: &Request, stdin: Option<&mut dyn Read>) -> Result<String, AppError> {
    let context = request.context.as_ref().map(|context| world.path(context));
    let file = context.as_ref().filter(|path| path.is_file()).map(|path| path.to_string_lossy().into_owned());
    let file = request.file.clone().or(file);
    let source = dockerfile::read(world, file.as_deref(), context.as_deref(), stdin)?;
    let parse = syntax::parse(&source.text);
    let options = stage::Options {
        build_args: request.build_args.clone(),
        platform: Platform::host(),
        build_platform: Platform::host(),
        named_contexts: Vec::new(),
        target: request.target.clone(),
        all_stages: false,
        complete: false,
    };
    let graph = StageGraph::new(&parse, &options);
    if let Some(problem) = graph.problems.first() {
        let made = AppError {
            help: problem.help.clone(),
            ..AppError::new(ErrorClass::Build, problem.message.clone())
        };
        return Err(made.in_source(&source.name, &source.text, Some(problem.range)));
    }
    let format = report::graph_format(&request.format).ok_or_else(|| {
        AppError::usage(format!("`{}` is not a graph format", request.format))
            .help(format!("use one of: {}", names().join(", ")))
    })?;
    Ok((format.render)(&graph))
}
