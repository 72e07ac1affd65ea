//! The simple commands of a shell text: a small reader for the shapes that build steps have, not a shell. Commands
//! of `$(…)` and of subshells are in the list, too; what cannot be read is left out rather than guessed.

use std::ops::Range;

/// `$(…)` deeper than this is left out, as every level takes stack.
const DEEPEST: usize = 8;

/// A word after removal of quotes. Variables and substitutions stay as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// Where it stands in the shell text.
    pub(crate) range: Range<usize>,
    /// Whether the shell replaces something in it: `$`, a backquote, or a pattern.
    pub(crate) expands: bool,
}

/// `> file` and the like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// Without the file descriptor.
    pub(crate) operator: String,
    pub(crate) target: Word,
}

impl Redirect {
    /// Whether it writes to a file.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.operator.as_str(), ">" | ">>" | ">|" | "&>" | "&>>")
    }
}

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Command {
    /// `NAME=value` before the command.
    pub(crate) assignments: Vec<Word>,
    pub(crate) words: Vec<Word>,
    pub(crate) redirects: Vec<Redirect>,
    /// Whether its input is the output of the command before.
    pub(crate) piped: bool,
    /// Depth of `$(…)` it stands in.
    pub(crate) nested: usize,
}

/// Words that may stand before a command without being one.
const RESERVED: &[&str] = &["if", "then", "elif", "else", "while", "until", "do", "!", "{", "time"];
/// Commands that run the command they are given.
const WRAPPERS: &[&str] =
    &["sudo", "env", "exec", "command", "nice", "nohup", "eatmydata", "xargs", "doas", "gosu", "su-exec"];

impl Command {
    /// Arguments from the command itself on, behind wrappers like `sudo -E` and `env A=b`.
    pub(crate) fn argv(&self) -> &[Word] {
        let mut words = &self.words[..];
        while let [first, rest @ ..] = words {
            if !WRAPPERS.contains(&base(&first.text)) {
                break;
            }
            let skip = rest
                .iter()
                .take_while(|word| word.text.starts_with('-') || is_assignment(&word.text))
                .count();
            words = &rest[skip..];
        }
        words
    }

    /// Name of the command without its directory; empty for a list of assignments.
    pub(crate) fn name(&self) -> &str {
        self.argv().first().map_or("", |word| base(&word.text))
    }

    /// Arguments behind the name.
    pub(crate) fn args(&self) -> &[Word] {
        self.argv().get(1..).unwrap_or_default()
    }

    /// Arguments behind the name that are no options.
    pub(crate) fn operands(&self) -> impl Iterator<Item = &Word> {
        self.args().iter().filter(|word| !word.text.starts_with('-'))
    }

    /// The option among the arguments: a long one with or without `=value`, or a short one, alone or in a cluster.
    pub(crate) fn option(&self, name: &str) -> Option<&Word> {
        self.args().iter().find(|word| is_option(&word.text, name))
    }

    /// The value of an option: behind `=`, directly behind a short option, or in the next word.
    pub(crate) fn value(&self, names: &[&str]) -> Option<(&str, &Word)> {
        let args = self.args();
        args.iter().enumerate().find_map(|(at, word)| {
            let name = names.iter().find(|name| word.text.starts_with(**name))?;
            let rest = &word.text[name.len()..];
            let next = || args.get(at + 1).map(|next| (next.text.as_str(), next));
            match rest.strip_prefix('=') {
                Some(value) => Some((value, word)),
                None if rest.is_empty() => next(),
                None if !name.starts_with("--") && name.len() == 2 => Some((rest, word)),
                None => None,
            }
        })
    }

