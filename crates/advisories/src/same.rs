//! Which advisories are about the same thing.

use std::collections::BTreeMap;

/// Identifiers of an advisory: its own and its aliases.
pub type Ids<'a> = Vec<&'a str>;

/// Puts those together that share an identifier, each group in the order of the list. An advisory about several
/// vulnerabilities at once, as those of some distributions are, stays alone: it is no other name for any of them.
pub fn same(all: &[Ids<'_>]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..all.len()).collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, ids) in all.iter().enumerate() {
        let several = ids.iter().filter(|id| id.starts_with("CVE-")).count() > 1;
        for id in if several { &ids[..1] } else { ids } {
            let other = *first.entry(id).or_insert(number);
            let (a, b) = (group[other], group[number]);
            if a == b {
                continue;
            }
            let (low, high) = (a.min(b), a.max(b));
            group.iter_mut().filter(|one| **one == high).for_each(|one| *one = low);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, one) in group.into_iter().enumerate() {
        groups.entry(one).or_default().push(number);
    }
    groups.into_values().collect()
}

/// The identifier that most people know it by: that of CVE, then that of `GitHub`, then the first.
pub fn best_id<'a>(ids: &[&'a str]) -> Option<&'a str> {
    let kind = |id: &&&str| match **id {
        id if id.starts_with("CVE-") => 0,
        id if id.starts_with("GHSA-") => 1,
        _ => 2,
    };
    ids.iter().min_by_key(kind).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advisories_with_a_common_identifier_are_one() {
        let check = |all: &[&str], expect: &[&[usize]]| {
            let ids: Vec<Ids<'_>> = all.iter().map(|text| text.split(' ').collect()).collect();
            assert_eq!(same(&ids), expect, "{all:?}");
        };
        check(&["GHSA-1 CVE-1", "RUSTSEC-1 CVE-1", "CVE-2"], &[&[0, 1], &[2]]);
        check(&["A B", "C D", "B C"], &[&[0, 1, 2]]);
        check(&["ALSA-1 CVE-1 CVE-2", "CVE-1", "ALSA-2 CVE-2"], &[&[0], &[1], &[2]]);
        check(&[], &[]);
    }

    #[test]
    fn one_name_is_shown() {
        assert_eq!(best_id(&["RUSTSEC-1", "GHSA-1", "CVE-1"]), Some("CVE-1"));
        assert_eq!(best_id(&["RUSTSEC-1", "GHSA-1"]), Some("GHSA-1"));
        assert_eq!(best_id(&["PYSEC-1"]), Some("PYSEC-1"));
    }
}
