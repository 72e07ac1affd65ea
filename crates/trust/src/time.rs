//! Times in certificates, timestamps and trusted roots, in milliseconds since 1970.

use crate::der::Element;
use crate::{Result, TrustError};

/// `UTCTime` and `GeneralizedTime`.
const UTC: u8 = 0x17;
const GENERALIZED: u8 = 0x18;

/// From when to when something is good, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
}

impl Window {
    pub(crate) fn contains(&self, time: i64) -> bool {
        time >= self.start && self.end.is_none_or(|end| time <= end)
    }
}

/// A time of DER (RFC 5280, section 4.1.2.5): in UTC, to the second or with a fraction.
pub(crate) fn from_der(element: &Element<'_>) -> Result<i64> {
    let text = std::str::from_utf8(element.body).map_err(|_| bad(""))?;
    let text = match element.tag {
        // Two digits of a year mean 1950 to 2049.
        UTC if text.len() > 2 && text.is_ascii() => {
            format!("{}{text}", if text < "50" { "20" } else { "19" })
        }
        GENERALIZED => text.to_owned(),
        _ => return Err(bad(text)),
    };
    let body = text.strip_suffix('Z').ok_or_else(|| bad(&text))?;
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    if whole.len() != 14 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad(&text));
    }
    let part = |from: usize, to: usize| whole[from..to].parse::<i64>().map_err(|_| bad(&text));
    let fields = [part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?];
    Ok(seconds(fields).ok_or_else(|| bad(&text))? * 1000 + millis(fraction).ok_or_else(|| bad(&text))?)
}

/// A time of RFC 3339 in UTC, in milliseconds since 1970.
pub fn from_rfc3339(text: &str) -> Result<i64> {
    let body = text.strip_suffix('Z').ok_or_else(|| bad(text))?;
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let shape = whole.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !shape.eq(*b"0000-00-00T00:00:00") {
        return Err(bad(text));
    }
    let part = |from: usize, to: usize| whole[from..to].parse::<i64>().map_err(|_| bad(text));
    let fields = [part(0, 4)?, part(5, 7)?, part(8, 10)?, part(11, 13)?, part(14, 16)?, part(17, 19)?];
    Ok(seconds(fields).ok_or_else(|| bad(text))? * 1000 + millis(fraction).ok_or_else(|| bad(text))?)
}

fn millis(fraction: &str) -> Option<i64> {
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<3}")[..3].parse().ok()
}

/// Seconds since 1970 of year, month, day, hour, minute, second.
fn seconds([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(usize::try_from(month - 1).ok()?)?;
    if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let before: i64 = lengths.iter().take(usize::try_from(month - 1).ok()?).sum();
    let years = year - 1;
    let days = years * 365 + years / 4 - years / 100 + years / 400 + before + day - 1 - 719_162;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

fn bad(text: &str) -> TrustError {
    TrustError::malformed(format!("`{}` is no time", crate::statement::shown(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::{self, Der};

    #[test]
    fn times_are_read_in_their_three_forms() {
        let check = |tag: u8, text: &str, expect: Option<i64>| {
            let bytes = der::write(tag, &[text.as_bytes()]);
            assert_eq!(from_der(&Der::whole(&bytes, tag).unwrap()).ok(), expect, "{text}");
        };
        check(UTC, "700101000000Z", Some(0));
        check(UTC, "491231235959Z", Some(2_524_607_999_000));
        check(UTC, "500101000000Z", Some(-631_152_000_000));
        check(GENERALIZED, "20240229120000.5Z", Some(1_709_208_000_500));
        check(GENERALIZED, "20230229120000Z", None);
        check(GENERALIZED, "20240229120000+0100", None);
        check(UTC, "7001010000Z", None);
        check(UTC, "\u{e9}", None);
        assert_eq!(from_rfc3339("2021-01-12T11:53:27.000Z").unwrap(), 1_610_452_407_000);
        assert_eq!(from_rfc3339("2022-12-31T23:59:59.999Z").unwrap(), 1_672_531_199_999);
        for wrong in ["2021-01-12", "2021-13-12T11:53:27Z", "2021-01-12T11:53:27", "2021-01-12 11:53:27Z", ""]
        {
            assert!(from_rfc3339(wrong).is_err(), "{wrong}");
        }
    }
}
