//! Patterns in the part of the syntax that rules usually have, read some times faster than `regex_syntax` does: a set of rules has
//! hundreds of patterns, and a search of few bytes should not wait for them. What is made is the same, which tests say; what
//! is not known here is left to `regex_syntax`.

use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

/// Deeper groups are not read here.
const MAX_DEPTH: usize = 24;

/// What a pattern means, over bytes and without Unicode; nothing where it is not certain.
pub(crate) fn parse(pattern: &str) -> Option<Hir> {
    if !pattern.is_ascii() {
        return None;
    }
    let mut parser =
        Parser { rest: pattern.as_bytes(), flags: Flags::default(), groups: 0, names: Vec::new() };
    let hir = parser.alternation(0)?;
    parser.rest.is_empty().then_some(hir)
}

struct Parser<'p> {
    rest: &'p [u8],
    flags: Flags,
    groups: u32,
    names: Vec<&'p [u8]>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    /// `i`
    any_case: bool,
    /// `s`
    dot_all: bool,
    /// `m`
    lines: bool,
}

/// Ranges of a class.
type Ranges = Vec<(u8, u8)>;

impl<'p> Parser<'p> {
    fn take(&mut self, text: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// What is before the given byte, which is taken, too.
    fn until(&mut self, end: u8) -> Option<&'p [u8]> {
        let at = memchr::memchr(end, self.rest)?;
        let text = &self.rest[..at];
        self.rest = &self.rest[at + 1..];
        Some(text)
    }

    fn alternation(&mut self, depth: usize) -> Option<Hir> {
        let mut branches = vec![self.concat(depth)?];
        while self.take(b"|") {
            branches.push(self.concat(depth)?);
        }
        Some(if branches.len() == 1 { branches.remove(0) } else { Hir::alternation(branches) })
    }

    fn concat(&mut self, depth: usize) -> Option<Hir> {
        let (mut items, mut literal) = (Vec::new(), Vec::new());
        while let Some(first) = self.rest.first().filter(|first| !b"|)".contains(first)) {
            let plain = first.is_ascii_alphanumeric() || b" _-'\"`,;:/=@#%&!~<>".contains(first);
            let folded = self.flags.any_case && first.is_ascii_alphabetic();
            if plain && !folded && !self.rest.get(1).is_some_and(|next| b"?*+{".contains(next)) {
                literal.push(*first);
                self.rest = &self.rest[1..];
                continue;
            }
            if !literal.is_empty() {
                items.push(Hir::literal(std::mem::take(&mut literal)));
            }
            let Some(item) = self.item(depth)? else { continue };
            items.push(self.repetitions(item)?);
        }
        if !literal.is_empty() {
            items.push(Hir::literal(literal));
        }
        Some(if items.len() == 1 { items.remove(0) } else { Hir::concat(items) })
    }

    /// One item without what repeats it; flags are none.
    #[expect(clippy::option_option, reason = "nothing that is known is not what is not known")]
    fn item(&mut self, depth: usize) -> Option<Option<Hir>> {
        let flags = self.flags;
        Some(Some(match self.next()? {
            b'(' => return self.group(depth),
            b'[' => self.class()?,
            b'.' if flags.dot_all => class(vec![(0, 255)]),
            b'.' => class(vec![(0, 9), (11, 255)]),
            b'^' => Hir::look(if flags.lines { Look::StartLF } else { Look::Start }),
            b'$' => Hir::look(if flags.lines { Look::EndLF } else { Look::End }),
            b'\\' => self.escape()?,
            b'?' | b'*' | b'+' | b'{' => return None,
            byte => literal(byte, flags),
        }))
    }

    fn escape(&mut self) -> Option<Hir> {
        let byte = self.next()?;
        Some(match byte {
            b'b' if self.rest.first() != Some(&b'{') => Hir::look(Look::WordAscii),
            b'B' => Hir::look(Look::WordAsciiNegate),
            b'A' => Hir::look(Look::Start),
            b'z' => Hir::look(Look::End),
            _ => match named(byte) {
                Some(ranges) => class(ranges),
                None => literal(self.escaped(byte)?, self.flags),
            },
        })
    }

    /// The byte that an escape stands for.
    fn escaped(&mut self, byte: u8) -> Option<u8> {
        Some(match byte {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'f' => 12,
            b'v' => 11,
            b'x' => {
                let digits = self.rest.get(..2)?;
                self.rest = &self.rest[2..];
                let number = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
                (is_hex && number < 128).then_some(number)?
            }
            _ if byte.is_ascii_punctuation() && !b"<>".contains(&byte) => byte,
            _ => return None,
        })
    }

