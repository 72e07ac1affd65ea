//! Dates of HTTP headers (RFC 9110, "Date/Time Formats").

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds since 1970 of a date in one of the three forms that servers use; `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let (words, zoned) = match words.split_last() {
        Some((&("GMT" | "UTC"), words)) => (words, true),
        _ => (&words[..], false),
    };
    match words[..] {
        // Sun, 06 Nov 1994 08:49:37 GMT
        [_, day, month, year, time] if zoned => seconds(year, month, day, time),
        // Sunday, 06-Nov-94 08:49:37 GMT
        [_, date, time] if zoned => {
            let [day, month, year] = date.split('-').collect::<Vec<_>>()[..] else { return None };
            let short: u32 = year.parse().ok().filter(|_| year.len() == 2)?;
            let century = if short < 69 { 2000 } else { 1900 };
            seconds(&(century + short).to_string(), month, day, time)
        }
        // Sun Nov  6 08:49:37 1994
        [_, month, day, time, year] => seconds(year, month, day, time),
        _ => None,
    }
}

fn seconds(year: &str, month: &str, day: &str, time: &str) -> Option<i64> {
    let number = |text: &str, most: i64| text.parse::<i64>().ok().filter(|value| (0..=most).contains(value));
    let month = i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()?;
    let [hour, minute, second] = time.split(':').collect::<Vec<_>>()[..] else { return None };
    let days = days(number(year, 9999)?, month + 1, number(day, 31)?.max(1));
    let clock = number(hour, 23)? * 3600 + number(minute, 59)? * 60 + number(second, 60)?;
    Some(days * 86_400 + clock)
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, by counting in eras of 400 years that begin on 1 March.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = (month + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_three_forms_are_read() {
        let check = |text: &str, expect: Option<i64>| assert_eq!(parse(text), expect, "{text}");
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
        check("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777));
        check("Sun Nov  6 08:49:37 1994", Some(784_111_777));
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        check("Tue, 29 Feb 2000 12:09:13 GMT", Some(951_826_153));
        check("Wed, 31 Dec 1969 23:59:59 GMT", Some(-1));
        for text in
            ["", "now", "Sun, 06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:00:00 GMT"]
        {
            check(text, None);
        }
    }
}
