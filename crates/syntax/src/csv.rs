//! One line of comma-separated values (RFC 4180), as `--mount` uses it.

/// The fields of `line`. The error says what is wrong.
pub(crate) fn fields(line: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut rest = line;
    loop {
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => plain_field(rest)?,
        };
        out.push(field);
        match behind {
            Some(behind) => rest = behind,
            None => return Ok(out),
        }
    }
}

type Field<'a> = (String, Option<&'a str>);

fn plain_field(rest: &str) -> Result<Field<'_>, String> {
    let (field, behind) = match rest.split_once(',') {
        Some((field, behind)) => (field, Some(behind)),
        None => (rest, None),
    };
    if field.contains('"') {
        return Err(format!("bare `\"` in the field `{field}`"));
    }
    Ok((field.to_owned(), behind))
}

fn quoted_field(quoted: &str) -> Result<Field<'_>, String> {
    let mut field = String::new();
    let mut rest = quoted;
    loop {
        let (part, behind) = rest.split_once('"').ok_or("a quoted field has no end")?;
        field.push_str(part);
        match behind.chars().next() {
            Some('"') => {
                field.push('"');
                rest = &behind[1..];
            }
            Some(',') => return Ok((field, Some(&behind[1..]))),
            None => return Ok((field, None)),
            Some(_) => return Err(format!("text behind the quoted field `{field}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_the_rfc() {
        for (line, expect) in [
            ("a=b,c", Some(&["a=b", "c"][..])),
            ("", Some(&[""])),
            ("a,", Some(&["a", ""])),
            ("\"a,b\",c", Some(&["a,b", "c"])),
            ("\"a\"\"b\"", Some(&["a\"b"])),
            ("a\"b", None),
            ("\"a", None),
            ("\"a\"b", None),
        ] {
            let expect = expect.map(|list| list.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>());
            assert_eq!(fields(line).ok(), expect, "{line}");
        }
    }
}
