//! `cooper fmt`.

use app::AppError;
use app::fmt::{File, Request, State};
use serde_json::json;

use super::print;
use crate::world::{Global, Needs, make};
use crate::{exit, human};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files and directories; `-` for standard input to standard output [default: this directory].
    paths: Vec<String>,
    /// Write nothing; name the files that would change, and end with 1 if there are any.
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change, and end with 1 if there is anything.
    #[arg(long)]
    diff: bool,
    /// What standard input is called in messages.
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    /// One level of indentation: a number of blanks, or `tab` [default: 4].
    #[arg(long, value_name = "WIDTH")]
    indent: Option<String>,
    /// The case of keywords: upper, lower or keep [default: upper].
    #[arg(long, value_name = "CASE")]
    keyword_case: Option<String>,
    /// Where a command is broken at `&&`, the line that has it: leading, trailing or keep [default: keep].
    #[arg(long, value_name = "PLACE")]
    chain: Option<String>,
}

/// Formats Dockerfiles.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let dry = args.check || args.diff;
    let request = Request {
        paths: args.paths.clone(),
        stdin_name: args.stdin_filename.clone(),
        write: !dry,
        indent: args.indent.clone(),
        keyword_case: args.keyword_case.clone(),
        chain: args.chain.clone(),
    };
    let files = app::fmt::fmt(&world, &request, Some(&mut std::io::stdin()))?;
    let stdin = args.paths == ["-"];
    let shown = match (args.diff, stdin && !dry) {
        (true, _) => files.iter().map(|file| diff(file, global.color_stdout())).collect(),
        (_, true) => files.iter().map(text).collect(),
        _ if global.json => json(&files),
        _ => names(&files, dry),
    };
    print(&shown)?;
    if !global.json || args.diff {
        errors(global, &files);
        if !global.quiet && !stdin {
            anstream::eprintln!("{}", summary(&files, dry));
        }
    }
    Ok(code(&files, dry))
}

fn code(files: &[File], dry: bool) -> u8 {
    let failed = files.iter().filter_map(|file| match &file.state {
        State::Failed(error) => Some(exit::of(error)),
        _ => None,
    });
    let found = |file: &File| match file.state {
        State::Changed { .. } => dry,
        State::Broken(_) => true,
        _ => false,
    };
    let findings = if files.iter().any(found) { exit::FINDINGS } else { exit::CLEAN };
    failed.max().unwrap_or(findings)
}

fn text(file: &File) -> String {
    match &file.state {
        State::Same(text) | State::Changed { new: text, .. } => text.clone(),
        _ => String::new(),
    }
}

fn names(files: &[File], dry: bool) -> String {
    let verb = if dry { "would format" } else { "formatted" };
    let changed = files.iter().filter(|file| matches!(file.state, State::Changed { .. }));
    let lines: Vec<String> = changed.map(|file| format!("{verb} {}\n", file.name)).collect();
    lines.concat()
}

fn summary(files: &[File], dry: bool) -> String {
    let count = |wanted: fn(&State) -> bool| files.iter().filter(|file| wanted(&file.state)).count();
    let changed = count(|state| matches!(state, State::Changed { .. }));
    let same = count(|state| matches!(state, State::Same(_)));
    let verb = if dry { "would be formatted" } else { "formatted" };
    let mut parts = vec![format!("{changed} {} {verb}", plural(changed)), format!("{same} left unchanged")];
    let bad = files.len() - changed - same;
    if bad > 0 {
        parts.push(format!("{bad} with errors"));
    }
    parts.join(", ")
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "file" } else { "files" }
}

fn diff(file: &File, color: bool) -> String {
    let State::Changed { old, new } = &file.state else { return String::new() };
    let diff = report::unified_diff(&file.name, old, new);
    if color { diff.split_inclusive('\n').map(colored).collect() } else { diff }
}

/// A line of a difference in its colour.
pub(super) fn colored(line: &str) -> String {
    let code = match line.as_bytes().first() {
        Some(b'+') => "32",
        Some(b'-') => "31",
        Some(b'@') => "36",
        _ => return line.to_owned(),
    };
    let text = line.trim_end_matches(['\r', '\n']);
    format!("\x1b[{code}m{text}\x1b[0m{}", &line[text.len()..])
}

fn errors(global: &Global, files: &[File]) {
    for file in files {
        match &file.state {
            State::Broken(errors) => errors.iter().for_each(|error| human::error(error, global.color())),
            State::Failed(error) => human::error(error, global.color()),
            _ => {}
        }
    }
}

fn json(files: &[File]) -> String {
    let files: Vec<_> = files.iter().map(file_json).collect();
    format!("{:#}\n", json!({ "version": 1, "files": files }))
}

fn file_json(file: &File) -> serde_json::Value {
    let (state, errors) = match &file.state {
        State::Same(_) => ("unchanged", &[][..]),
        State::Changed { .. } => ("changed", &[][..]),
        State::Broken(errors) => ("broken", &errors[..]),
        State::Failed(error) => ("failed", std::slice::from_ref(error)),
    };
    let errors: Vec<_> = errors.iter().map(error_json).collect();
    json!({ "file": file.name, "state": state, "errors": errors })
}

fn error_json(error: &AppError) -> serde_json::Value {
    let place = error.source.as_ref().map(|source| {
        let place = kit::LineIndex::new(&source.text).line_col(&source.text, source.range.start);
        (place.line, place.col)
    });
    json!({
        "message": error.message,
        "help": error.help,
        "line": place.map(|(line, _)| line),
        "column": place.map(|(_, column)| column),
    })
}
