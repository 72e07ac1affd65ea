//! Advisories of `RustSec` (`RustSec`, "Advisory format"): Markdown with TOML before it. `patched` and `unaffected` are requirements of Cargo; what fits none of
//! them is affected. Advisories that only inform (`unmaintained`, `notice`) are no vulnerabilities, those about soundness are.

use facts::{Ecosystem, Risk};

use super::Source;
use crate::import::Sink;
use crate::{Advisory, Bounds};

pub(crate) static SOURCE: Source = Source {
    name: "rustsec",
    title: "advisory of RustSec",
    knows: |name, bytes| {
        std::path::Path::new(name).extension().is_some_and(|end| end == "md")
            && bytes.trim_ascii_start().starts_with(b"```toml")
    },
    read,
};

fn read(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let (_, rest) = text.split_once("```toml").ok_or("it has no head")?;
    let (head, body) = rest.split_once("\n```").ok_or("its head has no end")?;
    let get = |name: &str| field(head, name);
    let (id, package) = (get("id").ok_or("it has no id")?, get("package").ok_or("it names no package")?);
    let informs = get("informational").is_some_and(|kind| kind != "unsound");
    if get("withdrawn").is_some() || informs {
        return Ok(());
    }
    let title = body.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default();
    let advisory = Advisory {
        id: id.to_owned(),
        aliases: list(head, "aliases"),
        risk: get("cvss").and_then(crate::cvss::score).map(Risk::of_score).unwrap_or_default(),
        summary: title.trim().to_owned(),
        bounds: bounds(&list(head, "patched"), &list(head, "unaffected")),
        ..Advisory::default()
    };
    sink.push("cargo", Ecosystem::Cargo, package, advisory);
    Ok(())
}

/// The text of a key, whatever table it is in.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        let value = value.trim().strip_prefix('"')?;
        (key.trim() == name).then(|| value.split('"').next()).flatten()
    })
}

/// The texts of a list, on one line or several.
fn list(head: &str, name: &str) -> Vec<String> {
    let begins = |line: &str| {
        line.split_once('=').is_some_and(|(key, value)| key.trim() == name && value.trim().starts_with('['))
    };
    let mut at = 0;
    for line in head.split_inclusive('\n') {
        if begins(line) {
            let rest = &head[at..];
            let inner =
                rest.split_once('[').map_or("", |(_, inner)| inner).split(']').next().unwrap_or_default();
            return inner.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        }
        at += line.len();
    }
    Vec::new()
}

/// What no requirement holds for, as ranges: between the ends of those that are not affected.
fn bounds(patched: &[String], unaffected: &[String]) -> Vec<Bounds> {
    let mut safe: Vec<(String, String)> =
        patched.iter().chain(unaffected).filter_map(|text| interval(text)).collect();
    let compare = versions::scheme("semver").map(|scheme| scheme.compare);
    let Some(compare) = compare else { return Vec::new() };
    // One without a beginning is before all others.
    safe.sort_by(|a, b| b.0.is_empty().cmp(&a.0.is_empty()).then_with(|| compare(&a.0, &b.0)));
    let (mut all, mut at) = (Vec::new(), Some(String::new()));
    for (begin, end) in safe {
        let Some(from) = &at else { break };
        if !begin.is_empty() && (from.is_empty() || compare(from, &begin).is_lt()) {
            all.push(Bounds { introduced: from.clone(), fixed: begin, last: String::new() });
        }
        at = match end.as_str() {
            "" => None,
            end if from.is_empty() || compare(from, end).is_lt() => Some(end.to_owned()),
            _ => at,
        };
    }
    if let Some(from) = at {
        all.push(Bounds { introduced: from, ..Bounds::default() });
    }
    all
}

/// Where a requirement begins, and the first version behind it; empty where it has no such end.
fn interval(text: &str) -> Option<(String, String)> {
    let (mut begin, mut end) = (String::new(), String::new());
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let at = part.find(|first: char| first.is_ascii_digit())?;
        let (sign, version) = (part[..at].trim(), part[at..].trim());
        match sign {
            ">=" => version.clone_into(&mut begin),
            // The next version is the same with anything behind it.
            ">" => begin = after(version),
            "<" => version.clone_into(&mut end),
            "<=" => end = after(version),
            "^" | "" => (begin, end) = (version.to_owned(), next(version, true)),
            "~" => (begin, end) = (version.to_owned(), next(version, false)),
            "=" => (begin, end) = (version.to_owned(), after(version)),
            _ => return None,
        }
    }
    Some((begin, end))
}

/// The least version that is greater.
fn after(version: &str) -> String {
    if version.contains('-') { format!("{version}.0") } else { format!("{version}.0.0.1-0") }
}

/// The first version that is not compatible: another number at the first that is not 0, or with `~` at the second.
fn next(version: &str, caret: bool) -> String {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<u64> = core.split('.').filter_map(|part| part.parse().ok()).collect();
    let at = if caret {
        numbers.iter().position(|number| *number > 0).unwrap_or(numbers.len().saturating_sub(1))
    } else {
        1.min(numbers.len().saturating_sub(1))
    };
    let raised = numbers
        .iter()
        .take(at + 1)
        .enumerate()
        .map(|(place, number)| if place == at { number.saturating_add(1) } else { *number });
    raised.map(|number| number.to_string()).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::tests::said;

    #[test]
    fn what_fits_no_requirement_is_affected() {
        let check = |patched: &[&str], unaffected: &[&str], expect: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            let found = bounds(&owned(patched), &owned(unaffected));
            let found: Vec<_> =
                found.iter().map(|one| format!("{}..{}", one.introduced, one.fixed)).collect();
            assert_eq!(found, expect, "{patched:?} {unaffected:?}");
        };
        check(&[">= 1.2.3"], &[], &["..1.2.3"]);
        check(&[">= 1.2.3"], &["< 1.0.0"], &["1.0.0..1.2.3"]);
        check(&["^0.4.2", ">= 0.5.1"], &[], &["..0.4.2", "0.5..0.5.1"]);
        check(&[">= 1.1.5, < 1.2.0", ">= 1.2.3"], &[], &["..1.1.5", "1.2.0..1.2.3"]);
        check(&[], &[], &[".."]);
        check(&[], &["<= 1.0.0"], &["1.0.0.0.0.1-0.."]);
    }

    #[test]
    fn advisories_are_read_and_those_that_inform_are_not() {
        let text = "```toml\n[advisory]\nid = \"RUSTSEC-1\"\npackage = \"a\"\naliases = [\"CVE-1\",\n  \"CVE-2\"]\n\n[versions]\npatched = [\">= 2\"]\n```\n\n# Bad\n";
        assert_eq!(said("crates/a/RUSTSEC-1.md", text, "cargo", "a"), ["RUSTSEC-1 unknown ..2"]);
        let text = text.replace("package", "informational = \"unmaintained\"\npackage");
        assert!(said("crates/a/RUSTSEC-1.md", &text, "cargo", "a").is_empty());
    }
}
