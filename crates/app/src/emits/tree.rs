//! The lossless tree: items, and the tokens of each. The texts of all tokens, one after the other, are the file.

use kit::LineIndex;
use serde_json::{Value, json};
use syntax::{Item, Keyword, Parse, Token};

use super::{Emit, Input, document, errors};
use crate::AppError;

pub(crate) static EMIT: Emit = Emit { name: "tree", tells_errors: true, needs_graph: false, render };

#[expect(clippy::unnecessary_wraps, reason = "all documents have the same signature")]
fn render(input: &Input<'_>) -> Result<String, AppError> {
    let parse = input.parse;
    let lines = LineIndex::new(parse.text());
    let mut tokens = parse.tokens();
    let items: Vec<Value> =
        parse.items().iter().map(|found| item(parse, &lines, &mut tokens, found)).collect();
    Ok(document(&json!({
        "schema": "cooper/tree/1",
        "file": input.name,
        "escape": parse.escape(),
        "items": items,
        "errors": errors(parse),
    })))
}

/// An item; its tokens are taken from the front of `tokens`.
fn item(parse: &Parse, lines: &LineIndex, tokens: &mut &[Token], item: &Item) -> Value {
    let (kind, keyword) = match item {
        Item::Directive(_) => ("directive", None),
        Item::Comment(_) => ("comment", None),
        Item::Blank(_) => ("blank", None),
        Item::Instruction(found) => {
            ("instruction", Some(found.kind).filter(|kind| *kind != Keyword::Unknown))
        }
    };
    let count = tokens.partition_point(|token| token.range.start < item.range().end);
    let (own, rest) = tokens.split_at(count);
    *tokens = rest;
    json!({
        "type": kind,
        "instruction": keyword,
        "range": item.range(),
        "line": lines.line(item.range().start),
        "tokens": own.iter().map(|found| token(parse, lines, found)).collect::<Vec<_>>(),
    })
}

fn token(parse: &Parse, lines: &LineIndex, token: &Token) -> Value {
    let place = lines.line_col(parse.text(), token.range.start);
    json!({
        "kind": token.kind,
        "range": token.range,
        "line": place.line,
        "column": place.col,
        "text": token.range.slice(parse.text()),
    })
}
