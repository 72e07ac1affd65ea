//! `cooper build --call=outline` and `--call=targets`: what a Dockerfile can be given, and what it can build.

use std::io::Read;

use image::Platform;
use stage::StageGraph;

use crate::build::{Observer, Request, dockerfile};
use crate::{AppError, ErrorClass, World};

/// What is asked of a Dockerfile instead of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The arguments, secrets and agents of the target.
    Outline,
    /// The stages.
    Targets,
}

/// The answer, as text or as JSON. `request` is the build that the question is about.
pub fn answer(
    world: &World,
    request: &Request,
    observer: &dyn Observer,
    stdin: Option<&mut dyn Read>,
    question: Question,
    json: bool,
) -> Result<String, AppError> {
    let (name, text) = dockerfile(world, request, observer, stdin)?;
    let parse = syntax::parse(&text);
    let refused = |range, message, help| {
        Err(AppError { help, ..AppError::new(ErrorClass::Build, message) }.in_source(
            &name,
            &text,
            Some(range),
        ))
    };
    if let Some(error) = parse.all_errors().into_iter().next() {
        return refused(error.range, error.message, error.help);
    }
    let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
    if question == Question::Targets {
        let targets = stage::targets(&parse, &statements);
        return Ok(if json { report::targets_json(&targets, &text) } else { report::targets_text(&targets) });
    }
    let graph = StageGraph::with_statements(&parse, &statements, &options(request));
    if let Some(problem) = graph.problems.first() {
        return refused(problem.range, problem.message.clone(), problem.help.clone());
    }
    let outline = match stage::outline(&graph, &parse, &statements, graph.target_or_last()) {
        Ok(outline) => outline,
        Err(problem) => return refused(problem.range, problem.message, problem.help),
    };
    Ok(if json { report::outline_json(&outline, &text) } else { report::outline_text(&outline) })
}

fn options(request: &Request) -> stage::Options {
    stage::Options {
        build_args: request.build_args.clone(),
        platform: request.platforms.first().cloned().unwrap_or_else(Platform::host),
        build_platform: Platform::host(),
        named_contexts: request.contexts.keys().cloned().collect(),
        target: request.target.clone(),
        all_stages: false,
        complete: true,
    }
}
