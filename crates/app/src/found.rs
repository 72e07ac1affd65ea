//! What scans of two images find that is not in the other one.

use std::collections::BTreeSet;

use facts::{Component, Package, Risk, Secret};
use image::Platform;
use serde_json::{Value, json};

use crate::scan::{self, SecretRules};
use crate::{AppError, World};

/// What only one of two images has: first what only the first has.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Packages that no distribution manages; those of distributions are compared by their lists.
    pub packages: [Vec<Package>; 2],
    /// Vulnerabilities of packages of a name, whatever their version is.
    pub vulnerabilities: [Vec<Vulnerable>; 2],
    /// Secrets.
    pub secrets: [Vec<Secret>; 2],
    /// How many vulnerabilities both have.
    pub common: usize,
    /// What is to be known of the answer.
    pub notes: BTreeSet<String>,
}

/// A vulnerability of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vulnerable {
    /// Its identifier.
    pub id: String,
    /// How bad it is.
    pub risk: Risk,
    /// The package.
    pub package: Package,
    /// The first version without it, where there is one.
    pub fixed: Option<String>,
}

impl Found {
    /// Whether both are the same.
    pub fn is_same(&self) -> bool {
        self.packages.iter().all(Vec::is_empty)
            && self.vulnerabilities.iter().all(Vec::is_empty)
            && self.secrets.iter().all(Vec::is_empty)
    }
}

/// Scans two images.
pub(crate) fn found(
    world: &World,
    images: &[String; 2],
    platform: Option<&Platform>,
) -> Result<Found, AppError> {
    let scan = |target: &String| {
        let secrets = Some(SecretRules::default());
        let (target, platform) = (target.clone(), platform.cloned());
        scan::scan(world, &scan::Request { target, platform, secrets, ..scan::Request::default() })
    };
    let mut sides = [scan(&images[0])?, scan(&images[1])?];
    let notes = sides.iter_mut().flat_map(|side| std::mem::take(&mut side.notes)).collect();
    let vulnerable = [vulnerabilities(&sides[0]), vulnerabilities(&sides[1])];
    let known = |one: &Vulnerable| (one.id.clone(), one.package.ecosystem, one.package.name.clone());
    let total = vulnerable[0].len();
    let vulnerabilities = differing(vulnerable, known);
    let packages = [0, 1].map(|side| {
        let of_none = |one: &&Component| !one.package.ecosystem.is_distro() && one.owner.is_none();
        sides[side]
            .contents
            .inventory
            .components
            .iter()
            .filter(of_none)
            .map(|one| one.package.clone())
            .collect()
    });
    let secrets = sides.map(|side| side.contents.secrets);
    Ok(Found {
        packages: differing(packages, Clone::clone),
        secrets: differing(secrets, |one| (one.rule.clone(), one.place.text(), one.mark.clone())),
        common: total - vulnerabilities[0].len(),
        vulnerabilities,
        notes,
    })
}

fn vulnerabilities(side: &scan::Outcome) -> Vec<Vulnerable> {
    let one = |found: &facts::Vulnerability| {
        let package = side.contents.inventory.components.get(found.component)?.package.clone();
        Some(Vulnerable { id: found.id.clone(), risk: found.risk, package, fixed: found.fixed.clone() })
    };
    side.vulnerabilities.iter().filter_map(one).collect()
}

/// What only one of two lists has.
fn differing<T, K: Ord>(mut sides: [Vec<T>; 2], key: impl Fn(&T) -> K) -> [Vec<T>; 2] {
    let known = [0, 1].map(|side: usize| sides[side].iter().map(&key).collect::<BTreeSet<K>>());
    for (side, others) in sides.iter_mut().zip(known.iter().rev()) {
        side.retain(|one| !others.contains(&key(one)));
    }
    sides
}

/// As JSON.
pub(crate) fn json(found: &Found) -> Value {
    let package =
        |one: &Package| json!({ "type": one.ecosystem.name(), "name": one.name, "version": one.version });
    let vulnerability = |one: &Vulnerable| json!({ "id": one.id, "severity": one.risk, "package": package(&one.package), "fixedVersion": one.fixed });
    let sides = |list: &dyn Fn(usize) -> Value| json!({ "before": list(0), "after": list(1) });
    let mut vulnerabilities = sides(&|side| found.vulnerabilities[side].iter().map(vulnerability).collect());
    vulnerabilities["common"] = json!(found.common);
    json!({
        "packages": sides(&|side| found.packages[side].iter().map(package).collect()),
        "vulnerabilities": vulnerabilities,
        "secrets": sides(&|side| json!(found.secrets[side])),
        "notes": found.notes,
    })
}
