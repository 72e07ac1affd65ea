//! JSON from outside: bounded, and without a key that stands twice in an object, where the signer and the reader could see
//! different values.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::{Reason, Result, TrustError};

/// What marks the error of a repeated key on its way through the parser.
const TWICE: &str = "stands twice in an object";
/// The same of a document with too many values.
const MANY: &str = "more values than are read";
/// Most values of a document whose long parts are texts. Each takes some tens of bytes, whatever its text took.
const FLAT: usize = 1 << 16;

/// How large a document may be.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    bytes: usize,
    values: usize,
}

impl Limit {
    /// One of few values.
    pub(crate) const fn flat(bytes: usize) -> Self {
        Self { bytes, values: FLAT }
    }

    /// One of as many values as its bytes hold: for what somebody trusted has signed.
    pub(crate) const fn deep(bytes: usize) -> Self {
        Self { bytes, values: usize::MAX }
    }
}

/// Reads a document; `what` is how an error calls it.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8], limit: Limit, what: &str) -> Result<T> {
    let value = value(bytes, limit, what)?;
    serde_json::from_value(value).map_err(|error| TrustError::malformed(format!("{what}: {error}")))
}

/// The same without a type.
pub(crate) fn value(bytes: &[u8], limit: Limit, what: &str) -> Result<Value> {
    if bytes.len() > limit.bytes {
        let message = format!("{what} has {} bytes, and at most {} are read", bytes.len(), limit.bytes);
        return Err(TrustError::new(Reason::TooLarge, message));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let left = Cell::new(limit.values);
    let found =
        Strict { left: &left }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    found.map_err(|error| {
        let text = error.to_string();
        if text.starts_with(MANY) {
            let message = format!("{what} has more than {} values", limit.values);
            return TrustError::new(Reason::TooLarge, message);
        }
        let reason = if text.contains(TWICE) { Reason::DuplicateKey } else { Reason::Malformed };
        TrustError::new(reason, format!("{what} is no proper JSON: {text}"))
    })
}

/// Builds a value, refuses repeated keys, and counts. The parser bounds the depth.
#[derive(Clone, Copy)]
struct Strict<'a> {
    /// How many values may still come.
    left: &'a Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| D::Error::custom(MANY))?;
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
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
        while let Some(item) = items.next_element_seed(self)? {
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
            let value = entries.next_value_seed(self)?;
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
            let limit = Limit { bytes: 100, values: 12 };
            let found = value(text.as_bytes(), limit, "it").err().map(|error| error.reason());
            assert_eq!(found, expect, "{text}");
        };
        check(r#"{"a":1,"b":{"a":[1,-2,3.5,"x",null,true]}}"#, None);
        check(r#"{"a":1,"a":1}"#, Some(Reason::DuplicateKey));
        check(r#"[{"b":{"a":1,"\u0061":2}}]"#, Some(Reason::DuplicateKey));
        check(r#"{"a":1} {"a":1}"#, Some(Reason::Malformed));
        check("", Some(Reason::Malformed));
        check(&format!("\"{}\"", "x".repeat(99)), Some(Reason::TooLarge));
        check("[1,2,3,4,5,6,7,8,9,10,11]", None);
        check("[1,2,3,4,5,6,7,8,9,10,11,12]", Some(Reason::TooLarge));
        check(r#"{"a":[],"b":[{},{},[],[[]]],"c":{"d":[]},"e":[1,2]}"#, Some(Reason::TooLarge));
        check(r#""more values than are read""#, None);
        let deep = "[".repeat(100_000);
        let found = value(deep.as_bytes(), Limit::flat(1 << 20), "it").unwrap_err();
        assert_eq!(found.reason(), Reason::Malformed);
    }

    #[test]
    fn numbers_and_texts_are_what_the_usual_reader_sees() {
        let text = r#"{"z":18446744073709551615,"a":-9223372036854775808,"f":1e3,"s":"\ud83d\ude00"}"#;
        let usual: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value(text.as_bytes(), Limit::flat(1000), "it").unwrap(), usual);
    }
}
