//! Whether two texts mean the same: the net below the formatter.

use kit::TextRange;
use serde_json::Value;
use syntax::{Form, Instruction, Parse, Run, Statement, TokenKind};

/// Compares a file with its formatted text. The error is the first instruction that differs.
pub(crate) fn compare(old: &Parse, text: &str) -> Result<(), TextRange> {
    let new = syntax::parse(text);
    let whole = TextRange::of(0..old.text().len());
    if !new.all_errors().is_empty()
        || directives(old) != directives(&new)
        || !comments(old).eq(comments(&new))
        || old.instructions().count() != new.instructions().count()
    {
        return Err(whole);
    }
    for (before, after) in old.instructions().zip(new.instructions()) {
        if before.original(old) == after.original(&new) && !has_heredoc(before, old) {
            continue;
        }
        if value(before.statement(old).ok()) != value(after.statement(&new).ok()) {
            return Err(before.range);
        }
    }
    Ok(())
}

fn directives(parse: &Parse) -> Vec<(String, &str)> {
    let text = parse.text();
    let list = parse.directives().iter();
    list.map(|item| (item.name_text(text).to_ascii_lowercase(), item.value_text(text))).collect()
}

fn comments(parse: &Parse) -> impl Iterator<Item = &str> {
    let tokens = parse.tokens().iter().filter(|token| token.kind == TokenKind::Comment);
    tokens.map(|token| token.range.slice(parse.text()).trim_end())
}

/// A statement without places, and with the command of RUN as the plan takes it.
fn value(statement: Option<Statement>) -> Option<Value> {
    let statement = match statement? {
        Statement::Run(run) => Statement::Run(squeezed(run)),
        Statement::From(mut from) => {
            from.as_keyword = None;
            Statement::From(from)
        }
        other => other,
    };
    let mut value = serde_json::to_value(statement).ok()?;
    without_places(&mut value);
    Some(value)
}

fn squeezed(mut run: Run) -> Run {
    if let Form::Shell(command) = &mut run.form {
        command.value = syntax::squeeze_shell(&command.value).into_owned();
    }
    run
}

fn without_places(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("range");
            map.values_mut().for_each(without_places);
        }
        Value::Array(list) => list.iter_mut().for_each(without_places),
        _ => {}
    }
}

fn has_heredoc(instruction: &Instruction, parse: &Parse) -> bool {
    instruction.tokens(parse).iter().any(|token| token.kind == TokenKind::HeredocBody)
}
