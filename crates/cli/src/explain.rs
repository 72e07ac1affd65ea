//! `build --explain`: why steps ran, as text and as JSON.

use build::StepReport;

/// More reasons than this are counted in the text; JSON has all.
const MAX_REASONS: usize = 12;

/// For people: the steps that ran with their reasons, and how many did not.
pub(crate) fn text(steps: &[StepReport]) -> String {
    let ran: Vec<&StepReport> = steps.iter().filter(|step| step.ran).collect();
    let mut text = String::new();
    for step in &ran {
        let platform = step.platform.as_ref().map(|platform| format!(" ({platform})")).unwrap_or_default();
        text += &format!("why: {}{platform}, line {}\n", step.step, step.line);
        for reason in step.reasons.iter().take(MAX_REASONS) {
            text += &format!("  - {reason}\n");
        }
        let more = step.reasons.len().saturating_sub(MAX_REASONS);
        if more > 0 {
            text += &format!("  - and {more} more; `--explain=json` lists them\n");
        }
    }
    let cached = steps.len() - ran.len();
    text + &format!("why: {} of {} steps ran, {cached} were cached\n", ran.len(), steps.len())
}

/// For programs: one line.
pub(crate) fn json(steps: &[StepReport]) -> String {
    format!("{}\n", serde_json::json!({ "schema": "cooper/explain/1", "steps": steps }))
}
