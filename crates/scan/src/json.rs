//! Parts of JSON documents of which little is kept: what has another form than expected is passed over, not an error, as people write
//! all kinds of things into the fields of such files.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::Found;

/// What a document says; where it is none, `found` tells it and nothing comes.
pub(crate) fn document<'de, T: Deserialize<'de>>(text: &'de str, found: &mut Found) -> Option<T> {
    serde_json::from_str(text).map_err(|error| found.unread(error)).ok()
}

/// More entries of an object or list are left out.
const MAX_PAIRS: usize = 50_000;

/// More names are left out.
const MAX_NAMES: usize = 64;

/// Longer texts are passed over.
const MAX_WORD: usize = 4096;

/// A text; anything else is an empty one.
#[derive(Debug, Default, Clone)]
pub(crate) struct Word(String);

impl Word {
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// The entries of an object, in their order; anything else has none.
#[derive(Debug)]
pub(crate) struct Pairs<T>(Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> IntoIterator for Pairs<T> {
    type Item = (String, T);
    type IntoIter = std::vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T> Deref for Pairs<T> {
    type Target = [(String, T)];

    fn deref(&self) -> &[(String, T)] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        any(from)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        any(from)
    }
}

/// The first elements of a list, what these say as objects; anything else has none.
#[derive(Debug)]
pub(crate) struct Items<T>(Vec<T>);

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> IntoIterator for Items<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de, T: Default + Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        any(from)
    }
}

impl<'de, T: Default + Deserialize<'de>> Forms<'de> for Items<T> {
    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut all = Vec::new();
        while all.len() < MAX_PAIRS {
            match list.next_element::<Object<T>>()? {
                Some(item) => all.push(item.into_inner()),
                None => return Ok(Self(all)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self(all))
    }
}

/// What an object says; of anything else what there is without one.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(T);

impl<T> Object<T> {
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Object<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Default + Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        any(from)
    }
}

impl<'de, T: Default + Deserialize<'de>> Forms<'de> for Object<T> {
    fn object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Self)
    }
}

/// Names: a text, objects that have one as `type` or `name`, or a list of these.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names(Vec<String>);

impl Names {
    pub(crate) fn into_vec(self) -> Vec<String> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        any(from)
    }
}

impl<'de> Forms<'de> for Names {
    fn text(text: &str) -> Self {
        Self(if text.is_empty() { Vec::new() } else { vec![text.to_owned()] })
    }

    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut kind, mut name) = (Word::default(), Word::default());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => kind = map.next_value()?,
                "name" => name = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Self::text(if kind.is_empty() { &name } else { &kind }))
    }

    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut all = Vec::new();
        while let Some(Self(some)) = list.next_element()? {
            if all.len() < MAX_NAMES {
                all.extend(some);
            }
        }
        Ok(Self(all))
    }
}

/// Reads a value of whatever form.
pub(crate) fn any<'de, T: Forms<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_any(Any::<T>(PhantomData))
}

/// What becomes of the forms that a value can have.
pub(crate) trait Forms<'de>: Default {
    fn text(_: &str) -> Self {
        Self::default()
    }

    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

impl Forms<'_> for Word {
    fn text(text: &str) -> Self {
        Self(if text.len() > MAX_WORD { String::new() } else { text.to_owned() })
    }
}

impl<'de, T: Deserialize<'de>> Forms<'de> for Pairs<T> {
    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut all = Vec::new();
        while all.len() < MAX_PAIRS {
            match map.next_entry()? {
                Some(pair) => all.push(pair),
                None => return Ok(Self(all)),
            }
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self(all))
    }
}

struct Any<T>(PhantomData<T>);

impl<'de, T: Forms<'de>> Visitor<'de> for Any<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::object(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_forms_are_passed_over() {
        let words: Vec<Word> =
            serde_json::from_str(r#"["a", 1, -1, 0.5, true, null, [1], {"a": 1}]"#).unwrap();
        assert_eq!(words.iter().map(|word| &**word).collect::<String>(), "a");
        let pairs: Pairs<Word> = serde_json::from_str(r#"{"a": "b", "c": {"d": []}, "e": "f"}"#).unwrap();
        let shown: Vec<_> = pairs.iter().map(|(key, value)| format!("{key}={}", &**value)).collect();
        assert_eq!(shown, ["a=b", "c=", "e=f"]);
        let pairs: Pairs<Object<Pairs<Word>>> =
            serde_json::from_str(r#"{"a": {"b": "c"}, "d": null, "e": 1}"#).unwrap();
        assert_eq!(pairs.iter().map(|(_, inner)| inner.len()).collect::<Vec<_>>(), [1, 0, 0]);
        let items: Items<Pairs<Word>> = serde_json::from_str(r#"[{"a": "b"}, null, 1]"#).unwrap();
        assert_eq!(items.into_iter().map(|item| item.len()).collect::<Vec<_>>(), [1, 0, 0]);
        let none: Pairs<Word> = serde_json::from_str("[1, {}]").unwrap();
        assert!(none.is_empty());
    }
}
