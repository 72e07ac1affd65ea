//! Types of variables, and how a text from the environment becomes a value.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, ObjectKey};

use crate::BakeError;
use crate::document::{Attribute, range_of};
use crate::functions::csv_line;
use crate::value::Value;

/// A type constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    Text,
    Number,
    Bool,
    List(Box<Type>),
    Set(Box<Type>),
    Tuple(Vec<Type>),
    Map(Box<Type>),
    Object(BTreeMap<String, (Type, bool)>),
}

impl Type {
    pub(crate) fn read(attribute: &Attribute) -> Result<Self, BakeError> {
        let wrong = |why: String| BakeError::new(why).at(attribute.file, range_of(attribute.expr.as_ref()));
        // In JSON a type is a text.
        let text = attribute.expr.as_str().map(hcl_edit::parser::parse_expr);
        match text {
            Some(Ok(expr)) => Self::of(&expr).map_err(wrong),
            Some(Err(error)) => Err(wrong(error.message().to_owned())),
            None => Self::of(&attribute.expr).map_err(wrong),
        }
    }

    fn of(expr: &Expression) -> Result<Self, String> {
        match expr {
            Expression::Variable(name) => match name.as_str() {
                "any" => Ok(Self::Any),
                "string" => Ok(Self::Text),
                "number" => Ok(Self::Number),
                "bool" => Ok(Self::Bool),
                "list" => Ok(Self::List(Box::new(Self::Any))),
                "set" => Ok(Self::Set(Box::new(Self::Any))),
                "map" => Ok(Self::Map(Box::new(Self::Any))),
                other => Err(format!("`{other}` is no type")),
            },
            Expression::FuncCall(call) => {
                let arguments: Vec<&Expression> = call.args.iter().collect();
                let [argument] = arguments.as_slice() else {
                    return Err(format!("`{}` takes one argument", call.name.name.as_str()));
                };
                let inner = || Self::of(argument).map(Box::new);
                match (call.name.name.as_str(), argument) {
                    ("list", _) => inner().map(Self::List),
                    ("set", _) => inner().map(Self::Set),
                    ("map", _) => inner().map(Self::Map),
                    ("optional", _) => Self::of(argument),
                    ("tuple", Expression::Array(items)) => {
                        items.iter().map(Self::of).collect::<Result<_, _>>().map(Self::Tuple)
                    }
                    ("object", Expression::Object(object)) => Self::object(object),
                    (name, _) => Err(format!("`{name}` is no type, or not one of this argument")),
                }
            }
            _ => Err("this is no type".to_owned()),
        }
    }

    fn object(object: &hcl_edit::expr::Object) -> Result<Self, String> {
        let mut out = BTreeMap::new();
        for (key, value) in object {
            let name = match key {
                ObjectKey::Ident(name) => name.to_string(),
                ObjectKey::Expression(expr) => expr.as_str().ok_or("a key is no name")?.to_owned(),
            };
            let optional =
                matches!(value.expr(), Expression::FuncCall(call) if call.name.name.as_str() == "optional");
            out.insert(name, (Self::of(value.expr())?, optional));
        }
        Ok(Self::Object(out))
    }

    /// The value as one of this type.
    pub(crate) fn convert(&self, value: Value) -> Result<Value, String> {
        if value == Value::Null {
            return Ok(value);
        }
        let each = |inner: &Self, items: &[Value]| -> Result<Vec<Value>, String> {
            items.iter().map(|item| inner.convert(item.clone())).collect()
        };
        Ok(match self {
            Self::Any => value,
            Self::Text => Value::Text(value.to_text()?),
            Self::Number => Value::Number(value.to_number()?),
            Self::Bool => Value::Bool(value.to_bool()?),
            Self::List(inner) => Value::List(each(inner, value.as_list()?)?),
            Self::Set(inner) => {
                let mut items: Vec<Value> = Vec::new();
                for item in each(inner, value.as_list()?)? {
                    if !items.contains(&item) {
                        items.push(item);
                    }
                }
                if items.iter().all(|item| matches!(item, Value::Text(_))) {
                    items.sort_by_key(|item| item.to_text().unwrap_or_default());
                }
                Value::List(items)
            }
            Self::Tuple(types) => {
                let items = value.as_list()?;
                if items.len() != types.len() {
                    return Err(format!("{} items are where {} are needed", items.len(), types.len()));
                }
                let pairs = types.iter().zip(items);
                Value::List(pairs.map(|(one, item)| one.convert(item.clone())).collect::<Result<_, _>>()?)
            }
            Self::Map(inner) => {
                let convert =
                    |(name, item): (&String, &Value)| Ok((name.clone(), inner.convert(item.clone())?));
                Value::Map(value.as_map()?.iter().map(convert).collect::<Result<_, String>>()?)
            }
            Self::Object(fields) => {
                let map = value.as_map()?;
                let mut out = BTreeMap::new();
                for (name, (one, optional)) in fields {
                    let item = match map.get(name) {
                        Some(item) => item.clone(),
                        None if *optional => Value::Null,
                        None => return Err(format!("the object has no `{name}`")),
                    };
                    out.insert(name.clone(), one.convert(item)?);
                }
                Value::Map(out)
            }
        })
    }

    /// A text from the environment as a value of this type.
    pub(crate) fn parse(&self, text: &str) -> Result<Value, String> {
        match self {
            Self::Any | Self::Text => Ok(Value::text(text)),
            Self::Number => Value::text(text).to_number().map(Value::Number),
            Self::Bool => parse_bool(text).map(Value::Bool),
            Self::List(_) | Self::Set(_) | Self::Tuple(_) => {
                let items: Vec<Value> = csv_line(text)?.into_iter().map(Value::Text).collect();
                match self {
                    Self::List(inner) | Self::Set(inner) if **inner == Self::Bool => {
                        let bools = items.iter().map(|item| parse_bool(&item.to_text()?).map(Value::Bool));
                        Ok(Value::List(bools.collect::<Result<_, _>>()?))
                    }
                    _ => self.convert(Value::List(items)),
                }
            }
            Self::Map(_) | Self::Object(_) => {
                Err("a map is given as JSON, in a variable whose name ends with `_JSON`".to_owned())
            }
        }
    }
}

/// As Go reads a truth.
fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("`{text}` is neither `true` nor `false`")),
    }
}

/// The type that a variable without one has by its default.
pub(crate) fn implied(default: &Value) -> Type {
    match default {
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::Number,
        Value::List(_) => Type::List(Box::new(Type::Any)),
        Value::Map(_) => Type::Map(Box::new(Type::Any)),
        Value::Null | Value::Text(_) => Type::Text,
    }
}
