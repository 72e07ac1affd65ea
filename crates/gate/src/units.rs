//! Sizes and times as people write them.

/// Bytes: a number, or one with a unit: `200MB`, `1.5GiB`.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 9] = [
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("kb", 1000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("k", 1000),
        ("m", 1_000_000),
        ("g", 1_000_000_000),
    ];
    let text = text.trim().to_ascii_lowercase();
    let known = UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)));
    let (number, factor) = known.unwrap_or((text.strip_suffix('b').unwrap_or(&text), 1));
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 6 {
        return None;
    }
    let scale = 10_u64.pow(u32::try_from(part.len()).ok()?);
    let part = if part.is_empty() { 0 } else { part.parse::<u64>().ok()? };
    whole.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(factor.checked_mul(part)? / scale)
}

/// Bytes for people.
pub(crate) fn shown(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1000 => return format!("{bytes} B"),
        1000..1_000_000 => (1000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = bytes / (unit / 10);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// Days: `30d`, `4w`, or a number of days.
pub(crate) fn days(text: &str) -> Option<u32> {
    let text = text.trim();
    let (number, factor) = match text.strip_suffix('w') {
        Some(number) => (number, 7),
        None => (text.strip_suffix('d').unwrap_or(text), 1),
    };
    number.trim().parse::<u32>().ok()?.checked_mul(factor)
}

/// Whether a text is one of a pattern, in which `*` stands for anything.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_times_and_patterns_are_read() {
        for (text, expect) in [
            ("100", Some(100)),
            ("100 B", Some(100)),
            ("200MB", Some(200_000_000)),
            ("1.5 GiB", Some(1_610_612_736)),
            ("0.1k", Some(100)),
            ("", None),
            ("MB", None),
            ("-1", None),
            ("1.2.3", None),
            ("99999999999GB", None),
        ] {
            assert_eq!(bytes(text), expect, "{text}");
        }
        assert_eq!([shown(999), shown(1500), shown(200_000_000)], ["999 B", "1.5 kB", "200.0 MB"]);
        assert_eq!([days("30d"), days("4w"), days("7"), days("x")], [Some(30), Some(28), Some(7), None]);
        for (pattern, text, expect) in [
            ("docker.io/library/*", "docker.io/library/debian", true),
            ("docker.io/library/*", "docker.io/other/debian", false),
            ("*/debian", "docker.io/library/debian", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxc", false),
            ("debian", "debian2", false),
            ("*", "", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, text), expect, "{pattern} {text}");
        }
    }
}
