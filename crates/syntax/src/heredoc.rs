//! Heredocs: `<<NAME`, `<<-NAME`, `<<"NAME"` and `3<<NAME`.

use std::ops::Range;

use kit::TextRange;
use serde::Serialize;

use crate::error::Spanned;
use crate::json;
use crate::keyword::Keyword;
use crate::logical::Logical;
use crate::statement::split_command;
use crate::word::{Lexer, Mode};

/// A heredoc of an instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heredoc {
    /// The word that ends it, without quotes. For COPY and ADD the name of the file, too.
    pub name: Spanned<String>,
    /// Its lines, with the tabs they begin with removed in the form `<<-`.
    pub body: Spanned<String>,
    /// Whether variables are expanded in it: not when the word has quotes.
    pub expand: bool,
    /// Whether it has the form `<<-`.
    pub strip_tabs: bool,
    /// The file descriptor before `<<`.
    pub fd: Option<u32>,
    /// The lines as they stand in the file, when `body` differs from them.
    #[serde(skip)]
    raw: Option<String>,
}

impl Heredoc {
    /// Its lines as they stand in the file.
    pub fn raw_body(&self) -> &str {
        self.raw.as_deref().unwrap_or(&self.body.value)
    }
}

/// Whether a word opens a heredoc, as `<<EOF` does.
pub fn is_heredoc(word: &str) -> bool {
    operator(word).is_some()
}

/// A heredoc as the tree holds it.
#[derive(Debug, Clone)]
pub(crate) struct HeredocPart {
    pub(crate) name: Spanned<String>,
    /// The word that opens it.
    pub(crate) range: TextRange,
    pub(crate) expand: bool,
    pub(crate) strip_tabs: bool,
    pub(crate) fd: Option<u32>,
    pub(crate) body: TextRange,
    /// The word that ends it.
    pub(crate) end: Option<TextRange>,
}

impl HeredocPart {
    /// The heredoc with its text.
    pub(crate) fn heredoc(&self, source: &str) -> Heredoc {
        let raw = self.body.slice(source);
        let stripped = self.strip_tabs.then(|| strip_tabs(raw)).filter(|text| text != raw);
        let (body, raw) = match stripped {
            Some(stripped) => (stripped, Some(raw.to_owned())),
            None => (raw.to_owned(), None),
        };
        Heredoc {
            name: self.name.clone(),
            body: Spanned::new(body, self.body),
            expand: self.expand,
            strip_tabs: self.strip_tabs,
            fd: self.fd,
            raw,
        }
    }
}

fn strip_tabs(text: &str) -> String {
    text.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}

/// The heredocs that a logical line opens. There are none in the JSON form, and none when the quotes of the line
/// do not match: then no shell could read it either.
pub(crate) fn find(logical: &Logical<'_>, kind: Keyword) -> Vec<HeredocPart> {
    let text = logical.text();
    if !can_hold(text, 0..text.len(), kind) {
        return Vec::new();
    }
    let words = raw_words(text).unwrap_or_default();
    words.into_iter().filter_map(|word| part(logical, word)).collect()
}

fn can_hold(text: &str, line: Range<usize>, kind: Keyword) -> bool {
    let command = split_command(text, line);
    let args = command.args;
    if kind == Keyword::Onbuild {
        let inner = split_command(text, args.clone());
        let inner_kind = Keyword::of(&text[inner.keyword]);
        return inner_kind.takes_heredocs() && can_hold(text, args, inner_kind);
    }
    !matches!(json::parse(&text[args]), json::Json::Strings(_))
}

fn part(logical: &Logical<'_>, word: Range<usize>) -> Option<HeredocPart> {
    let found = operator(&logical.text()[word.clone()])?;
    let name_at = word.start + found.name_at..word.end;
    Some(HeredocPart {
        name: Spanned::new(found.name, logical.source(&name_at)),
        range: logical.source(&word),
        expand: found.expand,
        strip_tabs: found.strip_tabs,
        fd: found.fd,
        body: TextRange::default(),
        end: None,
    })
}

struct Operator {
    name: String,
    name_at: usize,
    expand: bool,
    strip_tabs: bool,
    fd: Option<u32>,
}

/// Reads `[fd]<<[-]word`, where the word has no further `<`.
fn operator(word: &str) -> Option<Operator> {
    let digits = word.bytes().position(|byte| !byte.is_ascii_digit())?;
    let behind = word[digits..].strip_prefix("<<")?;
    let rest = behind.strip_prefix('-').unwrap_or(behind);
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let mode = Mode { keep_unset: true, ..Mode::default() };
    let (_, words) = Lexer::new(rest, '\\', &|_| None, mode).run().ok()?;
    let mut words = words.into_iter();
    let (Some(name), None) = (words.next(), words.next()) else { return None };
    Some(Operator {
        expand: name == rest,
        name,
        name_at: word.len() - rest.len(),
        strip_tabs: behind.len() != rest.len(),
        fd: word[..digits].parse().ok(),
    })
}

/// The words of a line as a shell splits it, with quotes and escapes kept; `None` when it cannot be split.
fn raw_words(text: &str) -> Option<Vec<Range<usize>>> {
    let mode = Mode { keep_unset: true, raw_quotes: true, raw_escapes: true, ..Mode::default() };
    Lexer::new(text, '\\', &|_| None, mode).raw_words().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operators(line: &str) -> String {
        let words = raw_words(line).unwrap_or_default();
        let shown = words.into_iter().filter_map(|word| operator(&line[word])).map(|found| {
            let fd = found.fd.map(|fd| fd.to_string()).unwrap_or_default();
            let dash = if found.strip_tabs { "-" } else { "" };
            let quote = if found.expand { "" } else { "'" };
            format!("{fd}<<{dash}{quote}{}{quote}", found.name)
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn heredoc_words_are_found_as_a_shell_finds_them() {
        for (line, expect) in [
            ("RUN <<EOF", "<<EOF"),
            ("RUN <<-EOF cat", "<<-EOF"),
            ("RUN <<'EOF' <<\"FOO\" x", "<<'EOF' <<'FOO'"),
            ("RUN <<E\"O\"F", "<<'EOF'"),
            ("RUN <<'a b'", "<<'a b'"),
            ("RUN cat 3<<EOF", "3<<EOF"),
            ("RUN <<$EOF", "<<$EOF"),
            ("RUN cat<<EOF", ""),
            ("RUN <<<here", ""),
            ("RUN << EOF", ""),
            ("RUN <<", ""),
            ("RUN echo '<<EOF'", ""),
            ("RUN echo \\<<EOF", ""),
            ("RUN echo it's <<EOF", ""),
            ("RUN echo ${} <<EOF", ""),
            ("RUN echo $(( 1 << 2 ))", ""),
            ("RUN <<EOF>out", "<<EOF>out"),
        ] {
            assert_eq!(operators(line), expect, "{line}");
        }
    }
}
