//! # empty-continuation
//!
//! ## What it does
//! Finds blank lines within an instruction that goes on over several lines.
//!
//! ## Why
//! They look like the end of the instruction, and may be refused one day.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! RUN make -C /src \
//!
//!     install
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! RUN make -C /src \
//!     install
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN make -C /src \
//!     install
//! USER 1000
//! ```

use facts::{Safety, Severity};
use kit::{Edit, TextRange};
use syntax::{Instruction, Token, TokenKind};

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO802",
    name: "empty-continuation",
    aliases: &["NoEmptyContinuation"],
    severity: Severity::Warning,
    summary: "a blank line stands within a continued instruction",
    enabled: true,
    check: Check::File(check),
    source: include_str!("empty_continuation.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for instruction in context.parse.instructions() {
        let lines = blank_lines(context, instruction);
        let Some(first) = lines.first() else { continue };
        let edits = lines.iter().map(|range| Edit { range: *range, replacement: String::new() }).collect();
        let last = last_line(context, instruction);
        sink.report(last, "an instruction has blank lines before its last line")
            .buildkit_at(last, "Empty continuation line")
            .related(*first, "a blank line")
            .fix("remove the blank lines", Safety::Safe, edits);
    }
}

/// The last line of an instruction, where its end is seen.
fn last_line(context: &Context<'_>, instruction: &Instruction) -> TextRange {
    let heredoc = |token: &&Token| matches!(token.kind, TokenKind::HeredocBody | TokenKind::HeredocEnd);
    let body = instruction.tokens(context.parse).iter().find(heredoc);
    let end = body.map_or(instruction.range.end, |token| token.range.start);
    let begin = instruction.range.start as usize;
    let all = TextRange::new(instruction.range.start, end).slice(context.text());
    let text = all.trim_end();
    if text.ends_with(context.parse.escape()) {
        // Nothing but blank lines follows: the last of them.
        let end = begin + all.strip_suffix('\n').unwrap_or(all).len();
        return TextRange::of(end..end);
    }
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    TextRange::of(begin + start..begin + text.len())
}

/// The blank lines of an instruction, line ends included.
fn blank_lines(context: &Context<'_>, instruction: &Instruction) -> Vec<TextRange> {
    let mut lines = Vec::new();
    let mut line: Option<(TextRange, bool)> = None;
    for token in instruction.tokens(context.parse) {
        let blank = matches!(token.kind, TokenKind::Blank | TokenKind::Newline);
        let (range, all) =
            line.map_or((token.range, blank), |(range, all)| (range.cover(token.range), all && blank));
        line = Some((range, all));
        if token.kind == TokenKind::Newline {
            lines.extend(all.then_some(range));
            line = None;
        }
    }
    lines
}
