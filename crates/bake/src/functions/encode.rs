//! Functions that write values as texts, and read them: base64, JSON, CSV, URLs, digests.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Ambient, Function, function, on_text};
use crate::print::html_escaped;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64decode", 1, 1, base64_decode),
    function("base64encode", 1, 1, |a, _| on_text(a, |text| STANDARD.encode(text))),
    function("bcrypt", 1, 2, |_, _| random("bcrypt")),
    function("csvdecode", 1, 1, csv),
    function("jsondecode", 1, 1, json_decode),
    function("jsonencode", 1, 1, |a, _| Ok(Value::Text(html_escaped(&a[0].json().to_string())))),
    function("md5", 1, 1, |a, _| on_text(a, |text| hex(&Md5::digest(text)))),
    function("rsadecrypt", 2, 2, |_, _| Err("private keys have no place in a build file".to_owned())),
    function("sha1", 1, 1, |a, _| on_text(a, |text| hex(&Sha1::digest(text)))),
    function("sha256", 1, 1, |a, _| on_text(a, |text| hex(&Sha256::digest(text)))),
    function("sha512", 1, 1, |a, _| on_text(a, |text| hex(&Sha512::digest(text)))),
    function("urlencode", 1, 1, |a, _| on_text(a, url)),
    function("uuidv4", 0, 0, |_, _| random("uuidv4")),
    function("uuidv5", 2, 2, uuid),
];

fn random(name: &str) -> Result<Value, String> {
    Err(format!("`{name}` gives another value each time, so that no build could be repeated"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn base64_decode(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let bytes = STANDARD.decode(arguments[0].to_text()?).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map(Value::Text).map_err(|_| "the result is not UTF-8".to_owned())
}

fn json_decode(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let json = serde_json::from_str(&arguments[0].to_text()?).map_err(|error| error.to_string())?;
    Ok(Value::from_json(&json))
}

fn url(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn uuid(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let namespace = arguments[0].to_text()?;
    // RFC 9562, section 6.6: the namespaces differ in one digit.
    let known = [("dns", 0), ("url", 1), ("oid", 2), ("x500", 4)];
    let space = match known.iter().find(|(name, _)| *name == namespace) {
        Some((_, digit)) => 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8_u128 | (digit << 96),
        None => u128::from_str_radix(&namespace.replace('-', ""), 16)
            .map_err(|_| format!("`{namespace}` is no namespace"))?,
    };
    let digest =
        Sha1::new().chain_update(space.to_be_bytes()).chain_update(arguments[1].to_text()?).finalize();
    let mut bytes: Vec<u8> = digest[..16].to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(Value::Text(parts.join("-")))
}

/// The fields of the lines of a CSV text.
fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            letter => field.push(letter),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.iter().any(|field| !field.is_empty()));
    Ok(rows)
}

fn csv(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let rows = rows(&arguments[0].to_text()?)?;
    let (head, rows) = rows.split_first().ok_or("there is no line with names")?;
    let object = |row: &Vec<String>| {
        if row.len() != head.len() {
            return Err(format!("a line has {} fields instead of {}", row.len(), head.len()));
        }
        let fields = head.iter().zip(row).map(|(name, field)| (name.clone(), Value::text(field.as_str())));
        Ok(Value::Map(fields.collect::<BTreeMap<_, _>>()))
    };
    rows.iter().map(object).collect::<Result<_, _>>().map(Value::List)
}

/// The items of a line of CSV: the value of a variable that is a list.
pub(crate) fn csv_line(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    Ok(rows(text)?.into_iter().next().unwrap_or_default())
}
