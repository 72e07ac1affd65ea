//! Functions of regular expressions, in RE2's language.

use std::collections::BTreeMap;

use regex::{Captures, Regex, RegexBuilder};

use super::{Ambient, Function, function};
use crate::value::{MAX_TEXT, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("regex", 2, 2, first),
    function("regex_replace", 3, 3, replace),
    function("regexall", 2, 2, every),
];

fn compile(value: &Value) -> Result<Regex, String> {
    let pattern = value.to_text()?;
    let built = RegexBuilder::new(&pattern).size_limit(1 << 20).nest_limit(64).build();
    built.map_err(|error| format!("`{pattern}` is no regular expression: {error}"))
}

/// The whole match, or its groups by number or by name.
fn matched(regex: &Regex, found: &Captures<'_>) -> Value {
    let group = |at: usize| found.get(at).map_or(Value::Null, |part| Value::text(part.as_str()));
    let names: Vec<_> = regex.capture_names().enumerate().skip(1).collect();
    if names.is_empty() {
        return group(0);
    }
    if names.iter().any(|(_, name)| name.is_some()) {
        let groups = names.iter().filter_map(|(at, name)| Some(((*name)?.to_owned(), group(*at))));
        return Value::Map(groups.collect::<BTreeMap<_, _>>());
    }
    Value::List(names.iter().map(|(at, _)| group(*at)).collect())
}

fn first(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (regex, text) = (compile(&arguments[0])?, arguments[1].to_text()?);
    let found = regex.captures(&text).ok_or("the text does not match")?;
    Ok(matched(&regex, &found))
}

fn every(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (regex, text) = (compile(&arguments[0])?, arguments[1].to_text()?);
    Ok(Value::List(regex.captures_iter(&text).map(|found| matched(&regex, &found)).collect()))
}

fn replace(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (text, regex, by) = (arguments[0].to_text()?, compile(&arguments[1])?, arguments[2].to_text()?);
    if regex.find_iter(&text).count().saturating_mul(by.len() + text.len()) > 16 * MAX_TEXT {
        return Err("the text would be too long".to_owned());
    }
    Ok(Value::text(regex.replace_all(&text, by.as_str())))
}
