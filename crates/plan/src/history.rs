//! The texts of history entries, as `BuildKit` writes them, so that tools that read histories find what they know.

use image::{Healthcheck, History};
use kit::go_quote;

use crate::CopyOp;

/// A history entry of an instruction.
pub(crate) fn history(created_by: String, author: Option<&String>) -> History {
    History {
        created: None,
        created_by: Some(created_by),
        author: author.cloned(),
        comment: Some("cooper.dockerfile.v0".to_owned()),
        empty_layer: true,
    }
}

/// `ENV a=b c=d`.
pub(crate) fn pairs(name: &str, pairs: &[(String, String)]) -> String {
    pairs.iter().fold(name.to_owned(), |text, (key, value)| format!("{text} {key}={value}"))
}

/// `CMD ["a" "b"]`.
pub(crate) fn command(name: &str, words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| go_quote(word)).collect();
    format!("{name} [{}]", words.join(" "))
}

/// `HEALTHCHECK {Test:[CMD true] Interval:30s …}`.
pub(crate) fn healthcheck(check: &Healthcheck) -> String {
    let [interval, timeout, period, start] =
        [check.interval, check.timeout, check.start_period, check.start_interval].map(duration);
    let test = check.test.join(" ");
    let retries = check.retries;
    format!(
        "HEALTHCHECK {{Test:[{test}] Interval:{interval} Timeout:{timeout} StartPeriod:{period} \
         StartInterval:{start} Retries:{retries}}}"
    )
}

/// Sources after expansion, the target as written, and what stands inline by name.
pub(crate) fn copy(op: &CopyOp, sources: &[String], dest: &str) -> String {
    let name = if op.add { "ADD" } else { "COPY" };
    let flag = |key: &str, value: &Option<String>| {
        value.as_ref().filter(|value| !value.is_empty()).map(|value| format!(" --{key}={value}"))
    };
    let parents = op.parents.then(|| " --parents".to_owned());
    let flags = [parents, flag("chown", &op.chown), flag("chmod", &op.chmod)].into_iter().flatten();
    let paths = sources.iter().map(|path| format!(" {path}"));
    let inline = op.inline.iter().map(|(name, _)| format!(" <<{name}"));
    let parts: String = flags.chain(paths).chain(inline).collect();
    format!("{name}{parts} {dest} # buildkit")
}

/// Nanoseconds as Go prints a duration: `1h2m0.5s`, `1.5ms`.
fn duration(nanoseconds: i64) -> String {
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    let (value, unit) = if nanoseconds < 1_000 {
        return format!("{nanoseconds}ns");
    } else if nanoseconds < 1_000_000 {
        (decimal(nanoseconds, 1_000), "µs")
    } else if nanoseconds < 1_000_000_000 {
        (decimal(nanoseconds, 1_000_000), "ms")
    } else {
        (decimal(nanoseconds % 60_000_000_000, 1_000_000_000), "s")
    };
    let minutes = nanoseconds / 60_000_000_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{value}{unit}"),
        (0, minutes) => format!("{minutes}m{value}{unit}"),
        (hours, minutes) => format!("{hours}h{minutes}m{value}{unit}"),
    }
}

/// `value / unit` without trailing zeros.
fn decimal(value: i64, unit: i64) -> String {
    let digits = unit.ilog10() as usize;
    let fraction = format!("{:0digits$}", value % unit);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}", value / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_as_go_prints_them() {
        for (nanoseconds, expect) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (2_000_000, "2ms"),
            (1_000_000_000, "1s"),
            (90_500_000_000, "1m30.5s"),
            (3_600_000_000_000, "1h0m0s"),
            (3_661_000_000_000, "1h1m1s"),
        ] {
            assert_eq!(duration(nanoseconds), expect);
        }
    }

    #[test]
    fn commands_are_quoted_as_go_quotes_them() {
        assert_eq!(command("CMD", &["a b".to_owned(), "\"".to_owned()]), r#"CMD ["a b" "\""]"#);
        assert_eq!(command("ENTRYPOINT", &[]), "ENTRYPOINT []");
    }
}
