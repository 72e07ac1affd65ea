//! Why a file would be refused, without base images: what the planner says of it when every image it needs is
//! assumed to exist and nothing is known of what it sets.

use image::{Descriptor, ImageConfig, Platform, Reference, media_type};
use kit::TextRange;
use stage::{Base, Problem, StageGraph};
use syntax::{Parse, Statement, SyntaxError};

use crate::lower::Planner;
use crate::{Allowed, BaseImage, Bases, MainContext, NamedContext, PlanError, PlanOptions};

/// Why a build of the target of `graph` is refused, or of any stage when no target is named, in the order of the text;
/// nothing is fetched, and what depends on variables that a base image may set is not reported. `statements` are those of
/// all instructions. The problems of `graph` and of the syntax are not repeated: where there are any, they are all there
/// is to say.
pub fn refusals(
    parse: &Parse,
    statements: &[Result<Statement, Vec<SyntaxError>>],
    graph: &StageGraph,
    options: &stage::Options,
) -> Vec<Problem> {
    let readable = parse.errors().is_empty() && statements.iter().all(Result::is_ok);
    if !graph.problems.is_empty() || !readable {
        return Vec::new();
    }
    // Arguments may still be given, and with them the bases.
    let open = |stage: &usize| !options.complete && needs_unknown(graph, *stage);
    let wanted = if options.target.is_some() { vec![graph.target_or_last()] } else { all(graph) };
    let wanted: Vec<usize> = wanted.into_iter().filter(|stage| !open(stage)).collect();
    let options = plan_options(options);
    let mut planner = Planner::assuming(parse, statements, graph, &options, &AssumedBases);
    for stage in wanted {
        if let Err(error) = planner.stage(stage, TextRange::default()) {
            planner.refused.get_or_insert_default().push(error);
        }
    }
    let mut problems: Vec<_> = planner.refused.unwrap_or_default().into_iter().map(problem).collect();
    problems.sort_by(|a, b| (a.range, &a.message).cmp(&(b.range, &b.message)));
    problems
}

/// Whether a stage, or one that it needs, is built on an image whose name depends on arguments without a value.
fn needs_unknown(graph: &StageGraph, stage: usize) -> bool {
    let is_unknown = |stage: usize| matches!(graph.stages[stage].base, Base::Unknown { .. });
    graph.reachable(stage).into_iter().any(is_unknown)
}

fn all(graph: &StageGraph) -> Vec<usize> {
    (0..graph.stages.len()).collect()
}

fn plan_options(options: &stage::Options) -> PlanOptions {
    let directory = |name: &String| (image::context_name(name), NamedContext::Directory);
    PlanOptions {
        build_args: options.build_args.clone(),
        platform: options.platform.clone(),
        platform_given: true,
        allowed: Allowed::All,
        build_platform: options.build_platform.clone(),
        main: MainContext::Directory,
        contexts: options.named_contexts.iter().map(directory).collect(),
        target: options.target.clone(),
        labels: std::collections::BTreeMap::new(),
    }
}

fn problem(error: PlanError) -> Problem {
    Problem { range: error.range.unwrap_or_default(), message: error.message, help: error.help }
}

/// Stands for all images there are, and knows nothing of what they hold: for planning without a registry.
#[derive(Debug, Clone, Copy)]
pub struct AssumedBases;

impl Bases for AssumedBases {
    fn image(&self, reference: &Reference, platform: &Platform) -> Result<BaseImage, (String, bool)> {
        Ok(BaseImage {
            reference: reference.clone(),
            manifest: Descriptor::of(media_type::MANIFEST, reference.to_string().as_bytes()),
            config: ImageConfig {
                architecture: platform.architecture.clone(),
                os: platform.os.clone(),
                variant: platform.variant.clone(),
                ..ImageConfig::default()
            },
            layers: Vec::new(),
        })
    }

    fn context_image(&self, _: &str, platform: &Platform) -> Result<BaseImage, (String, bool)> {
        let reference =
            "localhost/context".parse::<Reference>().map_err(|error| (error.to_string(), false))?;
        self.image(&reference, platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Vec<String> {
        let parse = syntax::parse(text);
        let options = stage::Options::default();
        let graph = StageGraph::new(&parse, &options);
        let statements: Vec<_> = parse.instructions().map(|item| item.statement(&parse)).collect();
        refusals(&parse, &statements, &graph, &options).into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn every_refused_instruction_is_found() {
        let text = "FROM debian\nEXPOSE foo\nSTOPSIGNAL nothing\nRUN true\nVOLUME \"\"\n";
        assert_eq!(refused(text).len(), 3, "{:?}", refused(text));
    }

    #[test]
    fn what_a_base_may_set_is_not_guessed() {
        assert_eq!(refused("FROM debian\nSTOPSIGNAL $SIG\nENV A=${B:?needed}\n"), Vec::<String>::new());
        assert_eq!(refused("FROM scratch\nSTOPSIGNAL $SIG\nENV A=${B:?needed}\n").len(), 2);
        assert_eq!(refused("FROM debian\nCOPY --chmod=999 a $SRC\n").len(), 1);
        assert_eq!(refused("FROM debian AS a\nFROM a\nSTOPSIGNAL $SIG\n"), Vec::<String>::new());
    }

    #[test]
    fn arguments_may_still_be_given() {
        assert_eq!(
            refused("ARG BASE\nFROM $BASE AS a\nFROM scratch\nCOPY --from=a /x /\n"),
            Vec::<String>::new()
        );
        assert_eq!(refused("ARG BASE\nFROM $BASE\nFROM scratch\nEXPOSE foo\n").len(), 1);
    }
}
