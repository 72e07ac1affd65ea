//! The blanks of a shell command that do nothing but separate words.
//!
//! A RUN over several lines reaches the shell as one line, in which the indentation of its lines is still there.
//! To the shell it does not matter: blanks outside of quotes separate words, and two separate as one does (POSIX
//! Shell Command Language, "Token Recognition"). [`squeeze_shell`] gives the form that all such texts share, so
//! that a Dockerfile can be indented anew without a step of its build being another one.
//!
//! Only `sh`, `dash`, `ash` and `bash` are known well enough. What is read in different ways by them, or not read
//! here to its end, is left as it is.

use std::borrow::Cow;
use std::ops::Range;

/// The runs of blanks and tabs in `command` that could be of any length but none. Empty when the command is not
/// understood.
pub fn shell_blanks(command: &str) -> Vec<Range<usize>> {
    let mut reader = Reader::new(command.as_bytes());
    match reader.read() {
        Some(()) => reader.free,
        None => Vec::new(),
    }
}

/// The command with one blank in place of each run of them that only separates words.
pub fn squeeze_shell(command: &str) -> Cow<'_, str> {
    let mut runs = shell_blanks(command);
    runs.retain(|run| &command[run.clone()] != " ");
    if runs.is_empty() {
        return Cow::Borrowed(command);
    }
    let mut out = String::with_capacity(command.len());
    let mut last = 0;
    for run in runs {
        out.push_str(&command[last..run.start]);
        out.push(' ');
        last = run.end;
    }
    out.push_str(&command[last..]);
    Cow::Owned(out)
}

