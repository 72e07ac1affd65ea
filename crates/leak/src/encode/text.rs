//! Escapes of texts: URLs, JSON, XML, shells.

use super::{Encoded, MAX_WIDE};

/// What different programs leave as it is in a URL, beside letters and digits.
const KEPT: &[&str] =
    &["-_.~", "-_.~/", "-_.!~*'()", "-_.*", "-_.!~*'();,/?:@&=+$#", "", "-_.~/:", "-_.~!$&'()*,;="];

pub(super) fn escapes(bytes: &[u8], all: &mut Vec<Encoded>) {
    for kept in KEPT {
        for upper in [true, false] {
            let once = percent(bytes, kept, "%20", upper);
            // An address within an address.
            all.push(("URL", replaced(&once, &[(b'%', "%25")])));
            all.push(("URL", once));
            all.push(("URL", percent(bytes, kept, "+", upper)));
        }
    }
    json(bytes, all);
    let html = |quote: &str, tick: &str| {
        replaced(bytes, &[(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'"', quote), (b'\'', tick)])
    };
    for (quote, tick) in
        [("&quot;", "'"), ("&quot;", "&#39;"), ("&#34;", "&#39;"), ("&quot;", "&apos;"), ("&quot;", "&#x27;")]
    {
        all.push(("HTML", html(quote, tick)));
    }
    all.push(("shell", replaced(bytes, &[(b'\'', "'\\''")])));
    all.push(("shell", replaced(bytes, &[(b'\'', "'\"'\"'")])));
    all.push(("shell", replaced(bytes, &[(b'\'', "''")])));
    all.push((
        "shell",
        backslashes(bytes, |byte| !(byte.is_ascii_alphanumeric() || b"_-./:=@%+,".contains(&byte))),
    ));
    all.push(("shell", backslashes(bytes, |byte| b"\"\\$`".contains(&byte))));
    all.push(("shell", backslashes(bytes, |byte| !(byte.is_ascii_alphanumeric() || byte == b'_'))));
}

fn percent(bytes: &[u8], kept: &str, space: &str, upper: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    for byte in bytes {
        match byte {
            b' ' => out.extend(space.bytes()),
            byte if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(byte) => out.push(*byte),
            byte if upper => out.extend(format!("%{byte:02X}").bytes()),
            byte => out.extend(format!("%{byte:02x}").bytes()),
        }
    }
    out
}

/// As the usual writers do it, with slashes or everything beyond ASCII escaped, and wholly in numbers.
fn json(bytes: &[u8], all: &mut Vec<Encoded>) {
    let text = String::from_utf8_lossy(bytes);
    let styles: [fn(char) -> bool; 5] = [
        |_| false,
        |ch| !ch.is_ascii(),
        |ch| matches!(ch, '<' | '>' | '&'),
        |ch| !ch.is_ascii() || matches!(ch, '<' | '>' | '&' | '\'' | '"' | '+' | '`'),
        |ch| !ch.is_ascii_alphanumeric(),
    ];
    for numbered in styles {
        for slash in ["/", "\\/"] {
            for upper in [false, true] {
                let escaped: String =
                    text.chars().map(|ch| json_char(ch, numbered(ch), slash, upper)).collect();
                // A text within a text is escaped twice.
                if !upper {
                    all.push(("JSON", escaped.replace('\\', "\\\\").replace('"', "\\\"").into_bytes()));
                }
                all.push(("JSON", escaped.into_bytes()));
            }
        }
    }
    if bytes.len() <= MAX_WIDE {
        for upper in [false, true] {
            let all_numbered: String = text.chars().map(|ch| json_char(ch, true, "/", upper)).collect();
            all.push(("JSON", all_numbered.into_bytes()));
        }
    }
}

fn json_char(ch: char, numbered: bool, slash: &str, upper: bool) -> String {
    match ch {
        _ if numbered => {
            let mut units = [0; 2];
            let units = ch.encode_utf16(&mut units).iter();
            let number = |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
            units.map(number).collect()
        }
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '/' => slash.to_owned(),
        ch if ch < ' ' => format!("\\u{:04x}", u32::from(ch)),
        ch => ch.to_string(),
    }
}

fn replaced(bytes: &[u8], pairs: &[(u8, &str)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match pairs.iter().find(|(from, _)| from == byte) {
            Some((_, to)) => out.extend(to.bytes()),
            None => out.push(*byte),
        }
    }
    out
}

fn backslashes(bytes: &[u8], escaped: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if escaped(*byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out
}
