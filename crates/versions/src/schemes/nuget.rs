//! Versions of .NET packages (`NuGet`, "Package versioning"): those of semver with up to four numbers, whatever the case of letters.

use std::cmp::Ordering;

use super::semver;
use crate::Scheme;

pub(crate) static SCHEME: Scheme = Scheme { name: "nuget", compare };

fn compare(a: &str, b: &str) -> Ordering {
    semver::by(semver::bare(a), semver::bare(b), texts)
}

fn texts(a: &[u8], b: &[u8]) -> Ordering {
    let different = a.iter().zip(b).find(|(a, b)| !a.eq_ignore_ascii_case(b));
    different
        .map_or_else(|| a.len().cmp(&b.len()), |(a, b)| a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::check;

    #[test]
    fn versions_have_nugets_order() {
        check(
            &SCHEME,
            &["1.0.0-ALPHA = 1.0.0-alpha < 1.0.0-alpha.2 < 1.0.0-Beta < 1.0 = 1.0.0.0 = 1.0.0+x < 1.0.0.1"],
        );
    }
}
