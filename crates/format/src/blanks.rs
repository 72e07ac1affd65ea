//! Which blanks of an instruction may change, and what stands in their place.

use std::ops::Range;

use kit::TextRange;
use syntax::{ArgDecl, Form, Healthcheck, Instruction, Parse, Run, Spanned, Statement};

use crate::line::Line;

/// Blanks of the logical line that may change, or a place of it where blanks may be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) range: Range<usize>,
    /// What stands there when no line is broken.
    pub(crate) spacing: Spacing,
}

/// What stands between two words of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// What stands there now.
    Keep,
    /// Nothing.
    None,
    /// One blank.
    One,
}

/// What of an instruction's text may change.
#[derive(Debug)]
pub(crate) struct Free {
    /// The blanks, in order.
    pub(crate) gaps: Vec<Gap>,
    /// The words whose case does not matter.
    pub(crate) keywords: Vec<Range<usize>>,
    /// The end of the text without the blanks that mean nothing.
    pub(crate) end: usize,
    /// Whether it is a command that a known shell reads.
    pub(crate) command: bool,
}

/// Finds what may change in an instruction. `shell` says whether its shell is known.
pub(crate) fn free(
    parse: &Parse,
    instruction: &Instruction,
    statement: &Statement,
    line: &Line<'_>,
    shell: bool,
) -> Free {
    let keyword = line.range(instruction.keyword);
    let end = line.text.trim_end_matches(BLANKS).len();
    let mut free = Free { gaps: Vec::new(), keywords: vec![keyword.clone()], end, command: false };
    let flags: Vec<_> = instruction.flags(parse).iter().map(|flag| line.range(flag.range)).collect();
    let behind_flags = flags.last().map_or(keyword.end, |flag| flag.end);
    free.keywords.extend(further_keyword(statement, line, behind_flags..end));
    if matches!(statement, Statement::Onbuild(_)) {
        free.trigger(line);
    } else {
        free.words(statement, line, flags);
    }
    if let (Some(command), true) = (command(statement), shell) {
        free.command(line, line.range(command));
    }
    free.gaps.sort_by_key(|gap| (gap.range.start, gap.range.end));
    free
}

impl Free {
    /// Only what stands before the trigger of ONBUILD: the image keeps the trigger as it is written.
    fn trigger(&mut self, line: &Line<'_>) {
        let start = self.keywords.first().map_or(0, |keyword| keyword.end);
        let rest = &line.text[start..];
        let blanks = rest.len() - rest.trim_start_matches(BLANKS).len();
        self.gaps.push(Gap { range: start..start + blanks, spacing: Spacing::One });
        self.end = line.text.len();
    }

    /// What stands between words, and in a JSON array.
    fn words(&mut self, statement: &Statement, line: &Line<'_>, flags: Vec<Range<usize>>) {
        let mut fixed = flags;
        fixed.extend(values(statement).into_iter().map(|range| line.range(range)));
        let words = json_words(statement).map(|words| ranges(line, words)).unwrap_or_default();
        if in_brackets(line, &words) {
            let array = array(line, &words, self.end);
            self.gaps.extend(json_gaps(&line.text, &array, &words));
            fixed.push(array);
        }
        let start = self.keywords.first().map_or(0, |keyword| keyword.end);
        self.gaps.extend(outside(&line.text, start..self.end, &fixed));
    }

    /// What only separates the words of a command.
    fn command(&mut self, line: &Line<'_>, command: Range<usize>) {
        let blanks = syntax::shell_blanks(&line.text[command.clone()]).into_iter();
        let shifted = blanks.map(|run| command.start + run.start..command.start + run.end);
        self.gaps.extend(shifted.map(|range| Gap { range, spacing: Spacing::Keep }));
        self.command = true;
    }
}

