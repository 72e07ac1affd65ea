//! The functions that every build file has.

mod collections;
mod encode;
mod format;
mod network;
mod numbers;
mod patterns;
mod sets;
mod text;
mod time;

pub(crate) use encode::csv_line;

use crate::value::Value;

/// What functions may know of the world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ambient {
    /// Seconds since 1970.
    pub(crate) now: i64,
}

/// A function: its name, how many arguments it takes, and what it does.
#[derive(Clone, Copy)]
struct Function {
    name: &'static str,
    least: usize,
    most: usize,
    call: fn(&[Value], &Ambient) -> Result<Value, String>,
}

const MANY: usize = usize::MAX;

const fn function(
    name: &'static str,
    least: usize,
    most: usize,
    call: fn(&[Value], &Ambient) -> Result<Value, String>,
) -> Function {
    Function { name, least, most, call }
}

const FAMILIES: [&[Function]; 9] = [
    collections::FUNCTIONS,
    encode::FUNCTIONS,
    format::FUNCTIONS,
    network::FUNCTIONS,
    numbers::FUNCTIONS,
    patterns::FUNCTIONS,
    sets::FUNCTIONS,
    text::FUNCTIONS,
    time::FUNCTIONS,
];

/// Why a call gave nothing.
pub(crate) enum CallError {
    /// There is no such function; what has nearly its name.
    Unknown(Option<&'static str>),
    /// What it said.
    Failed(String),
}

pub(crate) fn call(name: &str, arguments: &[Value], ambient: &Ambient) -> Result<Value, CallError> {
    let all = || FAMILIES.iter().flat_map(|family| family.iter());
    let Some(function) = all().find(|function| function.name == name) else {
        let near = all().map(|one| (kit::edit_distance(one.name, name), one.name)).min();
        return Err(CallError::Unknown(near.filter(|(distance, _)| *distance <= 2).map(|(_, name)| name)));
    };
    let count = arguments.len();
    if count < function.least || count > function.most {
        let (least, most) = (function.least, function.most);
        let wanted = match (least, most) {
            (least, MANY) => format!("at least {least}"),
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        return Err(CallError::Failed(format!("it takes {wanted} arguments and got {count}")));
    }
    (function.call)(arguments, ambient).map_err(CallError::Failed)
}

/// A text function of one argument.
fn on_text(arguments: &[Value], change: impl Fn(&str) -> String) -> Result<Value, String> {
    Ok(Value::Text(change(&arguments[0].to_text()?)))
}

/// Texts of a list.
fn texts(value: &Value) -> Result<Vec<String>, String> {
    value.as_list()?.iter().map(Value::to_text).collect()
}
