//! YAML documents as JSON values: what configuration files of other tools hold.

use serde_json::map::Entry;
use serde_json::{Map, Number, Value};
use yaml_rust2::Yaml;

use crate::{MAX_BYTES, Node, Value as Tree, parse_up_to};

/// Reads the first document of a text as a JSON value; an empty one is null.
///
/// # Errors
/// When it is no YAML, too large, or has keys that are no texts.
pub fn json(text: &str) -> Result<Value, String> {
    document(text, MAX_BYTES, &typed)
}

/// The same of texts of up to `most` bytes in which a number is what is written, as versions are: `1.10` is the text `1.10`.
///
/// # Errors
/// Those of [`json`].
pub fn json_of_texts(text: &str, most: usize) -> Result<Value, String> {
    document(text, most, &|text| match Yaml::from_str(text) {
        Yaml::Boolean(truth) => Value::Bool(truth),
        Yaml::Null => Value::Null,
        _ => Value::String(text.to_owned()),
    })
}

/// What a text without quotes means.
type Meaning<'a> = &'a dyn Fn(&str) -> Value;

fn document(text: &str, most: usize, meaning: Meaning<'_>) -> Result<Value, String> {
    parse_up_to(text, most)?.map_or(Ok(Value::Null), |root| value(root, meaning))
}

fn typed(text: &str) -> Value {
    match Yaml::from_str(text) {
        Yaml::Boolean(truth) => Value::Bool(truth),
        Yaml::Integer(number) => Value::Number(number.into()),
        Yaml::Real(text) => {
            let number = text.parse().ok().and_then(Number::from_f64);
            number.map_or(Value::String(text), Value::Number)
        }
        Yaml::Null => Value::Null,
        _ => Value::String(text.to_owned()),
    }
}

fn value(node: Node, meaning: Meaning<'_>) -> Result<Value, String> {
    Ok(match node.value {
        Tree::Scalar { text, plain: true } => meaning(&text),
        Tree::Scalar { text, .. } => Value::String(text),
        Tree::List(items) => {
            Value::Array(items.into_iter().map(|item| value(item, meaning)).collect::<Result<_, _>>()?)
        }
        Tree::Map(pairs) => {
            let mut map = Map::new();
            for (key, item) in pairs {
                match map.entry(key_text(key)?) {
                    Entry::Vacant(place) => drop(place.insert(value(item, meaning)?)),
                    Entry::Occupied(place) => {
                        return Err(format!("the key `{}` is there twice", place.key()));
                    }
                }
            }
            Value::Object(map)
        }
    })
}

/// A key as a text: what it says, also where that is a number.
fn key_text(key: Node) -> Result<String, String> {
    let is_null = key.is_null();
    match key.value {
        Tree::Scalar { text, .. } if !is_null => Ok(text),
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
        assert!(json("a: 1\na: 2\n").is_err() && json("a: 1\n---\n[").is_err());
        assert_eq!(json("a: !!str 1\nb: '2'\n3: 0x10\n"), Ok(of!({ "a": "1", "b": "2", "3": 16 })));
    }

    #[test]
    fn numbers_can_stay_as_they_are_written() {
        let found = json_of_texts("id: A\nlist:\n- 1\n- 1.10\n- 'x'\n- true\n- ~\n", 99);
        assert_eq!(found, Ok(of!({ "id": "A", "list": ["1", "1.10", "x", true, null] })));
        let found = json_of_texts("details: 'one: * two\n\n  - *three* & four'\n", 99);
        assert_eq!(found, Ok(of!({ "details": "one: * two\n- *three* & four" })));
        assert!(json_of_texts("a: b\n", 3).is_err());
    }

    #[test]
    fn aliases_cannot_grow_without_bound() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..8 {
            let below = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(","));
        }
        assert!(json(&text).is_err());
    }
}
