//! What expressions evaluate to, and how one kind becomes another.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value as Json};

/// No text that an expression makes is longer, in bytes.
pub(crate) const MAX_TEXT: usize = 4 << 20;
/// No collection that an expression makes has more items.
pub(crate) const MAX_ITEMS: usize = 100_000;
/// How deep collections are nested at most.
const MAX_DEPTH: usize = 64;

/// A value of HCL. Tuples, lists and sets are one kind, objects and maps another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl Value {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// What it is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }

    /// As a string, where that is possible.
    pub(crate) fn to_text(&self) -> Result<String, String> {
        match self {
            Self::Bool(bool) => Ok(bool.to_string()),
            Self::Number(number) => Ok(number_text(*number)),
            Self::Text(text) => Ok(text.clone()),
            Self::Null | Self::List(_) | Self::Map(_) => {
                Err(format!("{} is where a string is needed", self.kind()))
            }
        }
    }

    pub(crate) fn to_number(&self) -> Result<f64, String> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => {
                let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
                number.ok_or_else(|| format!("`{text}` is not a number"))
            }
            _ => Err(format!("{} is where a number is needed", self.kind())),
        }
    }

    pub(crate) fn to_bool(&self) -> Result<bool, String> {
        match self {
            Self::Bool(bool) => Ok(*bool),
            Self::Text(text) if text == "true" || text == "1" => Ok(true),
            Self::Text(text) if text == "false" || text == "0" => Ok(false),
            Self::Text(text) => Err(format!("`{text}` is neither `true` nor `false`")),
            _ => Err(format!("{} is where a boolean is needed", self.kind())),
        }
    }

    pub(crate) fn as_list(&self) -> Result<&[Self], String> {
        match self {
            Self::List(items) => Ok(items),
            _ => Err(format!("{} is where a list is needed", self.kind())),
        }
    }

    pub(crate) fn as_map(&self) -> Result<&BTreeMap<String, Self>, String> {
        match self {
            Self::Map(map) => Ok(map),
            _ => Err(format!("{} is where an object is needed", self.kind())),
        }
    }

    /// Keys and values of a collection, in its order.
    pub(crate) fn entries(&self) -> Result<Vec<(Self, Self)>, String> {
        match self {
            Self::List(items) => {
                Ok(items.iter().enumerate().map(|(at, item)| (count(at), item.clone())).collect())
            }
            Self::Map(map) => {
                Ok(map.iter().map(|(key, item)| (Self::text(key.as_str()), item.clone())).collect())
            }
            _ => Err(format!("{} has no items", self.kind())),
        }
    }

    /// The value of a key or the item at a place.
    pub(crate) fn index(&self, key: &Self) -> Result<Self, String> {
        match self {
            Self::Map(map) => {
                let key = key.to_text()?;
                map.get(&key).cloned().ok_or_else(|| format!("there is no `{key}` in this object"))
            }
            Self::List(items) => {
                let number = key.to_number()?;
                let at = whole(number)?;
                let item = usize::try_from(at).ok().and_then(|at| items.get(at));
                item.cloned().ok_or_else(|| format!("a list of {} has no item {at}", items.len()))
            }
            _ => Err(format!("{} has no items", self.kind())),
        }
    }

    pub(crate) fn json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(bool) => Json::Bool(*bool),
            Self::Number(number) => Json::Number(json_number(*number)),
            Self::Text(text) => Json::String(text.clone()),
            Self::List(items) => Json::Array(items.iter().map(Self::json).collect()),
            Self::Map(map) => {
                Json::Object(map.iter().map(|(key, item)| (key.clone(), item.json())).collect::<Map<_, _>>())
            }
        }
    }

    pub(crate) fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => Self::Number(number.as_f64().unwrap_or_default()),
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            Json::Object(map) => {
                Self::Map(map.iter().map(|(key, item)| (key.clone(), Self::from_json(item))).collect())
            }
        }
    }

    /// An error when it is larger than any build file needs.
    pub(crate) fn bounded(self) -> Result<Self, String> {
        let (mut bytes, mut items) = (0, 0);
        self.measure(&mut bytes, &mut items, 0)?;
        if bytes > MAX_TEXT || items > MAX_ITEMS {
            return Err(format!("a value grows beyond {MAX_TEXT} bytes or {MAX_ITEMS} items"));
        }
        Ok(self)
    }

    fn measure(&self, bytes: &mut usize, items: &mut usize, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("a value is nested deeper than {MAX_DEPTH}"));
        }
        *items += 1;
        match self {
            Self::Text(text) => *bytes += text.len(),
            Self::List(list) => list.iter().try_for_each(|item| item.measure(bytes, items, depth + 1))?,
            Self::Map(map) => {
                *bytes += map.keys().map(String::len).sum::<usize>();
                map.values().try_for_each(|item| item.measure(bytes, items, depth + 1))?;
            }
            Self::Null | Self::Bool(_) | Self::Number(_) => {}
        }
        Ok(())
    }
}

/// A length or a place as a number.
#[expect(clippy::cast_precision_loss, reason = "collections are far smaller than 2^53")]
pub(crate) const fn count(number: usize) -> Value {
    Value::Number(number as f64)
}

/// A number without a fraction.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
pub(crate) fn whole(number: f64) -> Result<i64, String> {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return Ok(number as i64);
    }
    Err(format!("`{}` is not a whole number", number_text(number)))
}

/// A number as bake writes it: never with an exponent.
pub(crate) fn number_text(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { format!("{number}") }
}

fn json_number(number: f64) -> Number {
    match whole(number) {
        Ok(whole) => whole.into(),
        Err(_) => Number::from_f64(number).unwrap_or_else(|| 0.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_exponents() {
        let check = |number, text| assert_eq!(number_text(number), text);
        check(3.0, "3");
        check(-0.0, "0");
        check(0.5, "0.5");
        check(1e21, "1000000000000000000000");
        check(12_345_678_901.0, "12345678901");
    }

    #[test]
    fn values_have_bounds() {
        assert!(Value::text("x".repeat(MAX_TEXT + 1)).bounded().is_err());
        assert!(Value::List(vec![Value::Null; MAX_ITEMS]).bounded().is_err());
        let deep = (0..100).fold(Value::Null, |inner, _| Value::List(vec![inner]));
        assert!(deep.bounded().is_err());
    }
}
