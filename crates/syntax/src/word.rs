//! Expansion of words: quotes, escapes and variables (Dockerfile reference, "Environment replacement").

use std::fmt;

use kit::TextRange;
use serde::Serialize;

use crate::pattern;
use crate::words::Words;

/// `${a:-${b:-…}}` deeper than this is refused, as every level takes stack.
const DEEPEST: usize = 64;

/// Looks up a variable; `None` when it is unset.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How a word is expanded, where the plain functions of this module do not fit.
#[expect(clippy::struct_excessive_bools, reason = "independent switches, as BuildKit has them")]
pub struct Expander<'a> {
    /// The escape character of the file.
    pub escape: char,
    /// Looks up a variable; `None` when it is unset.
    pub lookup: Lookup<'a>,
    /// Keep quotes in the result.
    pub raw_quotes: bool,
    /// Keep escape characters in the result.
    pub raw_escapes: bool,
    /// Quotes are characters like others.
    pub skip_quotes: bool,
    /// Keep `$name` of unset variables in the result.
    pub keep_unset: bool,
}

impl<'a> Expander<'a> {
    /// Expands as instructions do.
    pub fn new(escape: char, lookup: Lookup<'a>) -> Self {
        let (raw_quotes, raw_escapes, skip_quotes, keep_unset) = (false, false, false, false);
        Self { escape, lookup, raw_quotes, raw_escapes, skip_quotes, keep_unset }
    }

    /// Expands `word` to one text.
    pub fn expand(&self, word: &str) -> Result<Expanded, WordError> {
        let mut lexer = self.lexer(word);
        let text = lexer.until(None, self.raw_escapes, &mut Words::default())?;
        Ok(Expanded { text, unset: lexer.unset })
    }

    /// Expands `word` and splits the result at blanks outside of quotes.
    pub fn expand_words(&self, word: &str) -> Result<Vec<String>, WordError> {
        Ok(self.lexer(word).run()?.1)
    }

    fn lexer<'b>(&'b self, word: &'b str) -> Lexer<'b> {
        let mode = Mode {
            raw_quotes: self.raw_quotes,
            raw_escapes: self.raw_escapes,
            skip_quotes: self.skip_quotes,
            keep_unset: self.keep_unset,
        };
        Lexer::new(word, self.escape, self.lookup, mode)
    }
}

/// A word after expansion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expanded {
    /// The result.
    pub text: String,
    /// The names that were used though unset, without those that the word itself provides for, as `${a:-b}`
    /// does. In the order of their use; can hold a name twice.
    pub unset: Vec<String>,
}

/// A use of a variable in a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// `$name` or `${…}`, as offsets within the word.
    pub range: TextRange,
    /// Whether the word provides for the variable being unset: `-`, `+` or `?` follow the name.
    pub guarded: bool,
}

/// Expands one word to one text; quotes are removed. Blanks do not split it.
pub fn expand_word(word: &str, escape: char, lookup: Lookup<'_>) -> Result<Expanded, WordError> {
    if !word.contains(['$', '\'', '"', escape]) {
        return Ok(Expanded { text: word.to_owned(), unset: Vec::new() });
    }
    Expander::new(escape, lookup).expand(word)
}

/// Expands a word and splits the result at blanks outside of quotes, those of variables included.
pub fn expand_words(word: &str, escape: char, lookup: Lookup<'_>) -> Result<Vec<String>, WordError> {
    Expander::new(escape, lookup).expand_words(word)
}

/// Expands the lines of a heredoc whose word has no quotes: variables and escapes, while quotes are kept.
pub fn expand_heredoc(body: &str, escape: char, lookup: Lookup<'_>) -> Result<String, WordError> {
    let expander = Expander { skip_quotes: true, ..Expander::new(escape, lookup) };
    Ok(expander.expand(body)?.text)
}

/// The variables that a word uses, up to its first error.
pub fn variables(word: &str, escape: char) -> Vec<Variable> {
    if !word.contains('$') {
        return Vec::new();
    }
    let mut lexer = Lexer::new(word, escape, &|_| None, Mode { keep_unset: true, ..Mode::default() });
    // What comes before an error is still worth knowing; the error itself is that of the expansion.
    let _ = lexer.until(None, false, &mut Words::default());
    lexer.variables
}

/// What is wrong with a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordError {
    /// A quote without its partner.
    Quote(char),
    /// `${` without `}`.
    NoBrace,
    /// `${name/pattern` without the second `/`.
    NoSlash,
    /// `${}`, `${:…}` or `${{…}`.
    BadSubstitution,
    /// `${name=…}` and the like.
    Modifier(String),
    /// `${name?…}` of an unset variable.
    Required {
        /// The variable.
        name: String,
        /// Why it is needed.
        message: String,
    },
    /// A pattern with an escape it does not know.
    Pattern {
        /// The pattern.
        pattern: String,
        /// The escape.
        escape: String,
    },
    /// Too many `${…}` within each other.
    TooDeep,
}

