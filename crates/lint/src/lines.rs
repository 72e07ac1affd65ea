//! Edits of whole lines and flags, for fixes that add or move instructions.

use kit::{Edit, TextRange};
use syntax::Instruction;

use crate::context::Context;
use crate::model::Step;

/// Adds a line below an instruction.
pub(crate) fn add_below(context: &Context<'_>, range: TextRange, line: &str) -> Edit {
    let ends = range.slice(context.text()).ends_with('\n');
    let replacement = if ends { format!("{line}\n") } else { format!("\n{line}") };
    Edit { range: TextRange::new(range.end, range.end), replacement }
}

/// Adds lines above an instruction.
pub(crate) fn add_above(range: TextRange, lines: &str) -> Edit {
    Edit { range: TextRange::new(range.start, range.start), replacement: format!("{lines}\n") }
}

/// Removes an instruction with all its lines.
pub(crate) const fn remove(range: TextRange) -> Edit {
    Edit { range, replacement: String::new() }
}

/// Adds a flag to an instruction, before all others.
pub(crate) fn add_flag(instruction: &Instruction, flag: &str) -> Edit {
    let end = instruction.keyword.end;
    Edit { range: TextRange::new(end, end), replacement: format!(" {flag}") }
}

/// Whether the text of an instruction names a variable, as `$NAME` or `${NAME…`.
pub(crate) fn mentions(context: &Context<'_>, step: &Step<'_>, name: &str) -> bool {
    let text = step.instruction.range.slice(context.text());
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].trim_end_matches('{');
        let goes_on = |next: char| next.is_ascii_alphanumeric() || next == '_';
        before.ends_with('$') && at - before.len() <= 1 && !text[at + name.len()..].starts_with(goes_on)
    })
}
