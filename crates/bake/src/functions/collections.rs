//! Functions of lists and objects.

use std::collections::BTreeMap;

use super::{Ambient, Function, MANY, function, texts};
use crate::value::{MAX_ITEMS, Value, count, whole};

pub(super) const FUNCTIONS: &[Function] = &[
    function("chunklist", 2, 2, chunks),
    function("coalesce", 1, MANY, coalesce),
    function("coalescelist", 1, MANY, coalesce_list),
    function("compact", 1, 1, compact),
    function("concat", 1, MANY, concat),
    function("contains", 2, 2, |a, _| Ok(Value::Bool(a[0].as_list()?.contains(&a[1])))),
    function("distinct", 1, 1, |a, _| Ok(Value::List(distinct(a[0].as_list()?)))),
    function("element", 2, 2, element),
    function("flatten", 1, 1, flatten),
    function("hasindex", 2, 2, |a, _| Ok(Value::Bool(a[0].index(&a[1]).is_ok()))),
    function("index", 2, 2, |a, _| a[0].index(&a[1])),
    function("indexof", 2, 2, index_of),
    function("keys", 1, 1, |a, _| Ok(Value::List(a[0].as_map()?.keys().map(Value::text).collect()))),
    function("length", 1, 1, length),
    function("lookup", 2, 3, lookup),
    function("merge", 0, MANY, merge),
    function("range", 1, 3, range),
    function("reverselist", 1, 1, |a, _| Ok(Value::List(a[0].as_list()?.iter().rev().cloned().collect()))),
    function("slice", 2, 3, slice),
    function("sort", 1, 1, sort),
    function("values", 1, 1, |a, _| Ok(Value::List(a[0].as_map()?.values().cloned().collect()))),
    function("zipmap", 2, 2, zip),
];

fn place(value: &Value) -> Result<usize, String> {
    let number = whole(value.to_number()?)?;
    usize::try_from(number).map_err(|_| format!("{number} is negative"))
}

fn chunks(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let items = arguments[0].as_list()?;
    let size = match place(&arguments[1])? {
        0 => items.len().max(1),
        size => size,
    };
    Ok(Value::List(items.chunks(size).map(|chunk| Value::List(chunk.to_vec())).collect()))
}

fn coalesce(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let found = arguments.iter().find(|value| **value != Value::Null);
    found.cloned().ok_or_else(|| "all arguments are null".to_owned())
}

fn coalesce_list(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let found = arguments.iter().find(|value| value.as_list().is_ok_and(|items| !items.is_empty()));
    found.cloned().ok_or_else(|| "all lists are empty".to_owned())
}

fn compact(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let texts = texts(&arguments[0])?;
    Ok(Value::List(texts.into_iter().filter(|text| !text.is_empty()).map(Value::Text).collect()))
}

fn concat(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let mut out = Vec::new();
    for list in arguments {
        out.extend_from_slice(list.as_list()?);
    }
    Ok(Value::List(out))
}

/// Each value once, in the order of its first place.
pub(super) fn distinct(items: &[Value]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for item in items {
        if !out.contains(item) {
            out.push(item.clone());
        }
    }
    out
}

fn element(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let items = arguments[0].as_list()?;
    let at = whole(arguments[1].to_number()?)?;
    let size = i64::try_from(items.len()).ok().filter(|size| *size > 0).ok_or("the list is empty")?;
    let at = usize::try_from(at.rem_euclid(size)).unwrap_or_default();
    Ok(items[at].clone())
}

fn flatten(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    fn into(items: &[Value], out: &mut Vec<Value>) {
        for item in items {
            match item {
                Value::List(inner) => into(inner, out),
                other => out.push(other.clone()),
            }
        }
    }
    let mut out = Vec::new();
    into(arguments[0].as_list()?, &mut out);
    Ok(Value::List(out))
}

fn index_of(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let found = arguments[0].as_list()?.iter().position(|item| *item == arguments[1]);
    found.map(count).ok_or_else(|| "the list does not have this item".to_owned())
}

fn length(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    arguments[0].entries().map(|entries| count(entries.len()))
}

fn lookup(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let found = arguments[0].as_map()?.get(&arguments[1].to_text()?);
    let found = found.or_else(|| arguments.get(2));
    found.cloned().ok_or_else(|| "the object does not have this key".to_owned())
}

fn merge(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let mut out = BTreeMap::new();
    for map in arguments.iter().filter(|value| **value != Value::Null) {
        out.extend(map.as_map()?.clone());
    }
    Ok(Value::Map(out))
}

fn range(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let numbers = arguments.iter().map(Value::to_number).collect::<Result<Vec<_>, _>>()?;
    let (start, end, step) = match numbers.as_slice() {
        [end] => (0.0, *end, if *end < 0.0 { -1.0 } else { 1.0 }),
        [start, end] => (*start, *end, if end < start { -1.0 } else { 1.0 }),
        [start, end, step, ..] => (*start, *end, *step),
        [] => return Ok(Value::List(Vec::new())),
    };
    if step == 0.0 {
        return Err("the step is zero".to_owned());
    }
    let mut out = Vec::new();
    let mut at = start;
    while if step > 0.0 { at < end } else { at > end } {
        out.push(Value::Number(at));
        if out.len() > MAX_ITEMS {
            return Err(format!("the list has more than {MAX_ITEMS} items"));
        }
        at += step;
    }
    Ok(Value::List(out))
}

fn slice(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let items = arguments[0].as_list()?;
    let begin = place(&arguments[1])?;
    let end = arguments.get(2).map_or(Ok(items.len()), place)?;
    let part = items.get(begin..end).ok_or_else(|| format!("{begin} to {end} is not within the list"))?;
    Ok(Value::List(part.to_vec()))
}

fn sort(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let mut items = texts(&arguments[0])?;
    items.sort();
    Ok(Value::List(items.into_iter().map(Value::Text).collect()))
}

fn zip(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (keys, values) = (texts(&arguments[0])?, arguments[1].as_list()?);
    if keys.len() != values.len() {
        return Err(format!("there are {} keys for {} values", keys.len(), values.len()));
    }
    Ok(Value::Map(keys.into_iter().zip(values.iter().cloned()).collect()))
}
