//! Labels, and what their values have to be.

use syntax::{Spanned, Statement};

use crate::context::Context;
use crate::model::Step;
use crate::settings::LabelKind;
use crate::sink::Sink;

/// The labels that an instruction sets.
pub(crate) fn labels<'a>(step: &Step<'a>) -> impl Iterator<Item = &'a (Spanned<String>, Spanned<String>)> {
    let pairs = match step.statement {
        Some(Statement::Label(pairs)) => &pairs.pairs[..],
        _ => &[],
    };
    pairs.iter()
}

/// A name without the quotes around it.
pub(crate) fn bare(name: &str) -> &str {
    name.trim_matches(['"', '\''])
}

/// Reports the labels of a kind whose value is not of it.
pub(crate) fn report_label(context: &Context<'_>, step: &Step<'_>, kind: LabelKind, sink: &mut Sink<'_>) {
    for (key, value) in labels(step) {
        let name = bare(&key.value);
        let Some(declared) = context.settings().labels.get(name) else { continue };
        let Some(text) = step.expand(&value.value) else { continue };
        // A label of any kind should not be empty.
        let is_empty = kind == LabelKind::Text && text.is_empty();
        if is_empty || *declared == kind && !is_valid(kind, &text) {
            let what = describe(kind);
            sink.report(key.range.cover(value.range), format!("the label `{name}` is {what}: `{text}`"))
                .unlike_hadolint(passes_hadolint(kind, &text));
        }
    }
}

const fn describe(kind: LabelKind) -> &'static str {
    match kind {
        LabelKind::Text => "empty",
        LabelKind::Url => "not a URL",
        LabelKind::Semver => "not a semantic version",
        LabelKind::Hash => "not a git commit",
        LabelKind::Rfc3339 => "not a date and time as in RFC 3339",
        LabelKind::Spdx => "not a licence expression of SPDX",
        LabelKind::Email => "not an e-mail address",
    }
}

fn is_valid(kind: LabelKind, text: &str) -> bool {
    match kind {
        LabelKind::Text => !text.trim().is_empty(),
        LabelKind::Url => is_url(text),
        LabelKind::Semver => is_semver(text),
        LabelKind::Hash => {
            matches!(text.len(), 7..=40 | 64)
                && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }
        LabelKind::Rfc3339 => is_rfc3339(text),
        LabelKind::Spdx => is_spdx(text),
        LabelKind::Email => is_email(text),
    }
}

/// Whether hadolint takes a value that is not of its kind for one.
fn passes_hadolint(kind: LabelKind, text: &str) -> bool {
    match kind {
        LabelKind::Text => !text.is_empty(),
        LabelKind::Url => scheme(text).is_some_and(|(_, rest)| is_of_url(rest)),
        LabelKind::Semver => {
            let (core, rest) = text.split_at(text.find(['-', '+']).unwrap_or(text.len()));
            let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            core.split('.').count() == 3
                && core.split('.').all(number)
                && rest.chars().all(|ch| ch.is_ascii_alphanumeric() || "-+.".contains(ch))
        }
        _ => false,
    }
}

/// RFC 3986, section 3. What is for the web has to name a host, too.
fn is_url(text: &str) -> bool {
    let Some((name, rest)) = scheme(text).filter(|(_, rest)| is_of_url(rest)) else { return false };
    let host = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_web = name.eq_ignore_ascii_case("http") || name.eq_ignore_ascii_case("https");
    if is_web { host.is_some_and(|host| !host.is_empty()) } else { rest.len() > 2 }
}

/// Whether a text has the characters of a URL only.
fn is_of_url(text: &str) -> bool {
    text.chars().all(|ch| ch.is_ascii_graphic() && !"\"<>\\^`{|}".contains(ch))
}

/// The name of a scheme and what stands behind its colon.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(':')?;
    let named = name.starts_with(|ch: char| ch.is_ascii_alphabetic())
        && name.chars().all(|ch| ch.is_ascii_alphanumeric() || "+-.".contains(ch));
    named.then_some((name, rest))
}

/// Semantic Versioning 2.0.0, section 2, 9 and 10.
fn is_semver(text: &str) -> bool {
    let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
    let number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part.len() == 1 || !part.starts_with('0'))
    };
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.is_none_or(|pre| pre.split('.').all(|part| word(part) && (!digits(part) || number(part))))
        && build.is_none_or(|build| build.split('.').all(word))
}

/// RFC 3339, section 5.6.
fn is_rfc3339(text: &str) -> bool {
    let (Some(date), Some(rest)) = (text.get(..10), text.get(11..)) else { return false };
    if !matches!(text.as_bytes()[10], b'T' | b't') {
        return false;
    }
    let zone = rest.find(['Z', 'z', '+', '-']);
    let Some((time, zone)) = zone.map(|at| rest.split_at(at)) else { return false };
    let (time, fraction) = time.split_once('.').map_or((time, None), |(time, rest)| (time, Some(rest)));
    let numbers = |text: &str, separator: char, limits: &[(usize, u32, u32)]| {
        let parts: Vec<&str> = text.split(separator).collect();
        parts.len() == limits.len()
            && parts.iter().zip(limits).all(|(part, (len, least, most))| {
                let value =
                    part.parse::<u32>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
                part.len() == *len && value.is_some_and(|value| (*least..=*most).contains(&value))
            })
    };
    let offset = matches!(zone, "Z" | "z")
        || zone.get(1..).is_some_and(|zone| numbers(zone, ':', &[(2, 0, 23), (2, 0, 59)]));
    numbers(date, '-', &[(4, 0, 9999), (2, 1, 12), (2, 1, 31)])
        && numbers(time, ':', &[(2, 0, 23), (2, 0, 59), (2, 0, 60)])
        && fraction
            .is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        && offset
}

