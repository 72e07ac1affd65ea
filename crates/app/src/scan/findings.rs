//! What the advisories say of an inventory.

use std::cmp::{Ordering, Reverse};

use advisories::{Advisory, affected, asked, best_id, is_of_stream, same};
use facts::{Component, Inventory, Vulnerability};
use versions::Scheme;

use super::database::Database;
use crate::AppError;

/// An advisory that a package is affected by.
struct Hit<'a> {
    source: &'a str,
    advisory: Advisory,
    fixed: Option<String>,
}

/// What is wrong, the worst first; and what is to be known of the answer.
pub(super) fn find(
    database: &Database,
    inventory: &Inventory,
) -> Result<(Vec<Vulnerability>, Vec<String>), AppError> {
    let (mut all, mut unknown) = (Vec::new(), false);
    for (number, component) in inventory.components.iter().enumerate() {
        // The package that brought it answers for it: its distribution knows what it has mended. What is published under the
        // name of a part of the project is something else.
        if component.owner.is_some() || component.package.local {
            continue;
        }
        let Some(ask) = asked(&component.package, inventory.distro.as_ref()) else {
            unknown |= component.package.ecosystem.is_distro();
            continue;
        };
        let Some(scheme) = versions::scheme(ask.scheme) else { continue };
        let hits: Vec<Hit<'_>> = database
            .find(&ask.shard, &ask.name)?
            .into_iter()
            .filter_map(|(source, advisory)| {
                is_of_stream(&advisory, &component.package).then_some(())?;
                let fixed = affected(&advisory, &ask.version, scheme)?.fixed;
                is_linked(inventory, component, &advisory).then_some(())?;
                Some(Hit { source, advisory, fixed })
            })
            .collect();
        all.extend(joined(number, &hits, scheme, database));
    }
    all.sort_by(|a, b| order(a).cmp(&order(b)));
    let notes = if unknown {
        let name = inventory.distro.as_ref().map_or("an unknown distribution", |distro| &distro.id);
        vec![format!("no source of advisories is known for the packages of {name}")]
    } else {
        Vec::new()
    };
    Ok((all, notes))
}

/// Whether any of the files that say that a package is there has what an advisory is about; those of which that is not known count.
fn is_linked(inventory: &Inventory, component: &Component, advisory: &Advisory) -> bool {
    let has = |path: &str| inventory.linked.get(path).is_none_or(|linked| advisory.is_linked(linked));
    component.places.iter().any(|place| has(&place.path))
}

/// What is used in attacks comes first among what is as bad.
fn order(one: &Vulnerability) -> impl Ord + '_ {
    (Reverse(one.risk), one.attacks.exploited_since.is_none(), one.component, &one.id)
}

/// One finding for all advisories about the same thing.
fn joined(number: usize, hits: &[Hit<'_>], scheme: &Scheme, database: &Database) -> Vec<Vulnerability> {
    let ids = |hit: &'_ Hit<'_>| -> Vec<String> {
        std::iter::once(&hit.advisory.id).chain(&hit.advisory.aliases).cloned().collect()
    };
    let owned: Vec<Vec<String>> = hits.iter().map(ids).collect();
    let all: Vec<Vec<&str>> = owned.iter().map(|ids| ids.iter().map(String::as_str).collect()).collect();
    let groups = same(&all);
    let made = groups.iter().filter_map(|group| {
        let of_group: Vec<&Hit<'_>> = group.iter().map(|at| &hits[*at]).collect();
        let mut names: Vec<&str> = group.iter().flat_map(|at| all[*at].iter().copied()).collect();
        names.sort_unstable();
        names.dedup();
        // An advisory about several keeps its own name.
        let several = of_group.len() == 1 && names.iter().filter(|id| id.starts_with("CVE-")).count() > 1;
        let id = if several { of_group[0].advisory.id.as_str() } else { best_id(&names)? };
        let mut sources: Vec<&str> = of_group.iter().map(|hit| hit.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let summary = of_group.iter().map(|hit| &hit.advisory.summary).find(|text| !text.is_empty());
        Some(Vulnerability {
            id: id.to_owned(),
            aliases: names.iter().filter(|name| **name != id).map(|name| (*name).to_owned()).collect(),
            risk: of_group.iter().map(|hit| hit.advisory.risk).max().unwrap_or_default(),
            summary: summary.cloned().unwrap_or_default(),
            component: number,
            fixed: fixed(&of_group, scheme),
            source: sources.join(", "),
            attacks: advisories::attacks(&names, |shard, id| database.note(shard, id)),
        })
    });
    made.collect()
}

/// The version that all who know one call mended: the greatest.
fn fixed(hits: &[&Hit<'_>], scheme: &Scheme) -> Option<String> {
    let known = hits.iter().filter_map(|hit| hit.fixed.as_ref());
    known.reduce(|a, b| if (scheme.compare)(a, b) == Ordering::Less { b } else { a }).cloned()
}