    /// From its first word to its last.
    pub(crate) fn range(&self) -> Range<usize> {
        let words = || self.assignments.iter().chain(&self.words);
        let start = words().map(|word| word.range.start).min().unwrap_or(0);
        start..words().map(|word| word.range.end).max().unwrap_or(start)
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_option(word: &str, name: &str) -> bool {
    match name.strip_prefix('-').filter(|short| short.len() == 1) {
        Some(short) => {
            word.len() > 1 && word.starts_with('-') && !word.starts_with("--") && word[1..].contains(short)
        }
        None => word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')),
    }
}

fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    !name.is_empty()
        && !name.starts_with(|ch: char| ch.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The commands of a shell text, in the order in which they begin.
pub(crate) fn commands(text: &str) -> Vec<Command> {
    let mut reader =
        Reader { text, at: 0, offset: 0, depth: 0, out: Vec::new(), current: Command::default() };
    reader.run();
    reader.out
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Where `text` begins in the whole.
    offset: usize,
    depth: usize,
    out: Vec<Command>,
    current: Command,
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn run(&mut self) {
        self.current.nested = self.depth;
        while let Some(byte) = self.rest().first().copied() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if matches!(self.rest().get(1), Some(b'\n')) => self.at += 2,
                b'#' => self.comment(),
                b'\n' | b';' | b'(' | b')' => {
                    self.at += 1;
                    self.end(false);
                }
                b'&' if self.rest().get(1) == Some(&b'>') => self.redirect(),
                b'&' => self.operator(b'&', false),
                b'|' => self.operator(b'|', true),
                b'<' if self.rest().get(1) == Some(&b'(') => self.word(),
                b'<' | b'>' => self.redirect(),
                b'0'..=b'9' if self.is_descriptor() => self.redirect(),
                _ => self.word(),
            }
        }
        self.end(false);
    }

    fn comment(&mut self) {
        self.at += self.rest().iter().position(|byte| *byte == b'\n').unwrap_or(self.rest().len());
    }

    /// `&`, `&&`, `|`, `||` or `|&`.
    fn operator(&mut self, byte: u8, pipe: bool) {
        self.at += 1;
        let double = self.rest().first() == Some(&byte);
        let both = byte == b'|' && self.rest().first() == Some(&b'&');
        self.at += usize::from(double || both);
        self.end(pipe && !double);
    }

    fn end(&mut self, pipe: bool) {
        let next = Command { piped: pipe, nested: self.depth, ..Command::default() };
        let mut command = std::mem::replace(&mut self.current, next);
        if command.words.is_empty() && command.redirects.is_empty() && command.assignments.is_empty() {
            self.current.piped |= command.piped && !pipe;
            return;
        }
        command.nested = self.depth;
        self.out.push(command);
    }

    fn is_descriptor(&self) -> bool {
        let rest = self.rest();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        matches!(rest.get(digits), Some(b'<' | b'>'))
    }

    fn redirect(&mut self) {
        while self.rest().first().is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        let start = self.at;
        while self.rest().first().is_some_and(|byte| matches!(byte, b'<' | b'>' | b'&' | b'|')) {
            self.at += 1;
        }
        let operator = self.text[start..self.at].to_owned();
        while matches!(self.rest().first(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if let Some(target) = self.read_word() {
            self.current.redirects.push(Redirect { operator, target });
        }
    }

    fn word(&mut self) {
        let Some(word) = self.read_word() else { return };
        let command = &mut self.current;
        if command.words.is_empty() {
            if word.range.len() == word.text.len() && RESERVED.contains(&word.text.as_str()) {
                return;
            }
            if is_assignment(&word.text) {
                command.assignments.push(word);
                return;
            }
        }
        command.words.push(word);
    }

    fn read_word(&mut self) -> Option<Word> {
        let start = self.at;
        let (mut text, mut expands) = (String::new(), false);
        while let Some(byte) = self.rest().first().copied() {
            match byte {
                b'(' if self.at > start => self.group(&mut text),
                b'<' if self.rest().get(1) == Some(&b'(') => {
                    self.at += 1;
                    text.push('<');
                    self.group(&mut text);
                    expands = true;
                }
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' => break,
                b'\'' => self.single(&mut text),
                b'"' => expands |= self.double(&mut text),
                b'\\' => self.escaped(&mut text),
                b'$' | b'`' => {
                    expands = true;
                    self.substitution(&mut text);
                }
                b'*' | b'?' | b'[' => {
                    expands = true;
                    self.plain(&mut text);
                }
                _ => self.plain(&mut text),
            }
        }
        if self.at == start {
            // Nothing that begins a word: skip it, so that the reader always moves on.
            self.plain(&mut String::new());
            return None;
        }
        Some(Word { text, range: self.offset + start..self.offset + self.at, expands })
    }

    fn plain(&mut self, text: &mut String) {
        if let Some(ch) = self.text[self.at..].chars().next() {
            text.push(ch);
            self.at += ch.len_utf8();
        }
    }

    fn escaped(&mut self, text: &mut String) {
        self.at += 1;
        if self.rest().first() == Some(&b'\n') {
            self.at += 1;
        } else {
            self.plain(text);
        }
    }

    fn single(&mut self, text: &mut String) {
        self.at += 1;
        let length = self.text[self.at..].find('\'').unwrap_or(self.text.len() - self.at);
        text.push_str(&self.text[self.at..self.at + length]);
        self.at = (self.at + length + 1).min(self.text.len());
    }

    /// Says whether something is replaced in it.
    fn double(&mut self, text: &mut String) -> bool {
        self.at += 1;
        let mut expands = false;
        while let Some(byte) = self.rest().first().copied() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return expands;
                }
                b'\\' if matches!(self.rest().get(1), Some(b'"' | b'\\' | b'$' | b'`' | b'\n')) => {
                    self.escaped(text);
                }
                b'$' | b'`' => {
                    expands = true;
                    self.substitution(text);
                }
                _ => self.plain(text),
            }
        }
        expands
    }

