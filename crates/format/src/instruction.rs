//! One instruction with its continuation lines.

use std::ops::Range;

use syntax::{Instruction, Parse};

use crate::Style;
use crate::blanks::{self, Free, Gap, Spacing};
use crate::chain;
use crate::levels::{Levels, width};
use crate::line::{Break, Comment, Line};

/// The lines of an instruction in a style. `shell` says whether its shell is known, `newline` ends what has no
/// line end.
pub(crate) fn instruction(
    parse: &Parse,
    instruction: &Instruction,
    style: Style,
    shell: bool,
    newline: &str,
) -> String {
    let line = Line::new(parse, instruction);
    let Ok(statement) = instruction.statement(parse) else { return verbatim(parse, instruction, newline) };
    let free = blanks::free(parse, instruction, &statement, &line, shell);
    if is_odd(parse, &line, &free) {
        return verbatim(parse, instruction, newline);
    }
    let mut words = Words::new(&line, &free);
    if free.command {
        chain::arrange(&mut words, style.chain);
    }
    let mut writer =
        Writer { style, escape: parse.escape(), newline, levels: words.levels(), out: String::new() };
    writer.words(&words, &free);
    writer.end(&line, free.end);
    writer.out
}

/// The lines as they are.
fn verbatim(parse: &Parse, instruction: &Instruction, newline: &str) -> String {
    with_line_end(instruction.range.slice(parse.text()), newline)
}

fn with_line_end(text: &str, newline: &str) -> String {
    if text.ends_with('\n') { text.to_owned() } else { format!("{}{newline}", text.trim_end_matches('\r')) }
}

/// Whether an instruction is written in a way that is better not touched: its keyword runs over several lines, it
/// ends in white space that is no blank, or without what continues its last line that line would be continued still.
fn is_odd(parse: &Parse, line: &Line<'_>, free: &Free) -> bool {
    let keyword = free.keywords.first().map_or(0, |keyword| keyword.end);
    let split = line.breaks.first().is_some_and(|first| first.at < keyword);
    let text = &line.text[..free.end];
    let ends_in_white = line.text.trim_end().len() < text.trim_end_matches([' ', '\t']).len();
    let dangling = line.breaks.last().is_some_and(|last| last.at >= free.end);
    split || ends_in_white || dangling && text.ends_with([' ', '\t', parse.escape()])
}

/// The words of a logical line and what stands between them.
pub(crate) struct Words<'a> {
    line: &'a Line<'a>,
    ranges: Vec<Range<usize>>,
    /// Whether a shell reads a part of them.
    command: bool,
    /// One between each two words.
    gaps: Vec<Between<'a>>,
}

/// What stands between two words.
struct Between<'a> {
    range: Range<usize>,
    /// Whether the command that a shell reads is on both sides.
    in_command: bool,
    /// What stands here when no line is broken.
    spacing: Spacing,
    breaks: Vec<Break<'a>>,
    /// The indentation of the line behind the last break.
    width: usize,
    /// Whether that it has none is rather forgotten than meant: the line does not begin with an operator.
    forgotten: bool,
}

impl<'a> Words<'a> {
    fn new(line: &'a Line<'a>, free: &'a Free) -> Self {
        let mut at = free.keywords.first().map_or(0, |keyword| keyword.start);
        let mut words = Vec::with_capacity(free.gaps.len() + 1);
        for gap in &free.gaps {
            words.push(at..gap.range.start);
            at = gap.range.end;
        }
        words.push(at..free.end);
        let gaps = free.gaps.iter().map(|gap| Between::new(line, gap)).collect();
        Self { line, ranges: words, command: free.command, gaps }
    }

    /// The text of a word.
    pub(crate) fn word(&self, at: usize) -> &str {
        self.ranges.get(at).and_then(|word| self.line.text.get(word.clone())).unwrap_or("")
    }

    /// The number of places between words.
    pub(crate) fn len(&self) -> usize {
        self.gaps.len()
    }

    /// Whether a place between words has the command that a shell reads on both sides.
    pub(crate) fn is_within_command(&self, gap: usize) -> bool {
        self.gaps.get(gap).is_some_and(|gap| gap.in_command)
    }

    /// Moves the break between two words to between two others, where there can be one already.
    pub(crate) fn move_breaks(&mut self, from: usize, to: usize) {
        let moved = std::mem::take(&mut self.gaps[from].breaks);
        let (width, forgotten) = (self.gaps[from].width, self.gaps[from].forgotten);
        if !moved.is_empty() {
            // What stood around the break is no longer worth keeping.
            self.gaps[from].spacing = Spacing::One;
        }
        let target = &mut self.gaps[to];
        if target.breaks.is_empty() {
            (target.width, target.forgotten) = (width, forgotten);
            target.breaks = moved;
        } else if !moved.is_empty() {
            target.breaks.extend(moved);
            target.breaks.sort_by_key(|item| item.at);
            let rest = target.breaks.split_off(1);
            let comments = rest.into_iter().flat_map(|item| item.comments);
            target.breaks[0].comments.extend(comments);
        }
    }

