//! Functions of texts.

use super::{Ambient, Function, MANY, function, on_text, texts};
use crate::value::{MAX_TEXT, Value, count, whole};

pub(super) const FUNCTIONS: &[Function] = &[
    function("basename", 1, 1, |a, _| on_text(a, base)),
    function("chomp", 1, 1, |a, _| on_text(a, |text| text.trim_end_matches(['\n', '\r']).to_owned())),
    function("dirname", 1, 1, |a, _| on_text(a, dir)),
    function("indent", 2, 2, indent),
    function("join", 2, MANY, join),
    function("lower", 1, 1, |a, _| on_text(a, str::to_lowercase)),
    function("replace", 3, 3, replace),
    function("reverse", 1, 1, |a, _| on_text(a, |text| text.chars().rev().collect())),
    function("sanitize", 1, 1, |a, _| on_text(a, sanitize)),
    function("split", 2, 2, split),
    function("strlen", 1, 1, |a, _| Ok(count(a[0].to_text()?.chars().count()))),
    function("substr", 3, 3, substr),
    function("title", 1, 1, |a, _| on_text(a, title)),
    function("trim", 2, 2, trim),
    function("trimprefix", 2, 2, |a, _| cut(a, |text, part| text.strip_prefix(part))),
    function("trimspace", 1, 1, |a, _| on_text(a, |text| text.trim().to_owned())),
    function("trimsuffix", 2, 2, |a, _| cut(a, |text, part| text.strip_suffix(part))),
    function("upper", 1, 1, |a, _| on_text(a, str::to_uppercase)),
];

fn base(text: &str) -> String {
    let trimmed = text.trim_end_matches('/');
    match (text.is_empty(), trimmed.is_empty()) {
        (true, _) => ".".to_owned(),
        (_, true) => "/".to_owned(),
        _ => trimmed.rsplit('/').next().unwrap_or(trimmed).to_owned(),
    }
}

fn dir(text: &str) -> String {
    match text.rfind('/') {
        None => ".".to_owned(),
        Some(at) => kit::clean_path(&text[..=at]),
    }
}

fn indent(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let width = usize::try_from(whole(arguments[0].to_number()?)?).unwrap_or_default().min(1000);
    let text = arguments[1].to_text()?;
    if text.matches('\n').count().saturating_mul(width) > MAX_TEXT {
        return Err("the text would be too long".to_owned());
    }
    Ok(Value::Text(text.replace('\n', &format!("\n{}", " ".repeat(width)))))
}

fn join(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let mut items = Vec::new();
    for list in &arguments[1..] {
        items.extend(texts(list)?);
    }
    Ok(Value::Text(items.join(&arguments[0].to_text()?)))
}

fn replace(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (text, from, to) = (arguments[0].to_text()?, arguments[1].to_text()?, arguments[2].to_text()?);
    if text.matches(from.as_str()).count().saturating_mul(to.len()) > MAX_TEXT {
        return Err("the text would be too long".to_owned());
    }
    Ok(Value::Text(text.replace(&from, &to)))
}

/// What a target's name can be.
fn sanitize(text: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    text.chars().map(|letter| if fits(letter) { letter } else { '_' }).collect()
}

fn split(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (separator, text) = (arguments[0].to_text()?, arguments[1].to_text()?);
    Ok(Value::List(if separator.is_empty() {
        text.chars().map(|letter| Value::Text(letter.to_string())).collect()
    } else {
        text.split(separator.as_str()).map(Value::text).collect()
    }))
}

/// A negative offset counts from the end; a negative length is all the rest.
fn substr(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let letters: Vec<char> = arguments[0].to_text()?.chars().collect();
    let (offset, length) = (whole(arguments[1].to_number()?)?, whole(arguments[2].to_number()?)?);
    let size = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    let begin = if offset < 0 { (offset + size).max(0) } else { offset.min(size) };
    let end = if length < 0 { size } else { begin.saturating_add(length).min(size) };
    let place = |at| usize::try_from(at).unwrap_or_default();
    Ok(Value::Text(letters[place(begin)..place(end)].iter().collect()))
}

fn title(text: &str) -> String {
    let mut begins = true;
    let each = |letter: char| {
        let upper = begins && letter.is_alphabetic();
        begins = !(letter.is_alphanumeric() || letter == '_' || letter == '\'') && letter.is_ascii()
            || letter.is_whitespace();
        if upper { letter.to_uppercase().to_string() } else { letter.to_string() }
    };
    text.chars().map(each).collect()
}

fn trim(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (text, letters) = (arguments[0].to_text()?, arguments[1].to_text()?);
    Ok(Value::text(text.trim_matches(|letter| letters.contains(letter))))
}

fn cut(
    arguments: &[Value],
    strip: impl for<'t> Fn(&'t str, &str) -> Option<&'t str>,
) -> Result<Value, String> {
    let (text, part) = (arguments[0].to_text()?, arguments[1].to_text()?);
    Ok(Value::text(strip(&text, &part).unwrap_or(&text)))
}
