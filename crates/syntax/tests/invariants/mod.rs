//! What holds for the tree of every text.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use cooper_syntax::{Instruction, Parse, Statement};
use kit::TextRange;

/// Parses `text` and checks all that has to hold whatever the text is.
pub(crate) fn check(text: &str) -> Parse {
    let parse = cooper_syntax::parse(text);
    assert_eq!(parse.print(), text, "the tokens give the text again");
    assert_eq!(parse.text(), text);
    tiles(text, parse.items().iter().map(cooper_syntax::Item::range));
    tiles(text, parse.tokens().iter().map(|token| token.range));
    for error in parse.all_errors() {
        inside(text, error.range);
        assert!(!error.message.is_empty());
    }
    for instruction in parse.instructions() {
        inside(text, instruction.keyword);
        let own = instruction.tokens(&parse);
        assert!(own.iter().all(|token| instruction.range.cover(token.range) == instruction.range));
        instruction.comments_above(&parse).iter().for_each(|comment| inside(text, comment.range));
        instruction.flags(&parse).iter().for_each(|flag| inside(text, flag.range));
        shell_text(&parse, instruction);
        match instruction.statement(&parse) {
            Ok(statement) => spans(&statement).iter().for_each(|range| {
                inside(text, *range);
                assert_eq!(instruction.range.cover(*range), instruction.range, "{statement:?}");
            }),
            Err(errors) => assert!(!errors.is_empty(), "a refusal says why"),
        }
    }
    let _ = parse.dump();
    parse
}

/// Every character of what a shell gets has its place in the instruction.
fn shell_text(parse: &Parse, instruction: &Instruction) {
    let Some(text) = instruction.shell_text(parse) else { return };
    assert_eq!(text.map.len() as usize, text.text.len());
    let mut last = 0;
    for (at, ch) in text.text.char_indices() {
        let place = text.source(TextRange::of(at..at + ch.len_utf8()));
        inside(parse.text(), place);
        assert_eq!(instruction.range.cover(place), instruction.range, "{ch:?} at {at}");
        assert!(place.start >= last, "places are in order");
        last = place.start;
    }
}

fn tiles(text: &str, ranges: impl Iterator<Item = TextRange>) {
    let mut end = 0;
    for range in ranges {
        assert_eq!(range.start, end, "no gap and no overlap");
        assert!(!range.is_empty());
        inside(text, range);
        end = range.end;
    }
    assert_eq!(end as usize, text.len(), "all of the text");
}

fn inside(text: &str, range: TextRange) {
    assert!(text.get(range.range()).is_some(), "{range:?} lies on the characters of the text");
}

/// All ranges in a statement, whatever its type, by way of its serialized form.
fn spans(statement: &Statement) -> Vec<TextRange> {
    let mut found = Vec::new();
    collect(&serde_json::to_value(statement).unwrap(), &mut found);
    found
}

fn collect(value: &serde_json::Value, found: &mut Vec<TextRange>) {
    if let (Some(start), Some(end)) = (value["start"].as_u64(), value["end"].as_u64()) {
        found.push(TextRange::of(usize::try_from(start).unwrap()..usize::try_from(end).unwrap()));
    }
    match value {
        serde_json::Value::Array(list) => list.iter().for_each(|item| collect(item, found)),
        serde_json::Value::Object(map) => map.values().for_each(|item| collect(item, found)),
        _ => {}
    }
}
