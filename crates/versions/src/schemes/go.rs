//! Versions of Go modules (Go, "Module version numbering"): those of semver with a `v`, and versions of Go itself, whose pre-releases have no dash
//! (`go1.21rc2`).

use std::cmp::Ordering;

use super::semver;
use crate::Scheme;
use crate::numbers::{digits, has, numbers, plain};

pub(crate) static SCHEME: Scheme = Scheme { name: "go", compare };

fn compare(a: &str, b: &str) -> Ordering {
    let (bare_a, bare_b) = (semver::bare(a), semver::bare(b));
    if let Some(order) = semver::by_number(bare_a, bare_b).or_else(|| plain(bare_a, bare_b)) {
        return order;
    }
    let ((core_a, kind_a, number_a), (core_b, kind_b, number_b)) = (parts(a), parts(b));
    if kind_a.is_empty() && kind_b.is_empty() {
        return semver::compare(core_a, core_b);
    }
    // `beta1` < `rc1` < the release; one side may write `-rc1`.
    semver::compare(core_a, core_b)
        .then_with(|| kind_a.is_empty().cmp(&kind_b.is_empty()))
        .then_with(|| kind_a.cmp(kind_b))
        .then_with(|| numbers(number_a.as_bytes(), number_b.as_bytes()))
}

/// `1.21`, `rc` and `2` of `go1.21rc2`; a version of a module has only the first.
fn parts(version: &str) -> (&str, &str, &str) {
    let version = version.trim_ascii();
    if version.starts_with('v') {
        return (version, "", "");
    }
    let version = version.strip_prefix("go").unwrap_or(version);
    for kind in ["beta", "rc"] {
        if has(version.as_bytes(), kind.as_bytes()[0])
            && let Some((core, number)) = version.split_once(kind)
            && digits(number.as_bytes()).1.is_empty()
            && core.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte))
        {
            return (core.trim_end_matches('-'), kind, number);
        }
    }
    (version, "", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::check;

    #[test]
    fn versions_of_modules_and_of_go_are_ordered() {
        check(
            &SCHEME,
            &[
                "v0.0.0-20190101000000-abcdefabcdef < v0.0.0-20200101000000-000000000000 < v0.1.0 < v1.0.0-rc.1 < v1.0.0 = v1.0.0+incompatible",
                "go1.21beta1 < 1.21rc1 < 1.21rc2 < 1.21.0 = 1.21 < 1.21.1",
            ],
        );
    }
}
