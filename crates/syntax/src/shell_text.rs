//! The text that a shell gets from an instruction, and the way from each of its parts back to the file.

use std::ops::Range;

use kit::{SourceMap, TextRange};

use crate::heredoc::{HeredocPart, is_heredoc};
use crate::json::{self, Json};
use crate::keyword::Keyword;
use crate::statement::{Context, split_command};

/// What an instruction runs, as a shell gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellText {
    /// The text.
    pub text: String,
    /// Where its parts stand in the file.
    pub map: SourceMap,
    /// Which form it was made from.
    pub kind: ShellTextKind,
}

/// The forms of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShellTextKind {
    /// A line for the shell: continuation lines are joined without anything between them. The lines of its heredocs
    /// follow it, as the shell gets them (`RUN cat <<EOF`).
    Line,
    /// The lines of a heredoc that is the whole command (`RUN <<EOF`). The shell gets them as they are, or, when they
    /// begin with `#!`, the program that is named there.
    Script,
    /// A list of arguments, which no shell gets. The text is what one would have to write to run the same: each
    /// argument in single quotes.
    Exec,
}

impl ShellText {
    /// Where a part of the text stands in the file.
    pub fn source(&self, range: TextRange) -> TextRange {
        self.map.source(range)
    }

    fn push(&mut self, text: &str, source: TextRange) {
        self.text.push_str(text);
        self.map.push(length(text), source);
    }
}

impl Context<'_> {
    /// What the instruction in a part of the logical line runs.
    pub(crate) fn shell_text(&self, line: Range<usize>) -> Option<ShellText> {
        let command = split_command(self.logical.text(), line);
        let kind = Keyword::of(self.logical.slice(&command.keyword));
        let args = match kind {
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint => command.args,
            Keyword::Onbuild => return self.shell_text(command.args),
            Keyword::Healthcheck => {
                let (kind, rest) = self.healthcheck_kind(&command.args);
                self.logical.slice(&kind).eq_ignore_ascii_case("CMD").then_some(rest)?
            }
            _ => return None,
        };
        if args.is_empty() {
            return None;
        }
        match json::parse(self.logical.slice(&args)) {
            Json::Strings(words) => Some(self.exec_text(args.start, &words)),
            Json::Others => None,
            Json::NotAnArray => Some(self.line_text(&args, kind)),
        }
    }

    fn line_text(&self, args: &Range<usize>, kind: Keyword) -> ShellText {
        let line = self.logical.slice(args);
        if let Some(script) = self.heredocs.first().filter(|_| kind == Keyword::Run && is_heredoc(line)) {
            return self.script_text(script);
        }
        let map = self.logical.map(args);
        let mut out = ShellText { text: line.to_owned(), map, kind: ShellTextKind::Line };
        let mut done = 0;
        for heredoc in self.heredocs.iter().filter(|_| kind == Keyword::Run) {
            self.heredoc_lines(heredoc, done, &mut out);
            done = heredoc.end.map_or(heredoc.body.end, |end| end.end);
        }
        out
    }

    /// The lines of a heredoc, without the tabs that `<<-` removes.
    fn script_text(&self, heredoc: &HeredocPart) -> ShellText {
        let map = SourceMap::new(heredoc.body.start);
        let mut out = ShellText { text: String::new(), map, kind: ShellTextKind::Script };
        let mut start = heredoc.body.start;
        for line in heredoc.body.slice(self.source).split_inclusive('\n') {
            let content = if heredoc.strip_tabs { line.trim_start_matches('\t') } else { line };
            let end = start + length(line);
            out.push(content, TextRange::new(end - length(content), end));
            start = end;
        }
        out
    }

    /// The lines of a heredoc and the line that ends it, behind the line that opens it; the text before `done` is
    /// taken already.
    fn heredoc_lines(&self, heredoc: &HeredocPart, done: u32, out: &mut ShellText) {
        let body = heredoc.body;
        // The line feed before the body, which is missing when the file ends there.
        let before = TextRange::new(body.start.saturating_sub(1), body.start);
        let is_there = before.slice(self.source) == "\n" && before.start >= done;
        let line_end = if is_there { before } else { TextRange::new(body.start, body.start) };
        out.push("\n", line_end);
        out.push(body.slice(self.source), body);
        let name = &heredoc.name.value;
        let end = heredoc.end.map_or(TextRange::new(body.end, body.end), |end| {
            TextRange::new(end.end.saturating_sub(length(name)), end.end)
        });
        out.push(name, end);
    }

    /// Arguments in single quotes. `start` is where the places of the words count from.
    fn exec_text(&self, start: usize, words: &[(String, Range<usize>)]) -> ShellText {
        let place = |range: Range<usize>| self.logical.source(&(start + range.start..start + range.end));
        let text = self.logical.slice(&(start..self.logical.text().len()));
        let map = SourceMap::new(place(0..0).start);
        let mut out = ShellText { text: String::new(), map, kind: ShellTextKind::Exec };
        for (at, (_, range)) in words.iter().enumerate() {
            if at > 0 {
                out.push(" ", place(words[at - 1].1.end..range.start));
            }
            out.push("'", place(range.start..range.start + 1));
            for (part, range) in json::parts(text, range.start + 1..range.end - 1) {
                push_quoted(&mut out, &part, place(range));
            }
            out.push("'", place(range.end - 1..range.end));
        }
        out
    }
}