/// The command of a RUN in the shell form.
fn command(statement: &Statement) -> Option<TextRange> {
    match statement {
        Statement::Run(Run { form: Form::Shell(command), .. }) => Some(command.range),
        _ => None,
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// The parts of a statement in which blanks belong to a value.
fn values(statement: &Statement) -> Vec<TextRange> {
    let pair = |(key, value): &(Spanned<String>, Spanned<String>)| key.range.cover(value.range);
    match statement {
        Statement::Arg(args) => {
            let cover = |arg: &ArgDecl| {
                arg.value.as_ref().map_or(arg.key.range, |value| arg.key.range.cover(value.range))
            };
            args.iter().map(cover).collect()
        }
        Statement::Env(pairs) | Statement::Label(pairs) => pairs.pairs.iter().map(pair).collect(),
        Statement::Run(run) => form(&run.form),
        Statement::Cmd(exec) | Statement::Entrypoint(exec) => form(&exec.form),
        Statement::Healthcheck(Healthcheck::Cmd { form: probe, .. }) => form(probe),
        Statement::Workdir(text)
        | Statement::User(text)
        | Statement::Stopsignal(text)
        | Statement::Maintainer(text) => vec![text.range],
        _ => Vec::new(),
    }
}

fn form(form: &Form) -> Vec<TextRange> {
    match form {
        Form::Shell(text) => vec![text.range],
        Form::Json(_) => Vec::new(),
    }
}

/// The words of a statement that can stand in a JSON array.
fn json_words(statement: &Statement) -> Option<Vec<&Spanned<String>>> {
    match statement {
        Statement::Run(run) => of_form(&run.form),
        Statement::Cmd(exec) | Statement::Entrypoint(exec) => of_form(&exec.form),
        Statement::Healthcheck(Healthcheck::Cmd { form, .. }) => of_form(form),
        Statement::Shell(words) | Statement::Volume(words) => Some(words.iter().collect()),
        Statement::Copy(copy) | Statement::Add(copy) if copy.json => {
            Some(copy.sources.iter().chain([&copy.dest]).collect())
        }
        _ => None,
    }
}

fn of_form(form: &Form) -> Option<Vec<&Spanned<String>>> {
    match form {
        Form::Json(words) => Some(words.iter().collect()),
        Form::Shell(_) => None,
    }
}

fn ranges(line: &Line<'_>, words: Vec<&Spanned<String>>) -> Vec<Range<usize>> {
    words.into_iter().map(|word| line.range(word.range)).collect()
}

/// Whether words are those of a JSON array: a bracket stands before them, which is no word itself.
fn in_brackets(line: &Line<'_>, words: &[Range<usize>]) -> bool {
    words.first().is_some_and(|first| line.text[..first.start].trim_end_matches(BLANKS).ends_with('['))
}

fn array(line: &Line<'_>, words: &[Range<usize>], end: usize) -> Range<usize> {
    let before = words.first().map_or(0, |first| first.start);
    line.text[..before].rfind('[').unwrap_or(before)..end
}

/// The places between brackets, commas and words. Those with anything but blanks and tabs are left as they are.
fn json_gaps(text: &str, array: &Range<usize>, words: &[Range<usize>]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut last: Option<(usize, u8)> = None;
    let mut at = array.start;
    while at < array.end {
        let word = words.iter().find(|word| word.start == at);
        let byte = text.as_bytes()[at];
        let end = word.map_or(at + 1, |word| word.end);
        if word.is_some() || matches!(byte, b'[' | b',' | b']') {
            if let Some((start, before)) = last {
                let spacing = if before == b',' && byte != b']' { Spacing::One } else { Spacing::None };
                let blank = text[start..at].bytes().all(|byte| matches!(byte, b' ' | b'\t'));
                gaps.extend(blank.then_some(Gap { range: start..at, spacing }));
            }
            last = Some((end, byte));
        }
        at = end;
    }
    gaps
}

/// The runs of blanks in a part of the text that are not within `fixed`.
fn outside(text: &str, part: Range<usize>, fixed: &[Range<usize>]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut at = part.start;
    while at < part.end {
        if let Some(fixed) = fixed.iter().find(|fixed| fixed.contains(&at)) {
            at = fixed.end;
            continue;
        }
        let rest = &text.as_bytes()[at..part.end];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if blanks > 0 {
            gaps.push(Gap { range: at..at + blanks, spacing: Spacing::One });
        }
        at += blanks.max(1);
    }
    gaps
}

/// AS of FROM, and CMD or NONE of HEALTHCHECK.
fn further_keyword(statement: &Statement, line: &Line<'_>, part: Range<usize>) -> Option<Range<usize>> {
    match statement {
        Statement::From(from) => from.as_keyword.as_ref().map(|word| line.range(word.range)),
        Statement::Healthcheck(_) => {
            let text = line.text.get(part.clone())?;
            let start = part.start + (text.len() - text.trim_start_matches(BLANKS).len());
            let length = line.text[start..].find(char::is_whitespace).unwrap_or(line.text.len() - start);
            Some(start..start + length)
        }
        _ => None,
    }
}
