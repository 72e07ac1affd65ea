//! `.env` files.

use std::collections::BTreeMap;

use crate::BakeError;
use crate::interpolate::interpolate;

/// The variables of a `.env` file on top of none of `env`: what the environment has, stays.
pub fn dotenv(text: &str, env: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, BakeError> {
    let mut all = env.clone();
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let trimmed = line.trim_start();
        if trimmed.trim_end().is_empty() || trimmed.starts_with('#') {
            rest = after;
            continue;
        }
        let trimmed = trimmed.strip_prefix("export ").map_or(trimmed, str::trim_start);
        let Some(mark) = trimmed.find(['=', ':']) else {
            rest = after;
            continue;
        };
        let name = trimmed[..mark].trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(BakeError::new(format!(
                "`.env` has a line that sets no variable: `{}`",
                line.trim()
            )));
        }
        let from = line.len() - trimmed.len() + mark + 1;
        let (value, left) = value(&rest[from..], &all)?;
        if !env.contains_key(name) {
            all.insert(name.to_owned(), value);
        }
        rest = left;
    }
    Ok(all)
}

/// A value and what stands after its line.
fn value<'t>(text: &'t str, vars: &BTreeMap<String, String>) -> Result<(String, &'t str), BakeError> {
    let text = text.trim_start_matches([' ', '\t']);
    let quote = text.chars().next().filter(|letter| matches!(letter, '"' | '\''));
    let Some(quote) = quote else {
        let (line, after) = text.split_once('\n').unwrap_or((text, ""));
        let end = line.find(" #").unwrap_or(line.len());
        return Ok((interpolate(line[..end].trim(), vars)?, after));
    };
    let inner = &text[1..];
    let mut escaped = false;
    let end = inner.char_indices().find(|(_, letter)| {
        let ends = *letter == quote && !escaped;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    let Some((end, _)) = end else {
        return Err(BakeError::new(format!("`.env` has a value whose {quote} is not closed")));
    };
    let raw = &inner[..end];
    let after = inner[end + 1..].split_once('\n').map_or("", |(_, after)| after);
    if quote == '\'' {
        return Ok((raw.to_owned(), after));
    }
    let mut plain = String::new();
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some('t') => plain.push('\t'),
                Some('$') => plain.push_str("$$"),
                Some(other) => plain.push(other),
                None => {}
            },
            (letter, false) => plain.push(letter),
        }
    }
    Ok((interpolate(&plain, vars)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_variables() {
        let text = "# c\nA=1\nexport B = two words # no\nC=\"x\\ny $A\"\nD='raw $A'\nE=${A}-${F:-f}\nA=2\n";
        let env = BTreeMap::from([("B".to_owned(), "env".to_owned())]);
        let vars = dotenv(text, &env).unwrap();
        let check = |name, value: &str| assert_eq!(vars[name], value, "{name}");
        check("A", "2");
        check("B", "env");
        check("C", "x\ny 1");
        check("D", "raw $A");
        check("E", "1-f");
        assert!(dotenv("A='x", &env).is_err());
    }
}
