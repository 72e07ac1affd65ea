//! Durations as Go writes them: `1h30m`, `500ms`, `1.5s`.

/// Nanoseconds of a duration text. `None` when it is none, or out of range.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let total = if unsigned == "0" { 0 } else { sum(unsigned)? };
    i64::try_from(if text.starts_with('-') { -total } else { total }).ok()
}

fn sum(text: &str) -> Option<i128> {
    let mut rest = text;
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|ch: char| !ch.is_ascii_digit() && ch != '.')?;
        let (number, behind) = rest.split_at(digits);
        let end = behind.find(|ch: char| ch.is_ascii_digit() || ch == '.').unwrap_or(behind.len());
        total = total.checked_add(scaled(number, unit(&behind[..end])?)?)?;
        rest = &behind[end..];
    }
    (!text.is_empty()).then_some(total)
}

fn unit(name: &str) -> Option<i128> {
    Some(match name {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// `12.5` of a unit.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || whole.len() > 20 {
        return None;
    }
    let value = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<i128>().ok() };
    // More than 18 digits of a fraction are less than a nanosecond of every unit.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    Some(value(whole)? * unit + value(fraction)? * unit / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, expect) in [
            ("0", Some(0)),
            ("5s", Some(5_000_000_000)),
            ("1h30m", Some(5_400_000_000_000)),
            ("1.5s", Some(1_500_000_000)),
            (".5ms", Some(500_000)),
            ("1.s", Some(1_000_000_000)),
            ("-2ns", Some(-2)),
            ("3µs", Some(3_000)),
            ("", None),
            ("5", None),
            ("s", None),
            (".s", None),
            ("1d", None),
            ("1.2.3s", None),
            ("9999999999h", None),
        ] {
            assert_eq!(parse(text), expect, "{text}");
        }
    }
}
