//! Scripts in arguments and here-documents: `sh -c '…'`, `bash <<EOF`.

use kit::{SourceMap, TextRange};

use super::value::{decode, value};
use super::{Arg, Invocation, Piece, Redirect, Word};
use crate::dialect::Dialect;
use crate::kind::Kind;
use crate::tree::Parse;

/// A script that a command gives to a shell, as an argument or on its standard input.
#[derive(Debug, Clone)]
pub struct Embedded<'a> {
    /// The argument; the name of the shell when the script is a here-document.
    pub word: Word<'a>,
    /// The script. What the outer shell expands in it stays as it is written.
    pub text: String,
    /// From the script to the text that the argument stands in.
    pub map: SourceMap,
    /// The language of the script.
    pub dialect: Dialect,
    /// Whether the outer shell expands nothing in it, so that it is the script as it is run.
    pub is_literal: bool,
}

impl Embedded<'_> {
    /// Parses the script.
    pub fn parse(&self) -> Parse {
        crate::parse(&self.text, self.dialect)
    }
}

impl<'a> Invocation<'a> {
    /// The script that it gives to a shell: of `sh -c`, `bash -c` and their like, of `su -c`, and of `eval` with one
    /// argument; and the here-document that a shell reads on its standard input.
    pub fn script(&self) -> Option<Embedded<'a>> {
        let (word, dialect) = match self.name() {
            "su" | "runuser" => (self.value(&["-c", "--command"])?.1, Dialect::Posix),
            "eval" => match self.args() {
                [only] => (only, self.command().node().parse().dialect()),
                _ => return None,
            },
            name => match Dialect::of_program(name) {
                Dialect::Other => return None,
                dialect => match command_string(self.args()) {
                    Some(word) => (word, dialect),
                    None => return self.input_script(dialect),
                },
            },
        };
        // `--command=…` would need a part of the word.
        let whole = !word.text.starts_with("--") && !word.text.starts_with("-c");
        whole.then(|| embedded(word.word, dialect))
    }

    /// The here-document of a shell that is given no file to run.
    fn input_script(&self, dialect: Dialect) -> Option<Embedded<'a>> {
        let reads_input = self.args().iter().all(|arg| arg.text.starts_with('-'));
        let input = |redirect: &Redirect<'a>| redirect.descriptor().is_none_or(|number| number == 0);
        let redirects = self.command().redirects().filter(|_| reads_input).filter(input);
        let heredoc = redirects.filter_map(Redirect::heredoc).last()?;
        let text = heredoc.body().text();
        if heredoc.redirect().operator() == "<<-" && text.contains('\t') {
            // The tabs would have to be taken away.
            return None;
        }
        let mut map = SourceMap::new(heredoc.body().range().start);
        map.push(TextRange::of(0..text.len()).end, heredoc.body().range());
        let is_literal = heredoc.is_quoted() || !text.contains(['$', '`', '\\']);
        Some(Embedded { word: self.program()?.word, text: text.to_owned(), map, dialect, is_literal })
    }
}

/// The script among the arguments of a shell: with `-c` the first that is no option.
fn command_string<'b, 'a>(args: &'b [Arg<'a>]) -> Option<&'b Arg<'a>> {
    let (mut wanted, mut value) = (false, false);
    for arg in args {
        let text = arg.text.as_ref();
        if std::mem::take(&mut value) || text.starts_with("--") {
            value = matches!(text, "--rcfile" | "--init-file");
        } else if text.len() > 1 && text.starts_with(['-', '+']) {
            wanted |= text.contains('c');
            value = text.ends_with(['o', 'O']);
        } else {
            return wanted.then_some(arg);
        }
    }
    None
}

fn embedded(word: Word<'_>, dialect: Dialect) -> Embedded<'_> {
    let (mut text, mut map) = (String::new(), SourceMap::new(word.range().start));
    let mut is_literal = true;
    for piece in word.pieces() {
        is_literal &= !piece.is_expansion();
        for (part, range) in parts(piece) {
            map.push(TextRange::of(0..part.len()).end, range);
            text.push_str(&part);
        }
    }
    Embedded { word, text, map, dialect, is_literal }
}

/// The text of a piece with the place of each part of it.
fn parts(piece: Piece<'_>) -> Vec<(String, TextRange)> {
    let range = piece.node.range();
    let text = value(piece.node);
    let opening = match piece.node.kind() {
        Kind::SingleQuoted | Kind::DoubleQuoted => 1,
        Kind::AnsiQuoted | Kind::TranslatedQuoted => 2,
        _ => 0,
    };
    let inner = TextRange::new(range.start + opening, range.end);
    if piece.node.data().unescape {
        return vec![(text.into_owned(), range)];
    }
    if piece.node.kind() == Kind::AnsiQuoted {
        let raw = inner.slice(piece.node.parse().text());
        let place = |part: &std::ops::Range<usize>| {
            let part = TextRange::of(part.clone());
            TextRange::new(inner.start + part.start, inner.start + part.end)
        };
        let decoded = decode(raw.strip_suffix('\'').unwrap_or(raw));
        return decoded.into_iter().map(|(part, at)| (part, place(&at))).collect();
    }
    let length = TextRange::of(0..text.len()).end;
    let place = if opening > 0 { TextRange::new(inner.start, inner.start + length) } else { range };
    vec![(text.into_owned(), place)]
}
