//! Text for people.

use std::time::Duration;

use app::AppError;

/// Prints an error: what failed, the place in the file, the last lines of a process, and what to do next.
pub(crate) fn error(error: &AppError, color: bool) {
    if let Some(source) = &error.source {
        let excerpt = report::source_excerpt(&report::Excerpt {
            file: &source.file,
            text: &source.text,
            range: source.range,
            message: &error.message,
            help: error.help.as_deref(),
            color,
        });
        anstream::eprintln!("{excerpt}");
    } else {
        anstream::eprintln!("error: {}", error.message);
        if let Some(help) = &error.help {
            anstream::eprintln!("  help: {help}");
        }
    }
    if let Some(step) = &error.step {
        anstream::eprintln!("  command: {}", step.command);
        if !step.tail.is_empty() {
            anstream::eprintln!("  last lines of its output:");
        }
        for line in &step.tail {
            anstream::eprintln!("  | {line}");
        }
        if let Some(log) = &step.log {
            anstream::eprintln!("  whole output: {}", log.display());
        }
    }
}

/// A size as people read it, in powers of 1000.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut rest = bytes;
    let mut unit = 0;
    let mut tenths = 0;
    while rest >= 1000 && unit + 1 < UNITS.len() {
        tenths = rest % 1000 / 100;
        rest /= 1000;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{rest}.{tenths} {}", UNITS[unit]) }
}

/// Reads a size: a number of bytes, or one with a unit. `k`, `m`, `g` and `t` alone and with `iB` are powers of 1024,
/// with `B` powers of 1000.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size; write for example `500MB`, `2GiB` or a number of bytes");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    let (base, rest) = match unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')) {
        Some(rest) if unit.ends_with("ib") => (1024_u64, rest),
        Some(rest) => (1000, rest),
        None => (1024, unit.as_str()),
    };
    let power = ["", "k", "m", "g", "t"].iter().position(|name| *name == rest).ok_or_else(wrong)?;
    let unit = base.pow(u32::try_from(power).map_err(|_| wrong())?);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let mut total = whole.checked_mul(unit).ok_or_else(wrong)?;
    if !part.is_empty() {
        let digits = u32::try_from(part.len()).ok().filter(|digits| *digits <= 6).ok_or_else(wrong)?;
        let part: u64 = part.parse().map_err(|_| wrong())?;
        total += part.checked_mul(unit).ok_or_else(wrong)? / 10_u64.pow(digits);
    }
    Ok(total)
}

/// Reads a duration: numbers with the units `s`, `m`, `h`, `d` and `w`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write for example `90m`, `48h` or `7d`");
    let mut total = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..end].parse().map_err(|_| wrong())?;
        let unit = match rest.as_bytes()[end] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return Err(wrong()),
        };
        total = number.checked_mul(unit).and_then(|more| total.checked_add(more)).ok_or_else(wrong)?;
        rest = &rest[end + 1..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(Duration::from_secs(total)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_are_read_with_their_units() {
        for (text, expect) in [
            ("0", Some(0)),
            ("123", Some(123)),
            ("1k", Some(1024)),
            ("1KB", Some(1000)),
            ("2MiB", Some(2 << 20)),
            ("1.5GB", Some(1_500_000_000)),
            ("10 gb", Some(10_000_000_000)),
            ("1b", Some(1)),
            ("", None),
            ("GB", None),
            ("-1", None),
            ("1XB", None),
            ("99999999999999TB", None),
        ] {
            assert_eq!(parse_size(text).ok(), expect, "{text}");
        }
        for (text, expect) in [
            ("90s", Some(90)),
            ("1h30m", Some(5400)),
            ("2d", Some(172_800)),
            ("", None),
            ("5", None),
            ("5y", None),
        ] {
            assert_eq!(parse_duration(text).ok(), expect.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_234), "1.2 kB");
        assert_eq!(size(390_000_000), "390.0 MB");
    }
}
