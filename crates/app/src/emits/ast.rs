//! The typed statements, with the place of every value.

use kit::{LineIndex, TextRange};
use serde_json::{Value, json};
use syntax::{Directive, Form, Healthcheck, Instruction, Keyword, Parse, Statement, TokenKind};

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
        "statements": parse.instructions().map(|item| statement(parse, &lines, item)).collect::<Vec<_>>(),
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

/// An instruction. What cannot be read has `arguments` that are null; `errors` says why.
fn statement(parse: &Parse, lines: &LineIndex, instruction: &Instruction) -> Value {
    let statement = instruction.statement(parse).ok();
    let mut node = json!({
        "instruction": Some(instruction.kind).filter(|kind| *kind != Keyword::Unknown),
        "keyword": instruction.keyword_text(parse),
        "range": instruction.range,
        "line": lines.line(instruction.range.start),
        "text": instruction.original(parse).trim(),
        "comments": instruction.comments_above(parse),
        "flags": instruction.flags(parse),
        "arguments": arguments(statement.as_ref()),
    });
    if statement.as_ref().is_some_and(has_command) {
        // The place of the command's own tree.
        node["shell"] = Value::Null;
    }
    node
}

fn arguments(statement: Option<&Statement>) -> Value {
    let value = statement.and_then(|statement| serde_json::to_value(statement).ok());
    value.and_then(|mut value| value.get_mut("arguments").map(Value::take)).unwrap_or_default()
}

/// Whether a shell reads a part of a statement.
const fn has_command(statement: &Statement) -> bool {
    let form = match statement {
        Statement::Run(run) => &run.form,
        Statement::Cmd(exec) | Statement::Entrypoint(exec) => &exec.form,
        Statement::Healthcheck(Healthcheck::Cmd { form, .. }) => form,
        _ => return false,
    };
    matches!(form, Form::Shell(_))
}
