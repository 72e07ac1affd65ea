//! Functions of times (RFC 3339).

use super::{Ambient, Function, function};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    function("formatdate", 2, 2, format_date),
    function("timeadd", 2, 2, add),
    function("timestamp", 0, 0, |_, ambient| Ok(Value::Text(Time::at(ambient.now, 0).text()))),
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A time on the clock of its zone.
struct Time {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// Minutes east of UTC.
    zone: i64,
}

impl Time {
    /// Seconds since 1970, seen in a zone. The calendar is Gregorian throughout.
    fn at(seconds: i64, zone: i64) -> Self {
        let local = seconds.saturating_add(zone * 60);
        let (days, rest) = (local.div_euclid(86400), local.rem_euclid(86400));
        // Eras of 400 years, which begin in March so that the leap day is the last.
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let march = (5 * of_year + 2) / 153;
        let month = if march < 10 { march + 3 } else { march - 9 };
        Self {
            year: year + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * march + 2) / 5 + 1,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            zone,
        }
    }

    fn days(&self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let march = (self.month + 9) % 12;
        let of_year = (153 * march + 2) / 5 + self.day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    fn seconds(&self) -> i64 {
        self.days() * 86400 + self.hour * 3600 + self.minute * 60 + self.second - self.zone * 60
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no time as `2006-01-02T15:04:05Z`");
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|part| part.parse::<i64>().ok())
        };
        let marks = [(4, "-"), (7, "-"), (13, ":"), (16, ":")];
        let fits = marks.iter().all(|(at, mark)| text.get(*at..at + 1) == Some(*mark))
            && matches!(text.get(10..11), Some("T" | "t"));
        let zone = match text.get(19..).ok_or_else(wrong)? {
            "Z" | "z" => Some(0),
            rest if rest.len() == 6 && &rest[3..4] == ":" => {
                let sign = if rest.starts_with('-') { -1 } else { 1 };
                number(20, 22).zip(number(23, 25)).map(|(hours, minutes)| sign * (hours * 60 + minutes))
            }
            _ => None,
        };
        let made = (|| {
            Some(Self {
                year: number(0, 4)?,
                month: number(5, 7).filter(|month| (1..=12).contains(month))?,
                day: number(8, 10).filter(|day| (1..=31).contains(day))?,
                hour: number(11, 13).filter(|hour| *hour < 24)?,
                minute: number(14, 16).filter(|minute| *minute < 60)?,
                second: number(17, 19).filter(|second| *second < 61)?,
                zone: zone?,
            })
        })();
        made.filter(|_| fits).ok_or_else(wrong)
    }

    fn zone_text(&self, colon: &str) -> String {
        let sign = if self.zone < 0 { '-' } else { '+' };
        format!("{sign}{:02}{colon}{:02}", self.zone.abs() / 60, self.zone.abs() % 60)
    }

    fn text(&self) -> String {
        let zone = if self.zone == 0 { "Z".to_owned() } else { self.zone_text(":") };
        let Self { year, month, day, hour, minute, second, .. } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
    }

    /// One run of equal letters of a format.
    fn part(&self, letter: char, count: usize) -> Option<String> {
        let two = |number: i64| if count == 2 { format!("{number:02}") } else { number.to_string() };
        let name = |names: &[&str], at: i64| {
            let name = *names.get(usize::try_from(at).ok()?)?;
            Some(if count == 3 { name[..3].to_owned() } else { name.to_owned() })
        };
        let twelve = if self.hour % 12 == 0 { 12 } else { self.hour % 12 };
        let half = if self.hour < 12 { "am" } else { "pm" };
        match (letter, count) {
            ('Y', 4) => Some(format!("{:04}", self.year)),
            ('Y', 2) => Some(format!("{:02}", self.year % 100)),
            ('M', 3 | 4) => name(&MONTHS, self.month - 1),
            ('M', 1 | 2) => Some(two(self.month)),
            ('D', 1 | 2) => Some(two(self.day)),
            ('E', 3 | 4) => name(&DAYS, (self.days() + 3).rem_euclid(7)),
            ('h', 1 | 2) => Some(two(self.hour)),
            ('H', 1 | 2) => Some(two(twelve)),
            ('A', 2) => Some(half.to_uppercase()),
            ('a', 2) => Some(half.to_owned()),
            ('m', 1 | 2) => Some(two(self.minute)),
            ('s', 1 | 2) => Some(two(self.second)),
            ('Z', 1) if self.zone == 0 => Some("Z".to_owned()),
            ('Z', 1 | 5) => Some(self.zone_text(":")),
            ('Z', 3) if self.zone == 0 => Some("UTC".to_owned()),
            ('Z', 3 | 4) => Some(self.zone_text("")),
            _ => None,
        }
    }
}

fn format_date(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (format, time) = (arguments[0].to_text()?, Time::parse(&arguments[1].to_text()?)?);
    let mut out = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\'' {
            while let Some(inner) = letters.next() {
                match inner {
                    '\'' if letters.next_if_eq(&'\'').is_some() => out.push('\''),
                    '\'' => break,
                    inner => out.push(inner),
                }
            }
        } else if letter.is_ascii_alphabetic() {
            let mut count = 1;
            while letters.next_if_eq(&letter).is_some() {
                count += 1;
            }
            let part = time.part(letter, count);
            out.push_str(
                &part
                    .ok_or_else(|| format!("`{}` is no part of a time", letter.to_string().repeat(count)))?,
            );
        } else {
            out.push(letter);
        }
    }
    Ok(Value::Text(out))
}

fn add(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (time, duration) = (Time::parse(&arguments[0].to_text()?)?, arguments[1].to_text()?);
    let seconds = seconds(&duration).ok_or_else(|| format!("`{duration}` is no duration as `1h30m`"))?;
    Ok(Value::Text(Time::at(time.seconds().saturating_add(seconds), time.zone).text()))
}

/// A duration as Go writes it, in whole seconds.
#[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest integer there is")]
fn seconds(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let units =
            [("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];
        let (unit, size) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += number * size;
        rest = &rest[unit.len()..];
    }
    Some((sign * total) as i64)
}