/// Adds a part of a text in single quotes, in which a single quote cannot stand by itself.
fn push_quoted(out: &mut ShellText, part: &str, source: TextRange) {
    let copied = length(part) == source.len();
    let mut at = source.start;
    for piece in part.split_inclusive('\'') {
        let plain = piece.trim_end_matches('\'');
        let place = |len: u32| if copied { TextRange::new(at, at + len) } else { source };
        out.push(plain, place(length(plain)));
        if plain.len() < piece.len() {
            let quote = place(length(piece));
            out.push("'\\''", if copied { TextRange::new(quote.end - 1, quote.end) } else { quote });
        }
        at += length(piece);
    }
}

fn length(text: &str) -> u32 {
    TextRange::of(0..text.len()).end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    /// The text of the last instruction, and for each part of it that is named the place in the file.
    fn check(source: &str, text: &str, places: &[(&str, &str)]) {
        let parse = parse(source);
        let found = parse.instructions().last().and_then(|item| item.shell_text(&parse)).expect(source);
        assert_eq!(found.text, text, "{source}");
        assert_eq!(found.map.len(), length(text), "{source}");
        for (part, place) in places {
            let start = text.find(part).expect(part);
            let range = TextRange::of(start..start + part.len());
            assert_eq!(found.source(range).slice(source), *place, "{part} in {source}");
        }
    }

    #[test]
    fn continued_lines_lead_back_to_their_pieces() {
        check("RUN --network=none  a b ", "a b", &[("a b", "a b")]);
        check(
            "RUN ab \\\n# note\n  cd\\\n\nef && \\\r\n g",
            "ab   cdef &&  g",
            &[
                ("ab", "ab"),
                ("cdef", "cd\\\n\nef"),
                ("cd", "cd"),
                ("ef", "ef"),
                ("g", "g"),
                ("b   c", "b \\\n# note\n  c"),
            ],
        );
        check("R\\\nUN a", "a", &[("a", "a")]);
        check("ENTRYPOINT a $B", "a $B", &[("$B", "$B")]);
        check(
            "HEALTHCHECK --interval=3s CMD a \\\n b || c",
            "a  b || c",
            &[("b ||", "b ||"), ("a  b", "a \\\n b")],
        );
        check("ONBUILD RUN --mount=type=cache,target=/x a\\\nb", "ab", &[("ab", "a\\\nb")]);
        check("ONBUILD CMD a", "a", &[("a", "a")]);
    }

    #[test]
    fn heredocs_follow_their_line_or_are_the_text() {
        check("RUN <<EOF\na\n b\nEOF\n", "a\n b\n", &[("a\n b", "a\n b")]);
        check(
            "RUN <<-EOF\n\ta\n\t\tb c\n\tEOF\n",
            "a\nb c\n",
            &[("a\nb", "a\n\t\tb"), ("b c", "b c"), ("c", "c")],
        );
        check("RUN <<-EOF\n\t\n\t\tb\n\tEOF\n", "\nb\n", &[("b", "b")]);
        check("RUN cat <<A \\\n <<-\"B\" > f\nx\nA\n\ty\n\tB\n", "cat <<A  <<-\"B\" > f\nx\nA\n\ty\nB", &[]);
        check(
            "RUN cat <<A \\\n > f\nx y\nA\n",
            "cat <<A  > f\nx y\nA",
            &[("> f\nx", "> f\nx"), ("y\nA", "y\nA"), ("<<A  >", "<<A \\\n >")],
        );
        check(
            "RUN cat <<A\r\nx\r\nA\r\n",
            "cat <<A\nx\r\nA",
            &[("<<A\nx", "<<A\r\nx"), ("x\r\nA", "x\r\nA")],
        );
        check("RUN cat <<-A\n\tx\n\tA", "cat <<-A\n\tx\nA", &[("x\nA", "x\n\tA")]);
        check("ONBUILD RUN <<EOF\na\nEOF\n", "a\n", &[("a", "a")]);
        check("RUN cat <<A", "cat <<A\nA", &[("cat", "cat")]);
    }

    #[test]
    fn arguments_are_quoted() {
        check(
            "CMD [\"sh\", \\\n \"-c\",\"echo \\\"a\\\" 'b' \\u0041 && c\"]",
            "'sh' '-c' 'echo \"a\" '\\''b'\\'' A && c'",
            &[
                ("'sh'", "\"sh\""),
                ("-c", "-c"),
                ("echo", "echo"),
                ("\"a\"", "\\\"a\\\""),
                ("b", "b"),
                ("A", "\\u0041"),
                ("c'", "c\""),
            ],
        );
        check("RUN [\"a\"]", "'a'", &[("a", "a")]);
    }

    #[test]
    fn what_runs_nothing_has_no_text() {
        for source in
            ["FROM a", "RUN", "HEALTHCHECK NONE", "CMD [1]", "ENV a=b", "ONBUILD USER a", "COPY a b", "x"]
        {
            let parse = parse(source);
            let instruction = parse.instructions().next().expect(source);
            assert_eq!(instruction.shell_text(&parse), None, "{source}");
        }
    }
}