    fn levels(&self) -> Levels {
        let broken = self.gaps.iter().enumerate().filter(|(_, gap)| !gap.breaks.is_empty());
        let free = broken.filter(|(at, _)| self.fixed_level(*at).is_none() && !self.gaps[*at].forgotten);
        Levels::new(free.map(|(_, gap)| gap.width))
    }

    /// The level of a line that does not depend on its indentation: that of a bracket that closes a JSON array, and
    /// those of the flags of a RUN and of the begin of its command.
    fn fixed_level(&self, gap: usize) -> Option<usize> {
        if self.closes(gap) {
            return Some(0);
        }
        (self.command && !self.gaps[gap].in_command).then_some(1)
    }

    /// Whether the bracket that closes a JSON array stands behind a gap.
    fn closes(&self, gap: usize) -> bool {
        self.gaps[gap].spacing == Spacing::None && self.word(gap + 1).starts_with(']')
    }

    /// The breaks within a word: in quotes, or where the word itself goes on.
    fn within(&self, word: &Range<usize>) -> impl Iterator<Item = &'a Break<'a>> {
        let Range { start, end } = *word;
        self.line.breaks.iter().filter(move |item| start < item.at && item.at < end)
    }
}

impl<'a> Between<'a> {
    fn new(line: &'a Line<'a>, gap: &Gap) -> Self {
        let here = |item: &&Break<'_>| gap.range.start <= item.at && item.at <= gap.range.end;
        let breaks: Vec<_> = line.breaks.iter().filter(here).cloned().collect();
        let width = breaks.last().map_or(0, |last| width(&line.text[last.at..gap.range.end]));
        let in_command = gap.spacing == Spacing::Keep;
        let forgotten = width == 0 && !line.text[gap.range.end..].starts_with(['&', '|', ';']);
        Self { range: gap.range.clone(), in_command, spacing: gap.spacing, breaks, width, forgotten }
    }
}

struct Writer<'a> {
    style: Style,
    escape: char,
    newline: &'a str,
    levels: Levels,
    out: String,
}

impl Writer<'_> {
    fn words(&mut self, words: &Words<'_>, free: &Free) {
        for (at, word) in words.ranges.iter().enumerate() {
            let text = words.word(at);
            if free.keywords.contains(word) {
                self.out.push_str(&self.style.keyword_case.apply(text));
            } else {
                self.word(words, word);
            }
            if let Some(between) = words.gaps.get(at) {
                self.between(words, at, between);
            }
        }
    }

    /// A word; a line break in it stays as it is.
    fn word(&mut self, words: &Words<'_>, word: &Range<usize>) {
        let text = &words.line.text;
        let mut at = word.start;
        for item in words.within(word) {
            self.out.push_str(&text[at..item.at]);
            self.end_line(item);
            for comment in &item.comments {
                self.comment(comment.indent, comment);
            }
            at = item.at;
        }
        self.out.push_str(&text[at..word.end]);
    }

    fn between(&mut self, words: &Words<'_>, at: usize, between: &Between<'_>) {
        if between.breaks.is_empty() {
            match between.spacing {
                Spacing::Keep => self.out.push_str(&words.line.text[between.range.clone()]),
                Spacing::One => self.out.push(' '),
                Spacing::None => {}
            }
            return;
        }
        let level = words.fixed_level(at).unwrap_or_else(|| self.levels.next(between.width));
        let indent = self.style.indent.at(level);
        for (number, item) in between.breaks.iter().enumerate() {
            // A line with nothing but the escape character sets others apart; one of them is enough.
            let before = number.checked_sub(2).and_then(|_| between.breaks.get(number - 1));
            if before.is_none_or(|before| !before.comments.is_empty()) {
                self.out.push_str(if number == 0 { " " } else { &indent });
                self.end_line(item);
            }
            item.comments.iter().for_each(|comment| self.comment(&indent, comment));
        }
        self.out.push_str(&indent);
    }

    fn end_line(&mut self, item: &Break<'_>) {
        self.out.push(self.escape);
        self.out.push_str(item.newline);
    }

    fn comment(&mut self, indent: &str, comment: &Comment<'_>) {
        self.out.push_str(indent);
        self.out.push_str(comment.text);
        self.out.push_str(comment.newline);
    }

    /// The end of the instruction: its line end, comments behind an escape character that continues nothing, and
    /// heredocs.
    fn end(&mut self, line: &Line<'_>, end: usize) {
        let open = || line.breaks.iter().filter(|item| item.at >= end);
        let newline = open().map(|item| item.newline).chain([line.newline]).find(|text| text.ends_with('\n'));
        self.out.push_str(newline.unwrap_or(self.newline));
        for comment in open().flat_map(|item| &item.comments) {
            let line = format!("{}{}", comment.text, comment.newline);
            self.out.push_str(&with_line_end(&line, self.newline));
        }
        if !line.tail.is_empty() {
            self.out.push_str(&with_line_end(line.tail, self.newline));
        }
    }
}
