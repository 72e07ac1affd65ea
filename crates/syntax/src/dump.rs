//! The s-expressions of `BuildKit`'s parser, for comparison with its golden files.

use std::fmt::Write as _;
use std::ops::Range;

use kit::go_quote;

use crate::error::{Spanned, SyntaxError};
use crate::keyword::Keyword;
use crate::statement::{Context, split_command};
use crate::tree::Parse;

/// One s-expression a line.
pub(crate) fn dump(parse: &Parse) -> String {
    let mut out = String::new();
    for instruction in parse.instructions() {
        let logical = instruction.logical(parse);
        let context = Context::new(parse, instruction, &logical);
        if let Ok(line) = expression(&context, 0..logical.text().len(), 0) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

/// Triggers of triggers deeper than this are left out: they are refused anyway.
const DEEPEST: usize = 8;

fn expression(context: &Context<'_>, line: Range<usize>, depth: usize) -> Result<String, SyntaxError> {
    let command = split_command(context.logical.text(), line);
    let word = context.logical.slice(&command.keyword);
    let mut out = format!("({}", word.to_lowercase());
    if !command.flags.is_empty() {
        let flags: Vec<_> = command.flags.iter().map(|flag| go_quote(&flag.text)).collect();
        let _ = write!(out, " [{}]", flags.join(" "));
    }
    let kind = Keyword::of(word);
    if kind == Keyword::Onbuild && !command.args.is_empty() && depth < DEEPEST {
        out.push(' ');
        out.push_str(&expression(context, command.args, depth + 1)?);
    } else {
        for arg in arguments(context, kind, &command.args)? {
            out.push(' ');
            out.push_str(&go_quote(&arg));
        }
    }
    out.push(')');
    Ok(out)
}

/// The arguments of a line as the parser of lines takes them, before the instruction is looked at.
pub(crate) fn arguments(
    context: &Context<'_>,
    kind: Keyword,
    args: &Range<usize>,
) -> Result<Vec<String>, SyntaxError> {
    let texts = |words: Vec<Spanned<String>>| words.into_iter().map(|word| word.value).collect();
    let whole = |range: &Range<usize>| context.logical.slice(range).to_owned();
    Ok(match kind {
        Keyword::Cmd | Keyword::Entrypoint | Keyword::Run | Keyword::Shell => {
            texts(context.json_or_text(args)?.words)
        }
        Keyword::Add | Keyword::Copy | Keyword::Volume => texts(context.json_or_list(args)?.words),
        Keyword::Expose | Keyword::From => texts(context.list(args)),
        Keyword::Arg => context.quoted_words(args).iter().map(whole).collect(),
        Keyword::Env | Keyword::Label => {
            let (pairs, legacy) = context.pairs(args, kind)?;
            let sign = if legacy { "" } else { "=" };
            pairs.iter().flat_map(|(key, value)| [whole(key), whole(value), sign.to_owned()]).collect()
        }
        Keyword::Healthcheck if args.is_empty() => Vec::new(),
        Keyword::Healthcheck => {
            let (kind, rest) = context.healthcheck_kind(args);
            let words: Vec<String> = texts(context.json_or_text(&rest)?.words);
            std::iter::once(whole(&kind)).chain(words).collect()
        }
        _ if args.is_empty() => Vec::new(),
        _ => vec![whole(args)],
    })
}
