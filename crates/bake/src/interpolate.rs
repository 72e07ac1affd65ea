//! `$NAME`, `${NAME}`, `${NAME:-default}` and their like in compose files.

use std::collections::BTreeMap;

use crate::BakeError;
use crate::value::MAX_TEXT;

/// Defaults are not nested deeper.
const MAX_DEPTH: usize = 16;

/// A text with its variables replaced; one that is not set is empty.
pub(crate) fn interpolate(text: &str, vars: &BTreeMap<String, String>) -> Result<String, BakeError> {
    at_depth(text, vars, 0)
}

fn at_depth(text: &str, vars: &BTreeMap<String, String>, depth: usize) -> Result<String, BakeError> {
    if depth > MAX_DEPTH {
        return Err(BakeError::new("variables are nested too deep"));
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let end = closing(after).ok_or_else(|| wrong(text))?;
            out.push_str(&braced(&after[..end], vars, depth)?);
            rest = &after[end + 1..];
        } else {
            let end = name_end(rest);
            if end == 0 {
                return Err(wrong(text));
            }
            out.push_str(vars.get(&rest[..end]).map(String::as_str).unwrap_or_default());
            rest = &rest[end..];
        }
        if out.len() > MAX_TEXT {
            return Err(BakeError::new("a text with its variables is too long"));
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn wrong(text: &str) -> BakeError {
    BakeError::new(format!("`{text}` has a `$` that names no variable")).help("write `$$` for a plain `$`")
}

fn name_end(text: &str) -> usize {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return 0;
    }
    text.find(|letter| !is_name(letter)).unwrap_or(text.len())
}

/// Where the brace that is open is closed.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' if text[..at].ends_with('$') => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

fn braced(inner: &str, vars: &BTreeMap<String, String>, depth: usize) -> Result<String, BakeError> {
    let end = name_end(inner);
    let (name, operator) = inner.split_at(end);
    if name.is_empty() {
        return Err(wrong(inner));
    }
    let value = vars.get(name);
    let full = value.filter(|value| !value.is_empty());
    let (found, operator) = match operator.strip_prefix(':') {
        Some(operator) => (full, operator),
        None => (value, operator),
    };
    let mut letters = operator.chars();
    let first = letters.next();
    let argument = letters.as_str();
    match (first, found) {
        (None, _) => Ok(value.cloned().unwrap_or_default()),
        (Some('-' | '?'), Some(found)) => Ok(found.clone()),
        (Some('-'), None) | (Some('+'), Some(_)) => at_depth(argument, vars, depth + 1),
        (Some('+'), None) => Ok(String::new()),
        (Some('?'), None) => {
            let why = at_depth(argument, vars, depth + 1)?;
            Err(BakeError::new(format!("the variable `{name}` is missing: {why}")))
        }
        _ => Err(wrong(inner)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced() {
        let vars = [("A", "1"), ("E", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let vars = BTreeMap::from(vars);
        let check = |text, value: &str| assert_eq!(interpolate(text, &vars).unwrap(), value, "{text}");
        check("$A-${A}", "1-1");
        check("$$A", "$A");
        check("${X:-d}${X-d}${E:-d}${E-d}", "ddd");
        check("${A:+y}${X:+y}${E+y}", "yy");
        check("${X:-${Y:-z}}", "z");
        check("${X:-a}b}", "ab}");
        for text in ["$", "${A", "${}", "$1", "${X:?no}", "${A%x}"] {
            assert!(interpolate(text, &vars).is_err(), "{text}");
        }
        assert!(interpolate(&"${X:-".repeat(50), &vars).is_err());
    }
}