/// Whether the words of SHELL end in a shell that reads its command as [`squeeze_shell`] expects: `/bin/sh -c`,
/// `bash -o pipefail -ec`, `conda run -n env bash -c`.
pub fn is_posix_shell<S: AsRef<str>>(words: &[S]) -> bool {
    let Some((last, before)) = words.split_last() else { return false };
    let takes_command = last.as_ref().strip_prefix('-').is_some_and(|letters| {
        letters.ends_with('c') && letters.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let name = |word: &S| matches!(word.as_ref().rsplit('/').next(), Some("sh" | "dash" | "ash" | "bash"));
    takes_command && before.iter().any(name)
}

/// What a place of the command is inside of. No frame at all means the command itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// `"…"`
    Double,
    /// `$(…)`: a command again.
    Substitution,
    /// `(…)` within a substitution.
    Group,
    /// Where blanks can mean something, up to this byte: `${…}`, `$((…))`, `name=(…)`, `@(…)`, `<(…)`.
    Opaque(u8),
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    /// Whether a word would begin here.
    word_start: bool,
    /// Within `[[ … =~ … ]]`, where parentheses can hold blanks.
    regex: bool,
    free: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, frames: Vec::new(), word_start: true, regex: false, free: Vec::new() }
    }

    /// Reads the command; `None` when it is not understood.
    fn read(&mut self) -> Option<()> {
        while let Some(byte) = self.peek(0) {
            match self.frames.last() {
                Some(Frame::Double) => self.double(byte)?,
                _ if byte == b'#' && self.word_start => {
                    // A comment goes up to the end, as there is only one line; nothing can be closed after it.
                    return self.frames.is_empty().then_some(());
                }
                Some(Frame::Opaque(close)) => self.opaque(byte, *close)?,
                _ => self.code(byte)?,
            }
        }
        self.frames.is_empty().then_some(())
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Goes on by `length` bytes that belong to a word.
    const fn word(&mut self, length: usize) {
        self.at += length;
        self.word_start = false;
    }

    /// Goes on by `length` bytes behind which a word begins.
    const fn operator(&mut self, length: usize) {
        self.at += length;
        self.word_start = true;
    }

    fn open(&mut self, frame: Frame, length: usize) {
        self.frames.push(frame);
        self.operator(length);
    }

    fn code(&mut self, byte: u8) -> Option<()> {
        match byte {
            b' ' | b'\t' => self.blanks(),
            b'(' => self.parenthesis(),
            b')' => match self.frames.pop() {
                Some(Frame::Substitution) => self.word(1),
                // Without a frame it ends a subshell or a pattern of `case`: both are code before and after.
                _ => self.operator(1),
            },
            b'<' | b'>' if self.peek(1) == Some(b'(') => self.open(Frame::Opaque(b')'), 2),
            b';' | b'&' | b'|' | b'<' | b'>' => self.operator(1),
            b'\n' => return None,
            _ => return self.part_of_word(byte),
        }
        Some(())
    }

    fn blanks(&mut self) {
        let start = self.at;
        while matches!(self.peek(0), Some(b' ' | b'\t')) {
            self.operator(1);
        }
        if !self.regex && !self.frames.iter().any(|frame| matches!(frame, Frame::Opaque(_))) {
            self.free.push(start..self.at);
        }
    }

    fn parenthesis(&mut self) {
        // Behind a word it begins an array, a pattern or a function; doubled, arithmetic.
        let opaque = !self.word_start || self.regex || self.peek(1) == Some(b'(');
        if opaque {
            self.open(Frame::Opaque(b')'), 1);
        } else if self.frames.is_empty() {
            self.operator(1);
        } else {
            self.open(Frame::Group, 1);
        }
    }

    /// Quotes, escapes, expansions, and any other byte of a word.
    fn part_of_word(&mut self, byte: u8) -> Option<()> {
        if self.word_start {
            self.first_of_word()?;
        }
        match byte {
            b'\\' => self.word(2),
            b'\'' => self.single()?,
            b'"' => self.open(Frame::Double, 1),
            b'`' => self.backquotes()?,
            b'$' => self.dollar()?,
            b'[' if !self.word_start && self.bytes[self.at - 1] != b'[' => self.subscript()?,
            _ => self.word(1),
        }
        Some(())
    }

    /// `[…]` behind other characters of a word: blanks end the word only in shells without arrays.
    fn subscript(&mut self) -> Option<()> {
        let stop = self.bytes[self.at..].iter().find(|byte| matches!(byte, b']' | b' ' | b'\t' | b'\n'));
        self.word(1);
        (stop == Some(&b']')).then_some(())
    }

    fn first_of_word(&mut self) -> Option<()> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(b"=~") {
            self.regex = true;
        } else if rest.starts_with(b"]]") {
            self.regex = false;
        }
        // The parentheses of its patterns have no counterpart.
        let case = rest.starts_with(b"case") && matches!(rest.get(4), Some(b' ' | b'\t'));
        (self.frames.is_empty() || !case).then_some(())
    }

    fn double(&mut self, byte: u8) -> Option<()> {
        match byte {
            b'\\' => self.word(2),
            b'"' => {
                self.frames.pop();
                self.word(1);
            }
            b'`' => self.backquotes()?,
            b'$' if self.peek(1) != Some(b'\'') => self.dollar()?,
            b'\n' => return None,
            _ => self.word(1),
        }
        Some(())
    }

    fn opaque(&mut self, byte: u8, close: u8) -> Option<()> {
        match byte {
            _ if byte == close => {
                self.frames.pop();
                self.word(1);
            }
            b'(' if close == b')' => self.open(Frame::Opaque(close), 1),
            // Whether it needs a counterpart depends on the shell.
            b'{' if close == b'}' => return None,
            b' ' | b'\t' | b';' | b'&' | b'|' => self.operator(1),
            // Shells do not agree on what this quote is in a parameter expansion within double quotes.
            b'\'' if self.frames.contains(&Frame::Double) => return None,
            b'\n' => return None,
            _ => return self.part_of_word(byte),
        }
        Some(())
    }

    fn dollar(&mut self) -> Option<()> {
        match (self.peek(1), self.peek(2)) {
            (Some(b'('), Some(b'(')) => {
                self.open(Frame::Opaque(b')'), 2);
                self.open(Frame::Opaque(b')'), 1);
            }
            (Some(b'('), _) => self.open(Frame::Substitution, 2),
            (Some(b'{'), _) => {
                self.open(Frame::Opaque(b'}'), 2);
                self.word_start = false;
            }
            (Some(b'\''), _) if self.frames.contains(&Frame::Double) => return None,
            (Some(b'\''), _) => self.ansi_quotes()?,
            // Arithmetic for some shells, a pattern for others.
            (Some(b'['), _) => return None,
            _ => self.word(1),
        }
        Some(())
    }

    fn single(&mut self) -> Option<()> {
        let content = self.bytes.get(self.at + 1..)?;
        let length = content.iter().position(|byte| *byte == b'\'')?;
        self.word(length + 2);
        Some(())
    }

    /// `$'…'`, in which only some shells know `\'`: read when both readings end at the same place.
    fn ansi_quotes(&mut self) -> Option<()> {
        let content = self.bytes.get(self.at + 2..)?;
        let plain = content.iter().position(|byte| *byte == b'\'')?;
        let escapes = content[..plain].iter().rev().take_while(|byte| **byte == b'\\').count();
        if escapes % 2 == 1 {
            return None;
        }
        self.word(plain + 3);
        Some(())
    }

    /// `` `…` ``, taken as a whole. Quotes in it must match, as some shells look for the end behind them.
    fn backquotes(&mut self) -> Option<()> {
        let (mut single, mut double) = (false, false);
        let mut at = self.at + 1;
        loop {
            match *self.bytes.get(at)? {
                b'`' => break,
                b'\\' => at += 1,
                b'\'' => single = !single,
                b'"' => double = !double,
                _ => {}
            }
            at += 1;
        }
        if single || double {
            return None;
        }
        self.word(at + 1 - self.at);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_between_words_are_squeezed_and_others_are_not() {
        for (command, expect) in [
            ("a   b \t c", "a b c"),
            ("a &&      b   ||  c; d", "a && b || c; d"),
            ("echo  'a  b'  \"c  d\"  e", "echo 'a  b' \"c  d\" e"),
            ("echo a\\  b\\\\  c", "echo a\\  b\\\\ c"),
            ("a   # b   c", "a # b   c"),
            ("a   b#c   \\#   d", "a b#c \\# d"),
            ("x=$(a   b   'c  d')   y", "x=$(a b 'c  d') y"),
            ("x=\"$(a   \"b  c\"   d)  e\"   f", "x=\"$(a \"b  c\" d)  e\" f"),
            ("x=\"$(a   (b   c)   d)\"   f", "x=\"$(a (b c) d)\" f"),
            ("echo ${x:-a   b}   c", "echo ${x:-a   b} c"),
            ("echo ${x:-'}  '}   ${#x}   c", "echo ${x:-'}  '} ${#x} c"),
            ("echo $((1   +  (2)))   c", "echo $((1   +  (2))) c"),
            ("echo `a   b`   c", "echo `a   b` c"),
            ("echo $'a   b'   c", "echo $'a   b' c"),
            ("echo \"$'a   b'\"   c", "echo \"$'a   b'\" c"),
            ("a=(1   2)   b", "a=(1   2) b"),
            ("(a   b)   &&   ( c )", "(a b) && ( c )"),
            ("((i   = 1))   b", "((i   = 1)) b"),
            ("f()   { a   b; }", "f() { a b; }"),
            ("diff <(a   b)   <(c)", "diff <(a   b) <(c)"),
            ("case $x in   a)   b;; (c)   d;;   esac", "case $x in a) b;; (c) d;; esac"),
            ("[[ $x =~ a|(b   c)   ]]   &&   d", "[[ $x =~ a|(b   c)   ]] && d"),
            ("cat <<A   <<'B  C'   x", "cat <<A <<'B  C' x"),
            ("a[0]=1   b   [ -n x ]", "a[0]=1 b [ -n x ]"),
            ("a b", "a b"),
            ("é   ü\u{a0}  x", "é ü\u{a0} x"),
        ] {
            assert_eq!(squeeze_shell(command), expect, "{command}");
            assert_eq!(squeeze_shell(expect), expect, "twice: {command}");
        }
    }

    #[test]
    fn what_is_not_understood_is_left_alone() {
        for command in [
            "a   'b",
            "a   \"b",
            "a   $(b",
            "a   ${b",
            "a   `b",
            "a   $'b\\'   c'",
            "a   `b \"   c` \"",
            "a   $(b   # c)",
            "a   \"$(case x in y)   echo \"q  q\";; esac)\"",
            "a   \"${x:-it's}\"   'b   c'",
            "a   \"${x:-$'b   c'}\"",
            "a   ${x:-{}   b",
            "a   b[ 1   ]=2",
            "a   $[1   + 2]",
            "a   b\nc",
        ] {
            assert_eq!(squeeze_shell(command), command);
        }
    }

    #[test]
    fn shells_are_known_by_name_and_option() {
        for words in [
            &["/bin/sh", "-c"][..],
            &["bash", "-c"],
            &["/bin/bash", "-o", "pipefail", "-euxc"],
            &["conda", "run", "-n", "env", "/bin/bash", "-c"],
        ] {
            assert!(is_posix_shell(words), "{words:?}");
        }
        for words in [
            &[][..],
            &["/bin/sh"],
            &["powershell", "-Command"],
            &["cmd", "/S", "/C"],
            &["python3", "-c"],
            &["/bin/zsh", "-c"],
            &["bash", "-c", "x"],
        ] {
            assert!(!is_posix_shell(words), "{words:?}");
        }
    }
}
