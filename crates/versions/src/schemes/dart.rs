//! Versions of Dart packages (Pub, "Versioning"): those of semver, of which one with a build is greater than one without it.

use std::cmp::Ordering;

use super::semver;
use crate::Scheme;
use crate::numbers::span;

pub(crate) static SCHEME: Scheme = Scheme { name: "pub", compare };

fn compare(a: &str, b: &str) -> Ordering {
    semver::compare(a, b).then_with(|| {
        let build = |text| span(text, |byte| byte != b'+').1;
        match (build(a.as_bytes().trim_ascii()), build(b.as_bytes().trim_ascii())) {
            ([_, a @ ..], [_, b @ ..]) => semver::identifiers(a, b, crate::numbers::bytes),
            (a, b) => a.is_empty().cmp(&b.is_empty()).reverse(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::check;

    #[test]
    fn versions_have_darts_order() {
        check(
            &SCHEME,
            &["1.0.0-pre < 1.0.0-pre+build < 1.0.0 < 1.0.0+1 < 1.0.0+2 < 1.0.0+10 < 1.0.0+a < 1.0.1"],
        );
    }
}
