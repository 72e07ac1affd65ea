//! What of a lent value is looked for: the value, and the parts of it that mean something by themselves.

use crate::common::is_common;
use crate::names::is_secret_name;

/// Shorter values are in every other file by chance.
const MIN: usize = 6;
/// Of longer values parts are looked for alone, where there are such parts.
const MAX_WHOLE: usize = 1024;
/// Nothing longer is looked for as a whole.
const MAX_ALONE: usize = 4096;
/// Parts of one value.
const MAX_PARTS: usize = 64;
/// So many parts are looked for in all forms.
const MAX_FULL: usize = 4;
/// A stretch of a random text that cannot be there by chance.
const PIECE: usize = 13;
/// Bytes between the beginnings of two pieces: each stretch of 16 holds a whole piece.
const STRIDE: usize = 4;
const MAX_PIECES: usize = 64;
/// What keys have in common with others and with certificates, in base64: identifiers of RSA and elliptic curves (RFC 8017
/// and 5480), what begins an RSA key, names of the kinds of OpenSSH's keys.
const FRAMES: &[&str] = &[
    "hkiG9w0B",
    "oZIhvcNAQ",
    "qGSIb3DQE",
    "hkjOPQ",
    "oZIzj0",
    "qGSM49",
    "IBAAKCA",
    "AgEAAoIB",
    "wBQYDK2V",
    "TUxOQAAAC",
    "ZWQyNTUx",
    "lZDI1NTE5",
    "VkMjU1MTk",
    "zc2gtcnNh",
    "NzaC1yc2E",
    "c3NoLXJzY",
];

/// How much a needle is worth, and so in how many encodings it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The whole value.
    Whole,
    /// A line or a word of it.
    Part,
    /// A few letters of it.
    Piece,
}

/// Something to look for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Needle {
    pub(crate) bytes: Vec<u8>,
    pub(crate) kind: Kind,
    /// Whether it counts only where it stands for itself, as a word does.
    pub(crate) word: bool,
}

/// How unlikely a value is in files that do not come from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strength {
    /// It is anywhere.
    Weak,
    /// It may be a part of a longer word.
    Word,
    /// It is nowhere else.
    Strong,
}

/// What is to be looked for; nothing when the value is in any file by chance.
pub(crate) fn needles(value: &[u8]) -> Vec<Needle> {
    let whole = value.trim_ascii();
    let parts = parts(whole);
    let mut out: Vec<Needle> = Vec::new();
    let limit = if parts.is_empty() { MAX_ALONE } else { MAX_WHOLE };
    if whole.len() <= limit {
        add(&mut out, whole, Kind::Whole);
    } else if parts.is_empty() {
        // It has no line or word that is its own, so its end has to do.
        add(&mut out, &whole[whole.len() - MAX_WHOLE..], Kind::Whole);
    }
    let taken = parts.len().min(MAX_PARTS);
    for (at, part) in parts.iter().take(MAX_PARTS).enumerate() {
        // Where all of many lines are written in another form, so are these.
        let stands_for_all = taken <= MAX_FULL || at == taken / 3 || at == 2 * taken / 3;
        add(&mut out, part, if stands_for_all { Kind::Whole } else { Kind::Part });
    }
    for text in decoded(whole) {
        add(&mut out, &text, Kind::Part);
    }
    // Beside the parts that are secret, the whole has others, which anybody may have.
    let own = |needle: &&Needle| needle.bytes != whole || parts.is_empty();
    let found: Vec<Vec<u8>> = out.iter().filter(own).map(|needle| needle.bytes.clone()).collect();
    let pieces: Vec<&[u8]> = found.iter().flat_map(|text| pieces(text)).take(MAX_PIECES).collect();
    for piece in pieces {
        out.push(Needle { bytes: piece.to_vec(), kind: Kind::Piece, word: false });
    }
    out.sort();
    out.dedup_by(|a, b| a.bytes == b.bytes);
    out
}

fn add(out: &mut Vec<Needle>, bytes: &[u8], kind: Kind) {
    let word = match strength(bytes) {
        Strength::Weak => return,
        Strength::Word => true,
        Strength::Strong => false,
    };
    if out.iter().all(|needle| needle.bytes != bytes) {
        out.push(Needle { bytes: bytes.to_vec(), kind, word });
    }
}

pub(crate) fn strength(value: &[u8]) -> Strength {
    if value.len() < MIN || distinct(value) < 4 || is_common(value) || is_sequence(value) {
        return Strength::Weak;
    }
    if value.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-')) {
        return if value.len() < 10 { Strength::Weak } else { Strength::Strong };
    }
    if is_place(value) {
        return Strength::Weak;
    }
    let tail = &value[1..];
    let one_case = tail.iter().all(u8::is_ascii_lowercase) || value.iter().all(u8::is_ascii_uppercase);
    if one_case && value[0].is_ascii_alphabetic() {
        return if value.len() < 8 { Strength::Weak } else { Strength::Word };
    }
    if value.len() < 8 { Strength::Word } else { Strength::Strong }
}

fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in value {
        seen[usize::from(*byte)] = true;
    }
    seen.iter().filter(|seen| **seen).count()
}

/// `123456789`, `abcdefgh`.
fn is_sequence(value: &[u8]) -> bool {
    value.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) <= 1)
}

/// A path or an address that says where something is, without anything random in it.
fn is_place(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let line = !text.contains(char::is_whitespace);
    let url = (text.starts_with("http://") || text.starts_with("https://")) && !text.contains(['@', '?']);
    let path =
        text.starts_with('/') && text.len() > 1 && !text.ends_with('=') && text.matches('/').count() > 1;
    line && (url || path) && !words(text).any(is_random)
}

fn words(text: &str) -> impl Iterator<Item = &[u8]> {
    text.split(|ch: char| !ch.is_ascii_alphanumeric() && !matches!(ch, '_' | '-' | '+')).map(str::as_bytes)
}

/// Letters and digits without the order of words.
fn is_random(text: &[u8]) -> bool {
    text.len() >= 12 && distinct(text) >= 8 && changes(text) >= 3 && text.iter().any(u8::is_ascii_digit)
}

/// How often a text goes from digits to letters, or from one case to the other.
fn changes(text: &[u8]) -> usize {
    let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase(), byte.is_ascii_lowercase());
    text.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count()
}

/// Lines of keys, and the values of settings, whose loss is that of the whole.
fn parts(whole: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(whole).replace("\\n", "\n").replace("\\r", "\r");
    let mut out = Vec::new();
    let mut public = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("-----") {
            let begins = line.contains("BEGIN");
            public = begins && (line.contains("CERTIFICATE") || line.contains("PUBLIC"));
        } else if !public {
            of_line(line, &mut out);
        }
        if out.len() > 4 * MAX_PARTS {
            break;
        }
    }
    out.retain(|part| part.as_slice() != whole);
    thin(out)
}

/// Parts spread over all of a long list, its end among them.
fn thin(all: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let step = all.len().div_ceil(MAX_PARTS).max(1);
    let last = all.len();
    all.into_iter()
        .enumerate()
        .filter(|(at, _)| (last - 1 - at).is_multiple_of(step))
        .map(|(_, part)| part)
        .collect()
}

fn of_line(line: &str, out: &mut Vec<Vec<u8>>) {
    // What every key of OpenSSH begins with.
    if line.starts_with("b3BlbnNzaC1rZXktdjE") {
        return;
    }
    let is_body = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    if line.len() >= 24 && line.bytes().all(is_body) && is_random(line.trim_end_matches('=').as_bytes()) {
        out.push(line.as_bytes().to_vec());
        return;
    }
    if let Some(password) = password_of_url(line) {
        out.push(password.as_bytes().to_vec());
    }
    let separator = |ch: char| ch.is_whitespace() || "\"'`,;={}[]()<>|&?:".contains(ch);
    let mut key = "";
    for token in line.split(separator).filter(|token| !token.is_empty()) {
        let secret = is_secret_key(key) && strength(token.as_bytes()) != Strength::Weak;
        let random = is_random(token.as_bytes()) && !is_public_key(key) && !token.contains(['@', '\\']);
        // A frame of a key, an address, and what every token of a kind begins with are anybody's.
        let common = ["-----", "//", "eyJ0eXAi"].iter().any(|begin| token.starts_with(begin));
        if (secret || random) && !common {
            out.push(token.as_bytes().to_vec());
            out.extend(decoded(token.as_bytes()));
        }
        key = token;
    }
}

/// `https://user:PASSWORD@host`.
fn password_of_url(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("://")?;
    let authority = rest.split(['/', '"', '\'', ' ']).next()?;
    let (_, password) = authority.rsplit_once('@')?.0.split_once(':')?;
    (password.len() >= MIN).then_some(password)
}

/// Settings beside a secret that say whose it is and where it is used.
fn is_public_key(key: &str) -> bool {
    const ENDS: &[&str] = &[
        "id",
        "url",
        "uri",
        "host",
        "email",
        "user",
        "username",
        "login",
        "name",
        "type",
        "region",
        "project",
        "registry",
        "domain",
        "port",
        "version",
        "account",
        "endpoint",
        "server",
        "ca",
        "certificate",
        "machine",
        "data",
        "digest",
        "sha256",
        "checksum",
    ];
    let lower = key.to_ascii_lowercase();
    let last = lower.rsplit(['_', '-', '.']).next().unwrap_or_default();
    ENDS.contains(&last) && !lower.contains("key-data") && !lower.contains("secret")
}

fn is_secret_key(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "auth" | "_auth" | "_authtoken" | "key" | "pw" | "identitytoken" | "bearer" | "basic"
    ) || lower.ends_with("token")
        || lower.ends_with("secret")
        || is_secret_name(key)
}

