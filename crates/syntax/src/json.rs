//! The JSON form of arguments: an array of strings.

use std::borrow::Cow;
use std::ops::Range;

/// What a text is as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    /// An array of strings, with the place of each (quotes included) in the text.
    Strings(Vec<(String, Range<usize>)>),
    /// An array of other things.
    Others,
    /// No array at all.
    NotAnArray,
}

/// Reads `text` as the JSON form of an instruction.
pub(crate) fn parse(text: &str) -> Json {
    if !text.starts_with('[') {
        return Json::NotAnArray;
    }
    if let Some(strings) = (Reader { text, at: 1 }).strings() {
        return Json::Strings(strings);
    }
    match serde_json::from_str::<Vec<serde::de::IgnoredAny>>(text) {
        Ok(_) => Json::Others,
        Err(_) => Json::NotAnArray,
    }
}

/// The parts of a string between its quotes, with the place of each in `text`: runs of plain characters, and
/// characters that are written with a backslash.
pub(crate) fn parts(text: &str, content: Range<usize>) -> Vec<(Cow<'_, str>, Range<usize>)> {
    let mut out = Vec::new();
    let mut at = content.start;
    while at < content.end {
        let rest = &text[at..content.end];
        let plain = rest.find('\\').unwrap_or(rest.len());
        if plain > 0 {
            out.push((Cow::Borrowed(&rest[..plain]), at..at + plain));
            at += plain;
            continue;
        }
        let mut reader = Reader { text, at: at + 1 };
        let Some(ch) = reader.escape() else { break };
        out.push((Cow::Owned(ch.to_string()), at..reader.at));
        at = reader.at;
    }
    out
}

/// Reads from behind the `[`. `None` at the first thing that is not as it has to be.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn strings(mut self) -> Option<Vec<(String, Range<usize>)>> {
        let mut out = Vec::new();
        if !self.eat(b']') {
            loop {
                out.push(self.string()?);
                if !self.eat(b',') {
                    break;
                }
            }
            self.eat(b']').then_some(())?;
        }
        self.blanks();
        (self.at == self.text.len()).then_some(out)
    }

    fn blanks(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    }

    fn eat(&mut self, wanted: u8) -> bool {
        self.blanks();
        let found = self.text.as_bytes().get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    fn string(&mut self) -> Option<(String, Range<usize>)> {
        self.blanks();
        let start = self.at;
        self.eat(b'"').then_some(())?;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|ch: char| matches!(ch, '"' | '\\') || ch < ' ')?;
            out.push_str(&rest[..plain]);
            self.at += plain + 1;
            match rest.as_bytes()[plain] {
                b'"' => return Some((out, start..self.at)),
                b'\\' => out.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = *self.text.as_bytes().get(self.at)?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode()?,
            _ => return None,
        })
    }

    /// `XXXX`, or two of them as a surrogate pair. Half a pair stands for the replacement character.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) || !self.text[self.at..].starts_with("\\u") {
            return Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        self.at += 2;
        let second = self.hex()?;
        if (0xdc00..0xe000).contains(&second) {
            return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
        }
        self.at = before;
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        let valid = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| valid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_arrays_of_strings_are_the_json_form() {
        let strings = |items: &[&str]| Some(items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>());
        let check = |text: &str, expect: Option<Vec<String>>| {
            let found = match parse(text) {
                Json::Strings(found) => Some(found.into_iter().map(|(value, _)| value).collect()),
                _ => None,
            };
            assert_eq!(found, expect, "{text}");
        };
        check("[]", strings(&[]));
        check("[ \"a\" , \"b\\\"\\u00e9\\ud83d\\ude00\" ]", strings(&["a", "b\"é😀"]));
        check("[\"\\ud800\\ud800x\"]", strings(&["\u{fffd}\u{fffd}x"]));
        check("[\"a\",]", None);
        check("[\"a\"] x", None);
        check("[\"a\tb\"]", None);
        check("[\"\\x\"]", None);
        check("[\"a", None);
        check("['a']", None);
        check("[\"\\u12é4\"]", None);
    }

    #[test]
    fn other_arrays_are_told_from_other_texts() {
        for (text, expect) in
            [("[1]", Json::Others), ("[\"a\", [\"b\"]]", Json::Others), ("[a]", Json::NotAnArray)]
        {
            assert_eq!(parse(text), expect, "{text}");
        }
    }

    #[test]
    fn strings_have_places() {
        let text = "[\"a\", \"\\n\"]";
        let Json::Strings(found) = parse(text) else { panic!("an array") };
        let shown: Vec<_> = found.into_iter().map(|(_, range)| &text[range]).collect();
        assert_eq!(shown, ["\"a\"", "\"\\n\""]);
    }
}