    #[expect(clippy::option_option, reason = "as of `item`")]
    fn group(&mut self, depth: usize) -> Option<Option<Hir>> {
        let outside = self.flags;
        let mut capture = None;
        if self.take(b"?") {
            if self.take(b"P<") || self.take(b"<") {
                let name = self.until(b'>')?;
                let first = name.first()?;
                let is_name = first.is_ascii_alphabetic() || *first == b'_';
                if !is_name || self.names.contains(&name) || !name.iter().all(|byte| is_word(*byte)) {
                    return None;
                }
                self.names.push(name);
                capture = Some(Some(std::str::from_utf8(name).ok()?));
            } else if self.read_flags()? {
                // They hold to the end of the group around them.
                return Some(None);
            }
        } else {
            capture = Some(None);
        }
        let index = capture.is_some().then(|| {
            self.groups += 1;
            self.groups
        });
        let sub = if depth < MAX_DEPTH { self.alternation(depth + 1)? } else { return None };
        if !self.take(b")") {
            return None;
        }
        self.flags = outside;
        Some(Some(match (index, capture) {
            (Some(index), Some(name)) => {
                Hir::capture(Capture { index, name: name.map(Into::into), sub: Box::new(sub) })
            }
            _ => sub,
        }))
    }

    /// The flags of a group that captures nothing. True where they are no group but stand alone.
    fn read_flags(&mut self) -> Option<bool> {
        let (mut on, mut seen, mut is_open) = (true, Vec::new(), false);
        loop {
            let flag = self.next()?;
            match flag {
                b'i' => self.flags.any_case = on,
                b's' => self.flags.dot_all = on,
                b'm' => self.flags.lines = on,
                b'-' => on = false,
                b':' if !is_open => return Some(false),
                b')' if !is_open && !seen.is_empty() => return Some(true),
                _ => return None,
            }
            // None can be said twice, and a `-` has one behind it.
            if seen.contains(&flag) {
                return None;
            }
            is_open = flag == b'-';
            seen.push(flag);
        }
    }

    fn repetitions(&mut self, mut item: Hir) -> Option<Hir> {
        loop {
            let (min, max) = match self.rest.first() {
                Some(b'?') => (0, Some(1)),
                Some(b'*') => (0, None),
                Some(b'+') => (1, None),
                Some(b'{') => {
                    self.next();
                    item = self.counted(item)?;
                    continue;
                }
                _ => return Some(item),
            };
            self.next();
            item = self.repeated(item, min, max);
        }
    }

