//! # instruction-casing
//!
//! ## What it does
//! Finds instructions whose case is not that of most instructions of the file.
//!
//! ## Why
//! Keywords in one case are easier to read.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12
//! Run make -C /src
//! user 1000
//! CMD ["/src/app"]
//! ```
//! ```dockerfile,fixed
//! FROM debian:12
//! RUN make -C /src
//! USER 1000
//! CMD ["/src/app"]
//! ```
//! ```dockerfile,good
//! FROM debian:12
//! RUN make -C /src
//! USER 1000
//! CMD ["/src/app"]
//! ```

use facts::{Safety, Severity};
use kit::Edit;
use syntax::{Instruction, Keyword};

use crate::context::Context;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO801",
    name: "instruction-casing",
    aliases: &["ConsistentInstructionCasing", "S6476", "CASING_INSTRUCTION"],
    severity: Severity::Warning,
    summary: "instructions are written in different cases",
    enabled: true,
    check: Check::File(check),
    source: include_str!("instruction_casing.rs"),
};

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instructions = || context.in_stages().filter(|instruction| instruction.kind != Keyword::Unknown);
    let words: Vec<String> =
        instructions().map(|instruction| instruction.keyword_text(context.parse)).collect();
    let count = |is: fn(&str) -> bool| words.iter().filter(|word| is(word)).count();
    let lower = count(is_lower) > count(|word| !is_lower(word) && is_upper(word));
    let from = |instruction: &Instruction| {
        context.stages.iter().find_map(|stage| {
            let own = context.line_of_from(stage)?.range == instruction.range;
            context.stage_from(stage).filter(|_| own)
        })
    };
    for (instruction, word) in instructions().zip(&words) {
        if if lower { is_lower(word) } else { is_upper(word) } {
            continue;
        }
        let (name, right) = if lower {
            ("lowercase", word.to_ascii_lowercase())
        } else {
            ("uppercase", word.to_ascii_uppercase())
        };
        let range = instruction.keyword;
        let detail = format!("Command '{word}' should match the case of the command majority ({name})");
        let draft = sink
            .report(range, format!("`{word}` should be in the case of most instructions ({name})"))
            .buildkit(context.parse, instruction, detail);
        if range.slice(context.text()) == word {
            let mut edits = vec![Edit { range, replacement: right.clone() }];
            // AS goes with its FROM.
            if let Some(word) = from(instruction).and_then(|from| from.as_keyword.as_ref()) {
                let replacement = if lower { "as" } else { "AS" }.to_owned();
                edits.push(Edit { range: word.range, replacement });
            }
            draft.fix(format!("write `{right}`"), Safety::Safe, edits);
        }
    }
}

fn is_lower(word: &str) -> bool {
    !word.contains(|ch: char| ch.is_ascii_uppercase())
}

fn is_upper(word: &str) -> bool {
    !word.contains(|ch: char| ch.is_ascii_lowercase())
}
