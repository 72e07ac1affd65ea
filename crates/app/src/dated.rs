//! Files that hold the day on which a step ran: a repetition on the same day gives the same, and one on another may not.

use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;

use image::EntryKind;
use store::Layer;

/// How much of a file is looked at.
const MOST: u64 = 1 << 20;
/// How much of a layer is.
const MOST_OF_LAYER: u64 = 256 << 20;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The forms in which a day is written; of an RFC 3339 time.
pub(crate) fn forms(time: &str) -> Vec<String> {
    let day: Vec<&str> = time.split('T').next().unwrap_or_default().split('-').collect();
    let [year, month, day] = day[..] else { return Vec::new() };
    let name =
        month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?)).unwrap_or(&"?");
    let short = day.trim_start_matches('0');
    let mut forms = vec![
        format!("{year}-{month}-{day}"),
        format!("{year}{month}{day}"),
        format!("{year}/{month}/{day}"),
        format!("{day}/{month}/{year}"),
        format!("{month}/{day}/{year}"),
        format!("{day}.{month}.{year}"),
    ];
    for day in [day, short] {
        forms.extend([
            format!("{day} {name} {year}"),
            format!("{name} {day} {year}"),
            format!("{name} {day}, {year}"),
        ]);
    }
    forms.sort();
    forms.dedup();
    forms
}

/// The first file of a layer that holds one of these, and the form.
pub(crate) fn find(layer: &Layer, forms: &[String]) -> Option<(Vec<u8>, String)> {
    let index = layer.index().ok()?;
    let mut left = MOST_OF_LAYER;
    for entry in index.entries().iter().filter(|entry| entry.kind == EntryKind::File) {
        left = left.checked_sub(entry.size.min(MOST))?;
        // What cannot be read is not looked at.
        let path = layer.fs_path().join(std::ffi::OsStr::from_bytes(&entry.path));
        let Ok(file) = File::open(path) else { continue };
        let Ok(bytes) = kit::read_bounded(std::io::Read::take(file, MOST), MOST) else { continue };
        if let Some(form) = forms.iter().find(|form| holds(&bytes, form.as_bytes())) {
            return Some((entry.path.clone(), form.clone()));
        }
    }
    None
}

/// Whether a form stands somewhere, and is not a part of a longer number; a clock's time may follow it.
fn holds(bytes: &[u8], form: &[u8]) -> bool {
    let places = bytes.windows(form.len()).enumerate().filter(|(_, window)| *window == form);
    places.into_iter().any(|(at, _)| {
        let before = bytes[..at].last().is_some_and(u8::is_ascii_digit);
        let rest = &bytes[at + form.len()..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        !before && matches!(digits, 0 | 2 | 4 | 6)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_found_in_the_forms_of_programs() {
        let forms = forms("2026-11-09T18:40:18Z");
        let check = |text: &str, expect: bool| {
            assert_eq!(forms.iter().any(|form| holds(text.as_bytes(), form.as_bytes())), expect, "{text}");
        };
        for text in [
            "2026-11-09",
            "v20261109",
            "202611091840\n",
            "x 09/11/2026",
            "9 Nov 2026",
            "Nov 09, 2026",
            "2026-11-09T00",
        ] {
            check(text, true);
        }
        for text in ["2026-11-19", "120261109", "2026110912345", "2026-11-091", ""] {
            check(text, false);
        }
    }
}
