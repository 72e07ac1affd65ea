//! JSON from outside: bounded, and without a key that stands twice in an object, where the signer and the reader could see
//! different values.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::{Reason, Result, TrustError};

/// What marks the error of a repeated key on its way through the parser.
const TWICE: &str = "stands twice in an object";

/// Reads a document of at most `limit` bytes; `what` is how an error calls it.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8], limit: usize, what: &str) -> Result<T> {
    let value = value(bytes, limit, what)?;
    serde_json::from_value(value).map_err(|error| TrustError::malformed(format!("{what}: {error}")))
}

/// The same without a type.
pub(crate) fn value(bytes: &[u8], limit: usize, what: &str) -> Result<Value> {
    if bytes.len() > limit {
        let message = format!("{what} has {} bytes, and at most {limit} are read", bytes.len());
        return Err(TrustError::new(Reason::TooLarge, message));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let found = Strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    found.map_err(|error| {
        let text = error.to_string();
        let reason = if text.contains(TWICE) { Reason::DuplicateKey } else { Reason::Malformed };
        TrustError::new(reason, format!("{what} is no proper JSON: {text}"))
    })
}

/// Builds a value and refuses repeated keys. The parser bounds the depth.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if out.contains_key(&key) {
                let shown: String = key.chars().take(80).collect();
                return Err(A::Error::custom(format!("the key `{shown}` {TWICE}")));
            }
            let value = entries.next_value_seed(Strict)?;
            out.insert(key, value);
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_bounded_and_have_each_key_once() {
        let check = |text: &str, expect: Option<Reason>| {
            let found = value(text.as_bytes(), 100, "it").err().map(|error| error.reason());
            assert_eq!(found, expect, "{text}");
        };
        check(r#"{"a":1,"b":{"a":[1,-2,3.5,"x",null,true]}}"#, None);
        check(r#"{"a":1,"a":1}"#, Some(Reason::DuplicateKey));
        check(r#"[{"b":{"a":1,"\u0061":2}}]"#, Some(Reason::DuplicateKey));
        check(r#"{"a":1} {"a":1}"#, Some(Reason::Malformed));
        check("", Some(Reason::Malformed));
        check(&format!("\"{}\"", "x".repeat(99)), Some(Reason::TooLarge));
        let deep = "[".repeat(100_000);
        let found = value(deep.as_bytes(), 1 << 20, "it").unwrap_err();
        assert_eq!(found.reason(), Reason::Malformed);
    }

    #[test]
    fn numbers_and_texts_are_what_the_usual_reader_sees() {
        let text = r#"{"z":18446744073709551615,"a":-9223372036854775808,"f":1e3,"s":"\ud83d\ude00"}"#;
        let usual: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value(text.as_bytes(), 1000, "it").unwrap(), usual);
    }
}