/// Identifiers of SPDX that do not end in a version.
const LICENCES: &[&str] = &[
    "0BSD",
    "3D-Slicer-1.0",
    "Beerware",
    "BlueOak-1.0.0",
    "CC-PDDC",
    "CDDL-1.0",
    "curl",
    "FTL",
    "GLWTPL",
    "HPND",
    "ICU",
    "IJG",
    "Info-ZIP",
    "Intel",
    "ISC",
    "JSON",
    "Latex2e",
    "libpng-2.0",
    "Libpng",
    "libtiff",
    "MIT",
    "MIT-0",
    "MITNFA",
    "Multics",
    "NCSA",
    "NTP",
    "OpenSSL",
    "PostgreSQL",
    "PSF-2.0",
    "Ruby",
    "Sendmail",
    "SMLNJ",
    "SSPL-1.0",
    "TCL",
    "Unlicense",
    "UPL-1.0",
    "Vim",
    "W3C",
    "WTFPL",
    "X11",
    "Xnet",
    "Zed",
    "Zlib",
    "zlib-acknowledgement",
    "NONE",
    "NOASSERTION",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "BSD-2-Clause-Patent",
    "BSD-3-Clause-Clear",
    "bzip2-1.0.6",
    "Bitstream-Vera",
    "Unicode-DFS-2016",
    "GPL-CC-1.0",
    "MS-PL",
    "MS-RL",
    "Naumen",
];

/// An expression of SPDX 2.3, annex D. The list of licences grows, so what ends in a version is taken for one.
fn is_spdx(text: &str) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut open = 0_i32;
    let mut wants_name = true;
    for word in spaced.split_whitespace() {
        match word {
            "(" if wants_name => open += 1,
            ")" if !wants_name && open > 0 => open -= 1,
            "AND" | "OR" | "WITH" | "and" | "or" | "with" if !wants_name => wants_name = true,
            name if wants_name && is_licence(name) => wants_name = false,
            _ => return false,
        }
    }
    !wants_name && open == 0
}

fn is_licence(name: &str) -> bool {
    let base = name.trim_end_matches('+');
    let base = base.strip_suffix("-only").or_else(|| base.strip_suffix("-or-later")).unwrap_or(base);
    let version = base.rsplit_once('-').is_some_and(|(begin, version)| {
        !begin.is_empty()
            && version.contains('.')
            && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    });
    let exception = base.to_ascii_lowercase().contains("exception");
    let own = base.starts_with("LicenseRef-") || base.starts_with("DocumentRef-");
    let letters = base.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':'));
    letters && (version || own || exception || LICENCES.iter().any(|known| known.eq_ignore_ascii_case(base)))
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let host = |part: &str| {
        !part.is_empty() && part.chars().all(|ch| ch.is_alphanumeric() || ch == '-') && !part.starts_with('-')
    };
    let words =
        !local.is_empty() && !local.contains(|ch: char| ch.is_whitespace() || "()<>,;:\\\"@[]".contains(ch));
    words && domain.split('.').all(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart() {
        let check = |kind: LabelKind, good: &[&str], bad: &[&str]| {
            for text in good {
                assert!(is_valid(kind, text), "{text} should be {kind:?}");
            }
            for text in bad {
                assert!(!is_valid(kind, text), "{text} should not be {kind:?}");
            }
        };
        check(LabelKind::Text, &["a"], &["", " "]);
        check(
            LabelKind::Url,
            &["https://example.com", "http://a/b?c", "mailto:jo@example.com", "file:///x"],
            &[
                "",
                "example.com",
                "https://",
                "http:/x",
                "mailto:",
                "://a",
                "h://a b",
                "http://a/b|c",
                "http://ä.de",
            ],
        );
        check(
            LabelKind::Semver,
            &["1.2.3", "0.0.0-rc.1+b.5"],
            &["1", "1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.3-"],
        );
        check(
            LabelKind::Hash,
            &["43c572f", "43c572f1272b8c4e8d2d9ee0e7d3dcd9cc4b9b4b"],
            &["", "abc", "main123", "ABCDEF1"],
        );
        check(
            LabelKind::Rfc3339,
            &["2026-01-02T03:04:05Z", "2026-01-02t03:04:05.123+02:00"],
            &[
                "",
                "2026-01-02",
                "2026-13-02T03:04:05Z",
                "2026-01-02T03:04:05",
                "2026-01-02 03:04:05Z",
                "02.01.2026",
            ],
        );
        check(
            LabelKind::Spdx,
            &[
                "MIT",
                "Apache-2.0 OR MIT",
                "(GPL-3.0-only WITH GCC-exception-3.1) AND BSD-3-Clause",
                "BSD-3-clause",
            ],
            &["", "free", "MIT OR", "(MIT", "MIT MIT", "not-spdx"],
        );
        check(LabelKind::Email, &["jo@example.com"], &["", "jo", "jo@", "@example.com", "j o@example.com"]);
    }
}
