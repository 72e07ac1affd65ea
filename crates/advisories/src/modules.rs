//! Modules of rpm (Red Hat Enterprise Linux 8 and 9 and their children): a package is there in several streams at once, each with versions of its
//! own. An advisory is about one stream, which it names in its first line, or about packages that are of none; versions of others are not to
//! be compared with its.

use facts::{Ecosystem, Package};

use crate::Advisory;

/// Whether an advisory is about the stream that a package is of, or about none where the package is of none.
pub fn is_of_stream(advisory: &Advisory, package: &Package) -> bool {
    let mut ends = advisory.bounds.iter().map(|bounds| bounds.fixed.as_str()).filter(|end| !end.is_empty());
    let Some(end) = ends.next().filter(|_| package.ecosystem == Ecosystem::Rpm) else { return true };
    let module = package.module();
    if is_modular(end) != (!module.is_empty() || is_modular(&package.version)) {
        return false;
    }
    let mut named = streams(&advisory.summary).peekable();
    // Lists without labels, and some advisories, do not say which stream it is.
    module.is_empty() || named.peek().is_none() || named.any(|stream| stream == stream_of(module))
}

/// Releases of packages of modules are marked: `1.module_el8.6.0+2904+c8d5bb28`, `1.module+el8.9.0+1+0`.
fn is_modular(version: &str) -> bool {
    version.contains(".module_") || version.contains(".module+")
}

/// `nodejs` and `14` of `nodejs:14:8060020220101:0a1b`.
fn stream_of(module: &str) -> (&str, &str) {
    let mut parts = module.split(':');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// The streams in `Moderate: virt:rhel and virt-devel:rhel security update`.
fn streams(summary: &str) -> impl Iterator<Item = (&str, &str)> {
    let words = summary.split([' ', ',', ';', '(', ')']);
    let pairs = words.filter_map(|word| word.split_once(':'));
    // Identifiers of advisories have the same form, and begin with a capital letter.
    let begins =
        |text: &str| text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    pairs.filter(move |(module, stream)| begins(module) && !stream.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bounds;

    #[test]
    fn streams_are_told_apart() {
        let check = |summary: &str, fixed: &str, version: &str, module: &str, expect: bool| {
            let bounds = vec![Bounds { fixed: fixed.to_owned(), ..Bounds::default() }];
            let advisory = Advisory { summary: summary.to_owned(), bounds, ..Advisory::default() };
            let mut package = Package::new(Ecosystem::Rpm, "nodejs", version);
            if !module.is_empty() {
                package.qualifiers.insert(facts::RPM_MODULE.to_owned(), module.to_owned());
            }
            assert_eq!(is_of_stream(&advisory, &package), expect, "{summary} {fixed} {version} {module}");
        };
        let (text, end, here) =
            ("Moderate: nodejs:14 security update", "1:14.2-1.module_el8+1", "1:14.1-1.module_el8+1");
        check(text, end, here, "nodejs:14:8060:0a", true);
        check(text, end, here, "nodejs:12:8060:0a", false);
        check(text, end, here, "other:14:8060:0a", false);
        check("Moderate: nodejs security update", end, here, "nodejs:12:8060:0a", true);
        check(
            "Important: virt:rhel and nodejs:12 fix of ALSA-2022:5468",
            end,
            here,
            "nodejs:12:8060:0a",
            true,
        );
        check(text, end, here, "", true);
        check(text, end, "1:14.1-1.el8", "", false);
        check("Moderate: nodejs security update", "1:14.2-1.el8", here, "nodejs:14:8060:0a", false);
        check("Moderate: nodejs security update", "1:14.2-1.el8", "1:14.1-1.el8", "", true);
        check(text, "", here, "nodejs:12:8060:0a", true);
    }

    #[test]
    fn other_ecosystems_know_no_streams() {
        let bounds = vec![Bounds { fixed: "1.module_x".to_owned(), ..Bounds::default() }];
        let advisory = Advisory { bounds, ..Advisory::default() };
        assert!(is_of_stream(&advisory, &Package::new(Ecosystem::Npm, "a", "1")));
    }
}
