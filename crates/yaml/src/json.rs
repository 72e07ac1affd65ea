//! YAML documents as JSON values: what configuration files of other tools hold.

use serde_json::{Map, Number, Value};
use yaml_rust2::{Yaml, YamlLoader};

use crate::{MAX_BYTES, MAX_NODES};

/// Reads the first document of a text as a JSON value; an empty one is null.
///
/// # Errors
/// When it is no YAML, too large, or has keys that are no texts.
pub fn json(text: &str) -> Result<Value, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("it is larger than {MAX_BYTES} bytes"));
    }
    let documents =
        YamlLoader::load_from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
    let mut left = MAX_NODES;
    documents.first().map_or(Ok(Value::Null), |document| value(document, &mut left))
}

fn value(yaml: &Yaml, left: &mut usize) -> Result<Value, String> {
    *left = left.checked_sub(1).ok_or("it has too many values")?;
    Ok(match yaml {
        Yaml::Boolean(bool) => Value::Bool(*bool),
        Yaml::Integer(number) => Value::Number((*number).into()),
        Yaml::Real(text) => {
            let number = text.parse().ok().and_then(Number::from_f64);
            number.map_or_else(|| Value::String(text.clone()), Value::Number)
        }
        Yaml::String(text) => Value::String(text.clone()),
        Yaml::Array(items) => {
            Value::Array(items.iter().map(|item| value(item, left)).collect::<Result<_, _>>()?)
        }
        Yaml::Hash(pairs) => {
            let mut map = Map::new();
            for (key, item) in pairs {
                map.insert(key_text(key)?, value(item, left)?);
            }
            Value::Object(map)
        }
        Yaml::Null | Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    })
}

fn key_text(key: &Yaml) -> Result<String, String> {
    match key {
        Yaml::String(text) | Yaml::Real(text) => Ok(text.clone()),
        Yaml::Integer(number) => Ok(number.to_string()),
        Yaml::Boolean(bool) => Ok(bool.to_string()),
        _ => Err("a key is no text".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as of;

    use super::*;

    #[test]
    fn documents_become_values() {
        assert_eq!(
            json("a: [1, x, true, ~]\nb:\n  - 1.5\n"),
            Ok(of!({ "a": [1, "x", true, null], "b": [1.5] }))
        );
        assert_eq!(json(""), Ok(Value::Null));
        assert!(json("a: [").is_err());
        assert!(json("? [a]\n: b\n").is_err());
    }

    #[test]
    fn aliases_cannot_grow_without_bound() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..8 {
            let below = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(","));
        }
        // The loader copies what an alias means, so a level less keeps the test small.
        assert!(json(&text[..text.find("a6").unwrap()]).is_err());
    }
}
