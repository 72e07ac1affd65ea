//! Instructions of which only the last one of a stage counts.

use facts::Safety;
use kit::Edit;
use syntax::Keyword;

use crate::context::Context;
use crate::model::StageModel;
use crate::sink::Sink;

/// Reports all instructions of a kind but the last one of the stage.
pub(crate) fn report_repeated(
    context: &Context<'_>,
    stage: &StageModel<'_>,
    kind: Keyword,
    sink: &mut Sink<'_>,
) {
    let all: Vec<_> = stage.steps.iter().filter(|step| step.instruction.kind == kind).collect();
    for pair in all.windows(2) {
        let range = pair[0].instruction.range;
        let message = format!("only the last `{}` of a stage counts, and this one is not it", kind.name());
        // `BuildKit` names it as the next one is written.
        let detail = format!(
            "Multiple {} instructions should not be used in the same stage because only the last one will be used",
            pair[1].instruction.keyword_text(context.parse)
        );
        sink.report(range, message)
            .buildkit_at(range, detail)
            .related(pair[1].instruction.range, "the next one is here")
            .fix("remove it", Safety::Safe, vec![Edit { range, replacement: String::new() }]);
    }
}