/// What a text stands for that is itself an encoding: the bytes of a hexadecimal key, the login of a header.
fn decoded(text: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    if text.len() >= 16 && text.len().is_multiple_of(2) && text.iter().all(u8::is_ascii_hexdigit) {
        out.push(crate::codec::from_hex(text));
    } else if text.len() >= 16
        && text.len().is_multiple_of(4)
        && let Some(bytes) = crate::codec::from_base64(text)
    {
        let login = bytes.is_ascii().then(|| bytes.iter().position(|byte| *byte == b':')).flatten();
        out.extend(login.map(|at| bytes[at + 1..].to_vec()));
        // Any word of letters and digits can be read so; these look as if they were meant to be.
        if text.ends_with(b"=") || bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            out.push(bytes);
        }
    }
    out.retain(|bytes| bytes.len() >= 8 && bytes.len() <= MAX_WHOLE);
    out
}

/// Stretches of the random part of a text.
fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let runs = text.split(|byte| !byte.is_ascii_alphanumeric() && !b"+/-_".contains(byte));
    // What begins so says how a token is made, and for whom.
    let long = runs.filter(|run| run.len() >= 20 && !run.starts_with(b"eyJ"));
    let windows = long.flat_map(|run| run.windows(PIECE).step_by(STRIDE));
    let is_own = |piece: &&[u8]| {
        let letters: Vec<u8> = piece.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
        let frames =
            FRAMES.iter().any(|frame| piece.windows(frame.len()).any(|part| part == frame.as_bytes()));
        distinct(&letters) >= 8 && changes(&letters) >= 4 && !frames
    };
    windows.filter(is_own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_anywhere_are_not_looked_for() {
        let check = |value: &str, expect: Strength| assert_eq!(strength(value.as_bytes()), expect, "{value}");
        for weak in [
            "",
            "1",
            "true",
            "abc",
            "aaaaaaaaaa",
            "password",
            "ChangeMe",
            "123456789",
            "20240131",
            "docker",
            "abcdefgh",
            "https://registry.example.org/simple",
            "/usr/local/share/ca.crt",
            "1.2.3.4",
        ] {
            check(weak, Strength::Weak);
        }
        for word in ["hunter2", "supersecret", "s3cr3t", "Tr0ub4"] {
            check(word, Strength::Word);
        }
        for strong in ["hunter2hunter2", "my-secret-value", "correct horse", "8271640395", "https://u:pw@h/x"]
        {
            check(strong, Strength::Strong);
        }
    }

    fn texts(value: &str) -> Vec<String> {
        let found = needles(value.as_bytes());
        let shown = found.iter().filter(|needle| needle.kind != Kind::Piece);
        let mut shown: Vec<_> =
            shown.map(|needle| String::from_utf8_lossy(&needle.bytes).into_owned()).collect();
        shown.sort_by_key(|text| std::cmp::Reverse(text.len()));
        shown
    }

    #[test]
    fn settings_give_their_secret_values_and_no_others() {
        let npmrc = "registry=https://registry.example.org/\n//registry.example.org/:_authToken=npm_a1B2c3D4e5F6g7H8\n";
        assert_eq!(texts(npmrc), [npmrc.trim(), "npm_a1B2c3D4e5F6g7H8"]);
        let netrc = "machine example.org login bob password hunter2hunter2";
        assert_eq!(texts(netrc), [netrc, "hunter2hunter2"]);
        let json = r#"{"client_id":"0a1b2c3d4e5f6a7b8c9d","client_secret":"Zx9-Kw3-Qp7-Lm1"}"#;
        assert_eq!(texts(json), [json, "Zx9-Kw3-Qp7-Lm1"]);
        let account =
            r#"{"private_key_id":"0a1b2c3d4e5f6a7b8c9d","private_key":"-----BEGIN PRIVATE KEY-----\n"}"#;
        assert_eq!(texts(account), [account]);
        let url = "https://bot:pa55word1@git.example.org/a.git";
        assert_eq!(texts(url), [url, "pa55word1"]);
    }

    #[test]
    fn lines_of_keys_count_and_those_of_certificates_do_not() {
        let line = "MIIEpAIBAAKCAQEA7bq1Xq0mM5c2Zz8JmWv3l0vZb4n8u5t1yD6g2P0a";
        let both = format!(
            "-----BEGIN CERTIFICATE-----\n{line}c\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\n{line}k\n-----END RSA PRIVATE KEY-----\n"
        );
        assert_eq!(texts(&both), [both.trim(), &format!("{line}k")]);
    }

    #[test]
    fn any_sixteen_letters_of_a_random_value_hold_a_piece() {
        let value = b"q7ZkP2vX9mB4tR8wL1cN6yD3sF5hJ0gA";
        let found = pieces(value);
        for window in value.windows(16) {
            assert!(found.iter().any(|piece| window.windows(piece.len()).any(|part| part == *piece)));
        }
        assert!(pieces(b"postgres://app@database.internal:5432/application").is_empty());
        assert!(pieces(b"production-eu-west-1-database-password").is_empty());
        // The beginning of an RSA key, and that of a certificate.
        let begin = b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7xK2mPq9vTz1Lq3Zs8yv1";
        let certificate = b"MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ";
        let common = |piece: &&[u8]| certificate.windows(piece.len()).any(|part| part == *piece);
        assert!(!pieces(begin).is_empty() && !pieces(begin).iter().any(common));
    }
}