impl fmt::Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quote('\'') => f.write_str("unexpected end while looking for the matching single quote"),
            Self::Quote(_) => f.write_str("unexpected end while looking for the matching double quote"),
            Self::NoBrace => f.write_str("missing `}` of a substitution"),
            Self::NoSlash => f.write_str("missing second `/` of a substitution"),
            Self::BadSubstitution => f.write_str("bad substitution"),
            Self::Modifier(modifier) => write!(f, "unsupported modifier `{modifier}` in a substitution"),
            Self::Required { name, message } => write!(f, "variable `{name}`: {message}"),
            Self::Pattern { pattern, escape } => {
                write!(f, "invalid escape `{escape}` in the pattern `{pattern}` of a substitution")
            }
            Self::TooDeep => write!(f, "more than {DEEPEST} substitutions within each other"),
        }
    }
}

impl std::error::Error for WordError {}

/// See [`Expander`].
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, as BuildKit has them")]
pub(crate) struct Mode {
    pub(crate) raw_quotes: bool,
    pub(crate) raw_escapes: bool,
    pub(crate) skip_quotes: bool,
    pub(crate) keep_unset: bool,
}

/// Reads a word from left to right.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    escape: char,
    lookup: Lookup<'a>,
    mode: Mode,
    depth: usize,
    unset: Vec<String>,
    variables: Vec<Variable>,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str, escape: char, lookup: Lookup<'a>, mode: Mode) -> Self {
        Self { text, at: 0, escape, lookup, mode, depth: 0, unset: Vec::new(), variables: Vec::new() }
    }

    /// The whole text, and the words it splits into.
    pub(crate) fn run(mut self) -> Result<(String, Vec<String>), WordError> {
        let mut words = Words::default();
        let text = self.until(None, self.mode.raw_escapes, &mut words)?;
        Ok((text, words.finish()))
    }

    /// The ranges of the words, unexpanded.
    pub(crate) fn raw_words(mut self) -> Result<Vec<std::ops::Range<usize>>, WordError> {
        let mut words = Vec::new();
        let mut start = None;
        while let Some(ch) = self.peek() {
            if ch.is_whitespace() {
                words.extend(start.take().map(|start| start..self.at));
                self.next();
                continue;
            }
            start.get_or_insert(self.at);
            if self.special(ch)?.is_none() {
                let escaped = self.next() == Some(self.escape);
                escaped.then(|| self.next());
            }
        }
        words.extend(start.map(|start| start..self.at));
        Ok(words)
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let ch = self.peek()?;
        self.at += ch.len_utf8();
        Some(ch)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Reads up to `stop` (and over it), or to the end.
    fn until(
        &mut self,
        stop: Option<char>,
        raw_escapes: bool,
        words: &mut Words,
    ) -> Result<String, WordError> {
        let outer = std::mem::replace(&mut self.mode.raw_escapes, raw_escapes);
        self.depth += 1;
        let result = if self.depth > DEEPEST { Err(WordError::TooDeep) } else { self.read(stop, words) };
        self.depth -= 1;
        self.mode.raw_escapes = outer;
        result
    }

    fn read(&mut self, stop: Option<char>, words: &mut Words) -> Result<String, WordError> {
        let mut out = String::new();
        while let Some(ch) = self.peek() {
            if stop == Some(ch) {
                self.next();
                return Ok(out);
            }
            if let Some(text) = self.special(ch)? {
                if ch == '$' {
                    words.add_text(&text);
                } else {
                    words.add_quoted(&text);
                }
                out.push_str(&text);
            } else {
                self.next();
                self.plain(ch, &mut out, words);
            }
        }
        if stop.is_some() { Err(WordError::NoBrace) } else { Ok(out) }
    }

    /// Takes what a character that is not special stands for.
    fn plain(&mut self, ch: char, out: &mut String, words: &mut Words) {
        if ch != self.escape {
            words.add_char(ch);
            out.push(ch);
            return;
        }
        if self.mode.raw_escapes {
            words.add_raw(ch);
            out.push(ch);
        }
        // An escape character at the very end escapes nothing and is dropped.
        if let Some(next) = self.next() {
            words.add_raw(next);
            out.push(next);
        }
    }

    /// Reads a variable or a quoted text, when `ch` begins one.
    fn special(&mut self, ch: char) -> Result<Option<String>, WordError> {
        match ch {
            '$' => self.dollar().map(Some),
            '\'' if !self.mode.skip_quotes => self.single().map(Some),
            '"' if !self.mode.skip_quotes => self.double().map(Some),
            _ => Ok(None),
        }
    }

    fn single(&mut self) -> Result<String, WordError> {
        let start = self.at;
        let length = self.text[start + 1..].find('\'').ok_or(WordError::Quote('\''))?;
        self.at = start + length + 2;
        let range = if self.mode.raw_quotes { start..self.at } else { start + 1..self.at - 1 };
        Ok(self.text[range].to_owned())
    }

    fn double(&mut self) -> Result<String, WordError> {
        let mut out = String::new();
        self.quote(&mut out);
        loop {
            match self.peek().ok_or(WordError::Quote('"'))? {
                '"' => {
                    self.quote(&mut out);
                    return Ok(out);
                }
                '$' => out.push_str(&self.dollar()?),
                _ => self.in_double(&mut out),
            }
        }
    }

    fn quote(&mut self, out: &mut String) {
        self.next();
        if self.mode.raw_quotes {
            out.push('"');
        }
    }

    /// In double quotes an escape character counts only before `"`, `$` and itself.
    fn in_double(&mut self, out: &mut String) {
        let Some(ch) = self.next() else { return };
        if ch != self.escape {
            out.push(ch);
            return;
        }
        if self.mode.raw_escapes {
            out.push(ch);
        }
        match self.peek() {
            None => {}
            Some(next) if next == '"' || next == '$' || next == self.escape => {
                self.next();
                out.push(next);
            }
            Some(_) => out.push(ch),
        }
    }

    fn dollar(&mut self) -> Result<String, WordError> {
        let start = self.at;
        self.next();
        if !self.eat('{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            self.used(name, start);
            return Ok(self.value(name).unwrap_or_else(|| self.unset(name, &["$", name])));
        }
        match self.peek() {
            None => return Err(WordError::NoBrace),
            Some('{' | '}' | ':') => return Err(WordError::BadSubstitution),
            Some(_) => {}
        }
        let name = self.name();
        let index = self.variables.len();
        self.used(name, start);
        let result = self.modified(name, index);
        self.variables[index].range.end = offset(self.at);
        result
    }

    fn used(&mut self, name: &str, start: usize) {
        let range = TextRange::of(start..self.at);
        self.variables.push(Variable { name: name.to_owned(), range, guarded: false });
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
    }

    /// What stands for an unset variable: nothing, or its own text.
    fn unset(&mut self, name: &str, text: &[&str]) -> String {
        self.unset.push(name.to_owned());
        if self.mode.keep_unset { text.concat() } else { String::new() }
    }

    /// A name, the digits of a positional parameter, or one of the special parameters of a shell.
    fn name(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let first = rest.chars().next().unwrap_or('}');
        let end = if first.is_numeric() {
            rest.find(|ch: char| !ch.is_numeric())
        } else if matches!(first, '@' | '*' | '#' | '?' | '-' | '$' | '!') {
            Some(1)
        } else {
            rest.find(|ch: char| !ch.is_alphanumeric() && ch != '_')
        };
        let name = &rest[..end.unwrap_or(rest.len())];
        self.at += name.len();
        name
    }

    /// Reads `${name…}` from behind the name.
    fn modified(&mut self, name: &str, index: usize) -> Result<String, WordError> {
        let start = self.at;
        let null_is_unset = match self.next().ok_or(WordError::NoBrace)? {
            '}' => {
                return Ok(self.value(name).unwrap_or_else(|| self.unset(name, &["${", name, "}"])));
            }
            '/' => return self.replaced(name),
            ':' => true,
            '+' | '-' | '?' | '#' | '%' => {
                self.at = start;
                false
            }
            other => return Err(WordError::Modifier(other.to_string())),
        };
        let operator = self.next().ok_or(WordError::NoBrace)?;
        let written = &self.text[start..self.at];
        let word = self.until(Some('}'), matches!(operator, '#' | '%'), &mut Words::default())?;
        self.variables[index].guarded = matches!(operator, '-' | '+' | '?');
        let value = self.value(name);
        if value.is_none() && self.mode.keep_unset {
            return Ok(["${", name, written, &word, "}"].concat());
        }
        let set = value.as_ref().is_some_and(|value| !null_is_unset || !value.is_empty());
        match operator {
            '-' => Ok(value.filter(|_| set).unwrap_or(word)),
            '+' => Ok(if set { word } else { String::new() }),
            '?' => value.filter(|_| set).ok_or_else(|| required(name, word, null_is_unset)),
            '#' | '%' => self.trimmed(name, value, operator, &word),
            _ => Err(WordError::Modifier(written.to_owned())),
        }
    }

    fn trimmed(
        &mut self,
        name: &str,
        value: Option<String>,
        operator: char,
        word: &str,
    ) -> Result<String, WordError> {
        let longest = word.starts_with(operator);
        let text = if longest { &word[1..] } else { word };
        let value = value.unwrap_or_else(|| self.unset(name, &[]));
        let pattern = pattern::Pattern::new(text)?;
        Ok(if operator == '#' {
            pattern.trim_start(&value, longest)
        } else {
            pattern.trim_end(&value, longest)
        })
    }

    /// Reads `${name/pattern/replacement}` from behind the first slash.
    fn replaced(&mut self, name: &str) -> Result<String, WordError> {
        let all = self.eat('/');
        let pattern = self.until(Some('/'), true, &mut Words::default()).map_err(|error| match error {
            WordError::NoBrace => WordError::NoSlash,
            other => other,
        })?;
        let replacement = self.until(Some('}'), true, &mut Words::default())?;
        let value = match self.value(name) {
            Some(value) => value,
            None if self.mode.keep_unset => {
                let slashes = if all { "//" } else { "/" };
                return Ok(["${", name, slashes, &pattern, "/", &replacement, "}"].concat());
            }
            None => self.unset(name, &[]),
        };
        Ok(pattern::Pattern::new(&pattern)?.replace(&value, &replacement, all))
    }
}

