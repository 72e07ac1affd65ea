//! A stage that stands for a time: `FROM scratch` and one `ADD` of something remote, named by `SOURCE_DATE_EPOCH`.

use kit::TextRange;
use stage::{Base, StageGraph};
use syntax::{Keyword, Parse};

use crate::lower::Planner;
use crate::{BaseImage, Bases, CopySource, Op, PlanError, PlanOptions};

/// What the stage of a name fetches, an [`Op::Web`] or [`Op::Git`]; `None` when there is no such stage.
pub fn epoch_source(
    parse: &Parse,
    graph: &StageGraph,
    options: &PlanOptions,
    name: &str,
) -> Result<Option<Op>, PlanError> {
    let named = |stage: &&stage::Stage| {
        stage.name.as_ref().is_some_and(|found| found.value.eq_ignore_ascii_case(name))
    };
    let Some(stage) = graph.stages.iter().find(named) else { return Ok(None) };
    let range = stage.range_of_from();
    let refused = |range: TextRange, why: &str| {
        PlanError::at(range, format!("`SOURCE_DATE_EPOCH` names the stage `{name}`, which {why}"))
            .help("such a stage is `FROM scratch` and one `ADD` of a URL or a git repository")
    };
    if stage.base != Base::Scratch {
        return Err(refused(range, "is not built from `scratch`"));
    }
    let instructions: Vec<_> = parse.instructions().collect();
    for at in &stage.instructions {
        if !matches!(instructions[*at].kind, Keyword::Arg | Keyword::Add) {
            return Err(refused(instructions[*at].keyword, "does more than fetch"));
        }
    }
    let mut planner = Planner::new(parse, graph, options, &Nothing);
    planner.stage(stage.index, range)?;
    let mut found = Vec::new();
    for node in &planner.nodes {
        let Op::Copy(copy) = &node.op else { continue };
        if !copy.inline.is_empty() {
            return Err(refused(node.origin.range, "adds more than one remote source"));
        }
        for source in &copy.sources {
            match source {
                CopySource::Remote { node, .. } => found.push(planner.nodes[node.0].op.clone()),
                CopySource::Path(_) => return Err(refused(node.origin.range, "adds a local file")),
            }
        }
    }
    match found.pop() {
        Some(op) if found.is_empty() => Ok(Some(op)),
        _ => Err(refused(range, "does not add exactly one remote source")),
    }
}

/// Nothing is built from an image here.
struct Nothing;

impl Bases for Nothing {
    fn image(&self, _: &image::Reference, _: &image::Platform) -> Result<BaseImage, (String, bool)> {
        Err(("no image is needed here".to_owned(), false))
    }

    fn context_image(&self, _: &str, _: &image::Platform) -> Result<BaseImage, (String, bool)> {
        Err(("no image is needed here".to_owned(), false))
    }
}
