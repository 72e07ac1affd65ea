//! Sizes of memory: units are powers of 1024, as docker has them.

/// A size in bytes.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
pub fn bytes(text: &str) -> Result<u64, String> {
    let size = parse(text).filter(|size| (0.0..1e18).contains(size));
    size.map(|size| size as u64).ok_or_else(|| format!("`{text}` is no size"))
}

fn parse(text: &str) -> Option<f64> {
    let lower = text.trim().to_lowercase();
    let digits = lower.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = &lower[digits.len()..];
    let unit = unit.strip_suffix('b').unwrap_or(unit);
    let power =
        ["", "k", "m", "g", "t"].iter().position(|name| *name == unit.strip_suffix('i').unwrap_or(unit))?;
    let number: f64 = digits.trim().parse().ok()?;
    Some(number * 1024_f64.powi(i32::try_from(power).ok()?))
}

/// As docker prints it: `1gb` is `1GiB`.
pub(crate) fn shown(text: &str) -> String {
    let Some(mut size) = parse(text) else { return text.to_owned() };
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut at = 0;
    while size >= 1024.0 && at + 1 < units.len() {
        size /= 1024.0;
        at += 1;
    }
    let rounded = format!("{size:.3}");
    format!("{}{}", rounded.trim_end_matches('0').trim_end_matches('.'), units[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        let check = |text, size, shown: &str| {
            assert_eq!((bytes(text).unwrap(), super::shown(text).as_str()), (size, shown), "{text}");
        };
        check("64m", 64 << 20, "64MiB");
        check("1gb", 1 << 30, "1GiB");
        check("1.5GiB", 3 << 29, "1.5GiB");
        check("100", 100, "100B");
        assert!(bytes("x").is_err() && bytes("-1").is_err());
    }
}