fn required(name: &str, message: String, null_is_unset: bool) -> WordError {
    let state = if null_is_unset { "empty" } else { "unset" };
    let message = if message.is_empty() { format!("is not allowed to be {state}") } else { message };
    WordError::Required { name: name.to_owned(), message }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        let pairs = [("a", "A"), ("empty", ""), ("path", "/usr/lib/x.tar.gz"), ("two", "x  y")];
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn patterns_trim_and_replace() {
        let check = |word: &str, expect: &str| {
            let shown =
                expand_word(word, '\\', &lookup).map_or_else(|error| error.to_string(), |done| done.text);
            assert_eq!(shown, expect, "{word}");
        };
        check("${path#*/}", "usr/lib/x.tar.gz");
        check("${path##*/}", "x.tar.gz");
        check("${path%.*}", "/usr/lib/x.tar");
        check("${path%%.*}", "/usr/lib/x");
        check("${path/lib/LIB}", "/usr/LIB/x.tar.gz");
        check("${path//\\//-}", "-usr-lib-x.tar.gz");
        check("${path//r?/}", "/uslib/x.tagz");
        check("${path/u*l/$a}", "/Aib/x.tar.gz");
        check("${none//a/b}", "");
        check("${path#\\x}", "invalid escape `\\x` in the pattern `\\x` of a substitution");
        check("${path/a}", "missing second `/` of a substitution");
        check("${path/a/b", "missing `}` of a substitution");
    }

    #[test]
    fn unset_names_are_told_and_guarded_ones_are_not() {
        let done = expand_word("$a$b${c}${d:-x}${e+y}\"$f\"'$g'${empty}", '\\', &lookup).unwrap();
        assert_eq!(done.text, "Ax$g");
        assert_eq!(done.unset, ["b", "c", "f"]);
    }

    #[test]
    fn heredocs_keep_their_quotes() {
        let check = |body: &str, expect: &str| {
            assert_eq!(expand_heredoc(body, '\\', &lookup).unwrap(), expect, "{body:?}");
        };
        check("it's \"$a\"\n", "it's \"A\"\n");
        check("\\\n", "\n");
        check("\\\\\n", "\\\n");
        check("\\$a\n", "$a\n");
    }

    #[test]
    fn variables_have_names_and_places() {
        let word = "x$a'$b'\"${c:-$d}\"${e/p/$f}\\$g${";
        let found = variables(word, '\\');
        let shown: Vec<_> =
            found.iter().map(|item| (item.name.as_str(), item.range.slice(word), item.guarded)).collect();
        let expect = [
            ("a", "$a", false),
            ("c", "${c:-$d}", true),
            ("d", "$d", false),
            ("e", "${e/p/$f}", false),
            ("f", "$f", false),
        ];
        assert_eq!(shown, expect);
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "${a:+".repeat(5000);
        assert_eq!(expand_word(&deep, '\\', &lookup), Err(WordError::TooDeep));
    }

    #[test]
    fn raw_modes_keep_quotes_escapes_and_unset_names() {
        let expander = Expander {
            raw_quotes: true,
            raw_escapes: true,
            keep_unset: true,
            ..Expander::new('\\', &lookup)
        };
        let word = "\"a b\" 'c' \\d ${x} $y ${z:-w}$a";
        assert_eq!(expander.expand(word).unwrap().text, "\"a b\" 'c' \\d ${x} $y ${z:-w}A");
    }
}
