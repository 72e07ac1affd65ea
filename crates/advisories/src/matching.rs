//! Whether a version is one that an advisory is about.

use std::cmp::Ordering;

use versions::Scheme;

use crate::{Advisory, Bounds};

/// What an advisory says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// The version that is the way out: the end of the range that the version is in. None when there is none yet.
    pub fixed: Option<String>,
}

/// Whether a version is affected; one that is not known is where all are.
pub fn affected(advisory: &Advisory, version: &str, scheme: &Scheme) -> Option<Affected> {
    if version.is_empty() {
        let has_all = |bounds: &Bounds| *bounds == Bounds::default();
        return advisory.bounds.iter().any(has_all).then_some(Affected { fixed: None });
    }
    let compare = |other: &str| (scheme.compare)(version, other);
    let inside = advisory.bounds.iter().find(|bounds| {
        let begun = bounds.introduced.is_empty() || compare(&bounds.introduced) != Ordering::Less;
        let ended = (!bounds.fixed.is_empty() && compare(&bounds.fixed) != Ordering::Less)
            || (!bounds.last.is_empty() && compare(&bounds.last) == Ordering::Greater);
        begun && !ended
    });
    if let Some(bounds) = inside {
        return Some(Affected { fixed: (!bounds.fixed.is_empty()).then(|| bounds.fixed.clone()) });
    }
    let named = advisory.versions.iter().any(|one| one == version || compare(one) == Ordering::Equal);
    named.then_some(Affected { fixed: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bounds;

    fn bounds(text: &str) -> Bounds {
        let (introduced, end) = text.split_once("..").unwrap();
        let (fixed, last) = end.split_once('=').unwrap_or((end, ""));
        Bounds { introduced: introduced.to_owned(), fixed: fixed.to_owned(), last: last.to_owned() }
    }

    #[test]
    fn ranges_begin_with_their_first_and_end_before_the_fix() {
        let scheme = versions::scheme("dpkg").unwrap();
        let check = |ranges: &[&str], version: &str, expect: Option<&str>| {
            let advisory = Advisory {
                bounds: ranges.iter().map(|text| bounds(text)).collect(),
                versions: vec!["77".to_owned()],
                ..Advisory::default()
            };
            let found = affected(&advisory, version, scheme);
            assert_eq!(
                found.map(|found| found.fixed.unwrap_or_default()).as_deref(),
                expect,
                "{ranges:?} {version}"
            );
        };
        check(&["..2"], "1", Some("2"));
        check(&["..2"], "2", None);
        check(&["..2", "3..4"], "3", Some("4"));
        check(&["3..=4"], "4", Some(""));
        check(&["3..=4"], "4.1", None);
        check(&["3.."], "9", Some(""));
        check(&[], "77", Some(""));
        check(&[], "7", None);
        check(&["..2"], "", None);
        check(&[".."], "", Some(""));
    }
}
