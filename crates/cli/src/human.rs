//! Text for people.

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

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_234), "1.2 kB");
        assert_eq!(size(390_000_000), "390.0 MB");
    }
}
