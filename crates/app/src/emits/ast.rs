//! The typed statements, with the place of every value.

use kit::{LineIndex, TextRange};
use serde_json::{Value, json};
use stage::{Shell, Shells};
use syntax::{Directive, Instruction, Keyword, Parse, Statement, TokenKind};

use super::{Emit, Input, document, errors};
use crate::AppError;

pub(crate) static EMIT: Emit = Emit { name: "ast", tells_errors: true, needs_graph: false, render };

#[expect(clippy::unnecessary_wraps, reason = "all documents have the same signature")]
fn render(input: &Input<'_>) -> Result<String, AppError> {
    let parse = input.parse;
    let lines = LineIndex::new(parse.text());
    Ok(document(&json!({
        "schema": "cooper/ast/1",
        "file": input.name,
        "escape": parse.escape(),
        "directives": parse.directives().iter().map(|item| directive(parse, item)).collect::<Vec<_>>(),
        "comments": comments(parse, &lines),
        "statements": statements(input, &lines),
        "errors": errors(parse),
    })))
}

fn directive(parse: &Parse, directive: &Directive) -> Value {
    json!({
        "name": directive.name_text(parse.text()).to_ascii_lowercase(),
        "value": directive.value_text(parse.text()),
        "range": directive.range,
    })
}

/// All comments, those between continued lines, too.
fn comments(parse: &Parse, lines: &LineIndex) -> Vec<Value> {
    let tokens = parse.tokens().iter().filter(|token| token.kind == TokenKind::Comment);
    tokens.map(|token| comment(parse, lines, token.range)).collect()
}

fn comment(parse: &Parse, lines: &LineIndex, range: TextRange) -> Value {
    json!({
        "text": range.slice(parse.text()).trim_start_matches('#').trim(),
        "range": range,
        "line": lines.line(range.start),
    })
}

fn statements(input: &Input<'_>, lines: &LineIndex) -> Vec<Value> {
    let parse = input.parse;
    let all: Vec<_> = parse.instructions().map(|item| item.statement(parse)).collect();
    let shells = Shells::new(parse, &all, input.graph);
    let pairs = parse.instructions().zip(&all).enumerate();
    pairs
        .map(|(at, (item, statement))| node(parse, lines, item, statement.as_ref().ok(), shells.at(at)))
        .collect()
}

/// An instruction. What cannot be read has `arguments` that are null; `errors` says why.
fn node(
    parse: &Parse,
    lines: &LineIndex,
    instruction: &Instruction,
    statement: Option<&Statement>,
    shell: &Shell,
) -> Value {
    let mut node = json!({
        "instruction": Some(instruction.kind).filter(|kind| *kind != Keyword::Unknown),
        "keyword": instruction.keyword_text(parse),
        "range": instruction.range,
        "line": lines.line(instruction.range.start),
        "text": instruction.original(parse).trim(),
        "comments": instruction.comments_above(parse),
        "flags": instruction.flags(parse),
        "arguments": arguments(statement),
    });
    let text = statement.and_then(|_| instruction.shell_text(parse));
    if let Some(tree) = text.and_then(|text| crate::shell_tree::tree(&text, shell)) {
        node["shell"] = tree;
    }
    node
}

fn arguments(statement: Option<&Statement>) -> Value {
    let value = statement.and_then(|statement| serde_json::to_value(statement).ok());
    value.and_then(|mut value| value.get_mut("arguments").map(Value::take)).unwrap_or_default()
}