    fn counted(&mut self, item: Hir) -> Option<Hir> {
        let text = std::str::from_utf8(self.until(b'}')?).ok()?;
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<u32>().ok()).flatten()
        };
        let (min, max) = match text.split_once(',') {
            None => (number(text)?, Some(number(text)?)),
            Some((min, "")) => (number(min)?, None),
            Some((min, max)) => (number(min)?, Some(number(max)?)),
        };
        if max.is_some_and(|max| max < min) {
            return None;
        }
        Some(self.repeated(item, min, max))
    }

    fn repeated(&mut self, item: Hir, min: u32, max: Option<u32>) -> Hir {
        let greedy = !self.take(b"?");
        Hir::repetition(Repetition { min, max, greedy, sub: Box::new(item) })
    }

    /// A class, behind its `[`.
    fn class(&mut self) -> Option<Hir> {
        let negated = self.take(b"^");
        let mut ranges = Ranges::new();
        let mut is_first = true;
        loop {
            let byte = self.next()?;
            let first = match byte {
                b']' if !is_first => break,
                b']' | b'&' | b'~' => return None,
                b'[' => {
                    ranges.extend(self.posix()?);
                    is_first = false;
                    continue;
                }
                b'\\' => {
                    let byte = self.next()?;
                    if let Some(named) = named(byte) {
                        ranges.extend(named);
                        is_first = false;
                        // Where a range would begin with it, it is an error.
                        if self.rest.first() == Some(&b'-') && self.rest.get(1) != Some(&b']') {
                            return None;
                        }
                        continue;
                    }
                    self.escaped(byte)?
                }
                b'-' if !is_first && self.rest.first() != Some(&b']') => return None,
                byte => byte,
            };
            is_first = false;
            let is_range = self.rest.first() == Some(&b'-') && self.rest.get(1) != Some(&b']');
            let last = if is_range { self.range_end()? } else { first };
            if last < first {
                return None;
            }
            ranges.push((first, last));
        }
        let ranges = ranges.into_iter().map(|(first, last)| ClassBytesRange::new(first, last));
        let mut class = ClassBytes::new(ranges);
        if self.flags.any_case {
            class.case_fold_simple();
        }
        if negated {
            class.negate();
        }
        Some(Hir::class(Class::Bytes(class)))
    }

    fn range_end(&mut self) -> Option<u8> {
        self.next();
        match self.next()? {
            b'\\' => {
                let byte = self.next()?;
                self.escaped(byte)
            }
            b'[' | b'-' | b'&' | b'~' => None,
            byte => Some(byte),
        }
    }

    /// A named class within a class, behind its `[`.
    fn posix(&mut self) -> Option<Ranges> {
        if !self.take(b":") {
            return None;
        }
        let ranges = match self.until(b':')? {
            b"alnum" => vec![(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')],
            b"alpha" => vec![(b'A', b'Z'), (b'a', b'z')],
            b"digit" => vec![(b'0', b'9')],
            b"lower" => vec![(b'a', b'z')],
            b"upper" => vec![(b'A', b'Z')],
            b"xdigit" => vec![(b'0', b'9'), (b'A', b'F'), (b'a', b'f')],
            _ => return None,
        };
        self.take(b"]").then_some(ranges)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What `\d` and others stand for.
fn named(byte: u8) -> Option<Ranges> {
    Some(match byte {
        b'd' => vec![(b'0', b'9')],
        b'D' => vec![(0, b'0' - 1), (b'9' + 1, 255)],
        b's' => vec![(9, 13), (b' ', b' ')],
        b'S' => vec![(0, 8), (14, b' ' - 1), (b' ' + 1, 255)],
        b'w' => vec![(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')],
        b'W' => {
            vec![(0, b'0' - 1), (b'9' + 1, b'A' - 1), (b'Z' + 1, b'_' - 1), (b'`', b'`'), (b'z' + 1, 255)]
        }
        _ => return None,
    })
}

fn class(ranges: Ranges) -> Hir {
    let ranges = ranges.into_iter().map(|(first, last)| ClassBytesRange::new(first, last));
    Hir::class(Class::Bytes(ClassBytes::new(ranges)))
}

fn literal(byte: u8, flags: Flags) -> Hir {
    if flags.any_case && byte.is_ascii_alphabetic() {
        let (upper, lower) = (byte.to_ascii_uppercase(), byte.to_ascii_lowercase());
        return class(vec![(upper, upper), (lower, lower)]);
    }
    Hir::literal([byte])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_syntax::ParserBuilder;

    use super::*;

    fn slow(pattern: &str) -> Option<Hir> {
        let mut parser = ParserBuilder::new();
        parser.unicode(false).utf8(false).octal(true).nest_limit(100).build().parse(pattern).ok()
    }

    #[test]
    fn the_usual_syntax_is_read_as_it_always_is() {
        for pattern in [
            r"(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\s'\x22]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)([a-z0-9]{32})(?:\\[nr]|$)",
            r"\b((?-i:[Aa]pi|API)_(?P<key>[^\s\]]+?))(?s:.)*.\S\D\W$",
            r"a|b|",
            "",
            "(a|b)c",
            "(?:)x",
            "[[:alnum:]_-]+",
            r"[\d-]x[a\]-]{2,}",
            "(?m)^x$",
            r"a(?i)b(c(?-i)d)e",
            r"\Bx\z",
            "a{1}b{0}c{2}",
            "(?:^|/)x",
            "[^a]",
            "(?i)[^a-c]",
            "x**?",
            "(a)(?P<n>b)(c)",
        ] {
            assert_eq!(parse(pattern), slow(pattern), "{pattern}");
            assert!(parse(pattern).is_some(), "{pattern}");
        }
    }

    #[test]
    fn what_is_not_certain_is_left() {
        for pattern in [
            "(",
            ")",
            "a)",
            "*a",
            "[b-a]",
            "[",
            r"\",
            r"\p{L}",
            "(?<n>a)(?P<n>b)",
            "x{2,1}",
            "(?U)a",
            "é",
            "[a&&b]",
            r"\b{start}",
            "(?i-)a",
        ] {
            assert_eq!(parse(pattern), None, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_read_otherwise(parts in prop::collection::vec(prop::sample::select(vec![
            "a", "Z", "0", "_", "-", "[", "]", "[^", "(", ")", "(?:", "(?i)", "(?-i:", "(?s:", "|", "*", "+?", "{2}", "{0,3}", "{1,}?", ".",
            "^", "$", r"\b", r"\w", r"\S", r"\x41", r"\.", r"\\", "[a-f0-9]", r"[\w.-]", "[^\"]", "[[:alpha:]]", "&", "~", " ", "é", "{", "}", "?",
            "(?P<n>", "(?i-s:", "(?ii)", "(?-", r"\-", ":", r"\t", r"\z",
        ]), 0..12)) {
            let pattern = parts.concat();
            if let Some(hir) = parse(&pattern) {
                prop_assert_eq!(Some(hir), slow(&pattern), "{}", pattern);
            }
        }
    }
}