    /// `$name`, `${…}`, `$(…)`, `$((…))` or backquotes: kept as written.
    fn substitution(&mut self, text: &mut String) {
        let start = self.at;
        match (self.rest()[0], self.rest().get(1)) {
            (b'$', Some(b'(')) => {
                text.push('$');
                self.at += 1;
                return self.group(text);
            }
            (b'$', Some(b'{')) => {
                let length = self.text[self.at..].find('}').map_or(self.text.len() - self.at, |at| at + 1);
                self.at += length;
            }
            (b'`', _) => {
                let inner = self.at + 1;
                let length = self.text[inner..].find('`').unwrap_or(self.text.len() - inner);
                self.nested(inner, inner + length);
                self.at = (inner + length + 1).min(self.text.len());
            }
            _ => self.at += 1,
        }
        text.push_str(&self.text[start..self.at]);
    }

    /// `(…)` with what belongs to it; commands in it are read, too.
    fn group(&mut self, text: &mut String) {
        let start = self.at;
        let end = closing(&self.text[start..]).map_or(self.text.len(), |at| start + at);
        self.nested(start + 1, end);
        self.at = (end + 1).min(self.text.len());
        text.push_str(&self.text[start..self.at]);
    }

    fn nested(&mut self, start: usize, end: usize) {
        let Some(inner) = self.text.get(start..end).filter(|_| self.depth < DEEPEST) else { return };
        let offset = self.offset + start;
        let depth = self.depth + 1;
        let mut reader =
            Reader { text: inner, at: 0, offset, depth, out: Vec::new(), current: Command::default() };
        reader.run();
        self.out.append(&mut reader.out);
    }
}

/// Where the parenthesis that the text begins with is closed; quotes are respected.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (Some(open), close) if open == close => quote = None,
            (Some(b'\''), _) => {}
            (_, b'\\') => drop(bytes.next()),
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> Vec<String> {
        let line = |command: &Command| {
            let mut parts: Vec<String> = Vec::new();
            parts.extend(command.piped.then(|| "|".to_owned()));
            parts.extend(command.assignments.iter().map(|word| format!("{{{}}}", word.text)));
            parts.extend(command.words.iter().map(|word| word.text.clone()));
            parts.extend(
                command.redirects.iter().map(|item| format!("{}[{}]", item.operator, item.target.text)),
            );
            parts.join(" ")
        };
        commands(text).iter().map(line).collect()
    }

    #[test]
    fn commands_are_split_at_operators() {
        let check = |text: &str, expect: &[&str]| assert_eq!(show(text), expect, "{text}");
        check("a b && c || d; e & f", &["a b", "c", "d", "e", "f"]);
        check("curl x | sh -s -- y", &["curl x", "| sh -s -- y"]);
        check("a |& b", &["a", "| b"]);
        check("set -ex\n# note\na b # end\n c", &["set -ex", "a b", "c"]);
        check("if [ -f x ]; then a; else b; fi", &["[ -f x ]", "a", "b", "fi"]);
        check("(cd x && make)", &["cd x", "make"]);
        check("A=1 B='2 3' cmd x=y", &["{A=1} {B=2 3} cmd x=y"]);
        check("A=$(cat f)", &["cat f", "{A=$(cat f)}"]);
        check("", &[]);
    }

    #[test]
    fn quotes_redirects_and_substitutions_are_read() {
        let check = |text: &str, expect: &[&str]| assert_eq!(show(text), expect, "{text}");
        check("echo \"a b\" 'c;d' e\\ f", &["echo a b c;d e f"]);
        check("echo x >/a 2>&1 >> b", &["echo x >[/a] >&[1] >>[b]"]);
        check("a &> /dev/null", &["a &>[/dev/null]"]);
        check("sh -c \"$(curl -f u)\"", &["curl -f u", "sh -c $(curl -f u)"]);
        check("bash <(curl u)", &["curl u", "bash <(curl u)"]);
        check("echo `id -u` ${A:-b c}", &["id -u", "echo `id -u` ${A:-b c}"]);
        check("awk '{print $1}' f", &["awk {print $1} f"]);
    }

    #[test]
    fn wrappers_do_not_hide_a_command() {
        let check = |text: &str, name: &str| assert_eq!(commands(text)[0].name(), name, "{text}");
        check("sudo -E apt-get update", "apt-get");
        check("env A=b /usr/bin/make x", "make");
        check("make", "make");
        check("A=b", "");
    }

    #[test]
    fn options_are_found_with_their_values() {
        let command = &commands("curl -fsSLo /x --retry=3 --output /y -H a")[0];
        assert!(command.option("-L").is_some() && command.option("--retry").is_some());
        assert!(command.option("-k").is_none());
        assert_eq!(command.value(&["--output"]).map(|(value, _)| value), Some("/y"));
        assert_eq!(command.value(&["--retry"]).map(|(value, _)| value), Some("3"));
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        for text in [
            "$",
            "`",
            "${",
            "$(",
            "'",
            "\"",
            "\\",
            "((((",
            ")",
            "<",
            "a<(",
            "é\"é$é",
            ">",
            "&|;",
            "1>",
            "((1+2))",
        ] {
            for command in commands(text) {
                assert!(text.get(command.range()).is_some(), "{text}");
            }
        }
    }
}
