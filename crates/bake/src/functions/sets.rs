//! Functions of sets: lists in the order of their values, each once.

use super::collections::distinct;
use super::{Ambient, Function, MANY, function};
use crate::value::{MAX_ITEMS, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("sethaselement", 2, 2, |a, _| Ok(Value::Bool(a[0].as_list()?.contains(&a[1])))),
    function("setintersection", 1, MANY, |a, _| {
        all(a, |left, right| keep(left, |item| right.contains(item)))
    }),
    function("setproduct", 1, MANY, product),
    function("setsubtract", 2, 2, |a, _| all(a, |left, right| keep(left, |item| !right.contains(item)))),
    function("setsymmetricdifference", 1, MANY, |a, _| all(a, difference)),
    function("setunion", 1, MANY, |a, _| all(a, |left, right| [left, right].concat())),
];

fn keep(items: &[Value], wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
    items.iter().filter(|item| wanted(item)).cloned().collect()
}

fn difference(left: &[Value], right: &[Value]) -> Vec<Value> {
    let mut out = keep(left, |item| !right.contains(item));
    out.extend(keep(right, |item| !left.contains(item)));
    out
}

fn all(arguments: &[Value], combine: impl Fn(&[Value], &[Value]) -> Vec<Value>) -> Result<Value, String> {
    let mut out = arguments[0].as_list()?.to_vec();
    for other in &arguments[1..] {
        out = combine(&out, other.as_list()?);
    }
    let mut out = distinct(&out);
    out.sort_by(order);
    Ok(Value::List(out))
}

/// Texts by their letters, numbers by their size, others as they come.
fn order(left: &Value, right: &Value) -> std::cmp::Ordering {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.total_cmp(right),
        _ => std::cmp::Ordering::Equal,
    }
}

fn product(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let mut out: Vec<Vec<Value>> = vec![Vec::new()];
    for list in arguments {
        let items = list.as_list()?;
        if out.len().saturating_mul(items.len()) > MAX_ITEMS {
            return Err(format!("the product has more than {MAX_ITEMS} items"));
        }
        let longer = |row: &Vec<Value>| {
            let row = row.clone();
            items
                .iter()
                .map(move |item| [row.as_slice(), std::slice::from_ref(item)].concat())
                .collect::<Vec<_>>()
        };
        out = out.iter().flat_map(longer).collect();
    }
    Ok(Value::List(out.into_iter().map(Value::List).collect()))
}
