//! YAML as the values of JSON.

use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

/// Longer texts, and more levels, are refused: aliases can make much of little.
const MAX_BYTES: usize = 4 << 20;
const MAX_DEPTH: usize = 64;

/// Reads a document without aliases.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    // An asterisk in a sentence is no alias where nothing is anchored.
    if text.len() > MAX_BYTES || (has_mark(text, '&') && has_mark(text, '*')) {
        return Err("it is too large, or has aliases".to_owned());
    }
    if flow_depth(text) > MAX_DEPTH || text.contains("- - - - ") || text.contains("? ? ") {
        return Err("it has too many levels".to_owned());
    }
    let documents = YamlLoader::load_from_str(text).map_err(|error| error.to_string())?;
    value(documents.first().ok_or("it is empty")?, 0)
}

/// Whether a word begins with the mark of anchors, or that of aliases, where one may stand.
fn has_mark(text: &str, mark: char) -> bool {
    text.match_indices(mark).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + 1..].chars().next();
        before.is_none_or(|one| one.is_whitespace() || ":-?,[{!".contains(one))
            && after.is_some_and(|one| !one.is_whitespace())
    })
}

/// How deep brackets go, also those in texts.
fn flow_depth(text: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

fn value(yaml: &Yaml, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err("it has too many levels".to_owned());
    }
    Ok(match yaml {
        Yaml::String(text) | Yaml::Real(text) => Value::String(text.clone()),
        // A version such as `1` is a text to whoever reads it.
        Yaml::Integer(number) => Value::String(number.to_string()),
        Yaml::Boolean(flag) => Value::Bool(*flag),
        Yaml::Array(all) => {
            Value::Array(all.iter().map(|one| value(one, depth + 1)).collect::<Result<_, _>>()?)
        }
        Yaml::Hash(fields) => {
            let mut out = Map::new();
            for (key, one) in fields {
                if let Yaml::String(key) = key {
                    out.insert(key.clone(), value(one, depth + 1)?);
                }
            }
            Value::Object(out)
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn values_are_those_of_json_with_texts_for_numbers() {
        let found = read(b"id: A\nlist:\n- 1\n- 1.10\n- 'x'\n").unwrap();
        assert_eq!(found.to_string(), r#"{"id":"A","list":["1","1.10","x"]}"#);
        assert!(read("[".repeat(1000).as_bytes()).is_err() && read("- ".repeat(1000).as_bytes()).is_err());
        assert!(read(b"a: &x [1]\nb: *x\n").is_err() && read(b"a: &x [1]\nb: [*x,*x]\n").is_err());
        let found = read(b"details: 'one: * two\n\n  - *three* & four'\n").unwrap();
        assert_eq!(found.to_string(), r#"{"details":"one: * two\n- *three* & four"}"#);
    }
}
