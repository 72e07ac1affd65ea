//! Paths in documents. JSON holds text alone, and a path of Linux need not be text.

/// A path as text: what is no UTF-8 becomes `\xHH`, and a backslash is doubled, so that every path has one form.
pub fn encode(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        out.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// The path of a text; a malformed escape stands for itself.
pub fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'\\', [b'\\', tail @ ..]) => {
                out.push(b'\\');
                tail
            }
            (b'\\', [b'x', high, low, tail @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                out.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                tail
            }
            _ => {
                out.push(*first);
                tail
            }
        };
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// What follows `dir` in a path, without a leading `/`; `None` when the path is not within it.
pub(crate) fn relative<'a>(path: &'a [u8], dir: &[u8]) -> Option<&'a [u8]> {
    if dir.is_empty() {
        return Some(path);
    }
    match path.strip_prefix(dir)? {
        [] => Some(&[]),
        [b'/', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// A path below a directory.
pub(crate) fn join(dir: &[u8], relative: &[u8]) -> Vec<u8> {
    match (dir.is_empty(), relative.is_empty()) {
        (_, true) => dir.to_vec(),
        (true, false) => relative.to_vec(),
        (false, false) => [dir, b"/", relative].concat(),
    }
}

/// The directory that holds a path; `None` for the root.
pub(crate) fn parent(path: &[u8]) -> Option<&[u8]> {
    if path.is_empty() {
        return None;
    }
    Some(path.iter().rposition(|byte| *byte == b'/').map_or(&[][..], |at| &path[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_comes_back() {
        for path in [&b"a/b"[..], b"", b"\xff\xfe/x", b"a\\x41", "gr\u{fc}n\\".as_bytes(), b"\\\\\xc3"] {
            assert_eq!(decode(&encode(path)), path);
        }
        assert_eq!(encode(b"a\xffb\\"), "a\\xffb\\\\");
    }

    #[test]
    fn a_name_that_only_begins_like_a_directory_is_not_within_it() {
        assert_eq!(relative(b"a/b/c", b"a/b"), Some(&b"c"[..]));
        assert_eq!(relative(b"a/bc", b"a/b"), None);
        assert_eq!(relative(b"a", b""), Some(&b"a"[..]));
        assert_eq!(relative(b"a", b"a"), Some(&b""[..]));
    }
}
