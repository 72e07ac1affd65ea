//! The facts of layers, base first, become an inventory: what later layers hide is not there, and what they only repeat
//! is not theirs.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Component, Distro, Ecosystem, Evidence, Inventory, Package};

use crate::key::keys;
use crate::walk::owner_of;
use crate::{Finds, LayerFacts};

/// The inventory of stacked layers.
pub fn merge(layers: &[&LayerFacts]) -> Inventory {
    let files = visible(layers);
    let mut components: BTreeMap<&Package, Vec<Evidence>> = BTreeMap::new();
    let mut unread = Vec::new();
    let mut linked = BTreeMap::new();
    for versions in files.values() {
        let Some((top, last)) = versions.last() else { continue };
        unread.extend(last.unread.iter().map(|why| (last.path.clone(), why.clone())));
        linked.extend(last.linked.iter().map(|one| (last.path.clone(), one.clone())));
        let earlier: Vec<(usize, BTreeSet<&Package>)> = versions
            .iter()
            .rev()
            .skip(1)
            .map(|(layer, find)| (*layer, find.packages.iter().collect()))
            .collect();
        for package in &last.packages {
            // Most packages have one place, and there can be very many packages.
            let places = components.entry(package).or_insert_with(|| Vec::with_capacity(1));
            places.push(Evidence {
                path: last.path.clone(),
                layer: brought(*top, &earlier, package),
                cataloguer: last.cataloguer.clone(),
            });
        }
    }
    let distro = distro(&files);
    let installed: BTreeSet<&str> = components
        .keys()
        .copied()
        .filter(|package| package.ecosystem.is_distro())
        .map(|package| package.name.as_str())
        .collect();
    let licences = licences(&files);
    let components = components.into_iter().map(|(package, mut places)| {
        places.sort();
        places.dedup();
        let owner = owner(layers, package, &places).filter(|owner| installed.contains(owner));
        let mut package = package.clone();
        if package.ecosystem == Ecosystem::Deb
            && let Some(licences) = licences.get(package.name.as_str())
        {
            package.licenses.extend_from_slice(licences);
        }
        Component { package, places, owner: owner.map(str::to_owned), origin: None }
    });
    Inventory { distro, components: components.collect(), unread, linked }
}

/// What files of their own say of the licences of packages of dpkg.
fn licences<'a>(files: &Files<'a>) -> BTreeMap<&'a str, &'a [String]> {
    let last = files.values().filter_map(|versions| versions.last());
    let said = last.filter(|(_, find)| !find.licences.is_empty());
    said.filter_map(|(_, find)| Some((documented(&find.path)?, find.licences.as_slice()))).collect()
}

/// The package of dpkg that a file describes to people.
pub(crate) fn documented(path: &str) -> Option<&str> {
    let package = path.strip_prefix("usr/share/doc/")?.strip_suffix("/copyright")?;
    (!package.contains('/')).then_some(package)
}

/// What was found at a path by a cataloguer in each layer since the path was last taken away, the visible last.
type Files<'a> = BTreeMap<(&'a str, &'a str), Vec<(usize, &'a Finds)>>;

fn visible<'a>(layers: &[&'a LayerFacts]) -> Files<'a> {
    let mut files = Files::new();
    for (number, layer) in layers.iter().enumerate() {
        let again: BTreeSet<(&str, &str)> = layer.finds.iter().map(Finds::key).collect();
        files.retain(|key, _| again.contains(key) || !hides(layer, key.0));
        for find in &layer.finds {
            files.entry(find.key()).or_default().push((number, find));
        }
    }
    files
}

impl Finds {
    fn key(&self) -> (&str, &str) {
        (&self.path, &self.cataloguer)
    }
}

/// Whether a layer hides what those below have at a path.
fn hides(layer: &LayerFacts, path: &str) -> bool {
    let has = |list: &[u64], number: &u64| list.binary_search(number).is_ok();
    let all = keys(path.as_bytes());
    let root = crate::key::key(b"");
    let above = &all[..all.len() - 1];
    all.iter().any(|number| has(&layer.covers, number))
        || above.iter().chain([&root]).any(|number| has(&layer.opaque, number))
}

/// The first layer above `layer` that hides what that one has at a path.
pub fn hidden_by(layers: &[&LayerFacts], layer: usize, path: &str) -> Option<usize> {
    (layer + 1..layers.len()).find(|above| hides(layers[*above], path))
}

/// The lowest layer since which the file names the package, which it does in the layer `top`; `earlier` is what it names in those below.
fn brought(top: usize, earlier: &[(usize, BTreeSet<&Package>)], package: &Package) -> usize {
    earlier.iter().take_while(|(_, all)| all.contains(package)).last().map_or(top, |(layer, _)| *layer)
}

/// Files of os-release(5) count before older ones, and that in `etc` before the other one. Debian's own is in others that
/// are made of it, too.
fn distro(files: &Files<'_>) -> Option<Distro> {
    let said =
        files.values().filter_map(|versions| versions.last().filter(|(_, find)| find.distro.is_some()));
    let rank = |find: &Finds| match find.path.rsplit('/').next() {
        Some("os-release") => 0,
        Some("debian_version") => 2,
        _ => 1,
    };
    said.min_by_key(|(_, find)| rank(find))?.1.distro.clone()
}

/// The package that has all the files.
fn owner<'a>(layers: &[&'a LayerFacts], package: &Package, places: &[Evidence]) -> Option<&'a str> {
    if package.ecosystem.is_distro() {
        return None;
    }
    let mut owners = places.iter().map(|place| owner_of(layers, &place.path));
    let first = owners.next()??;
    owners.all(|owner| owner.is_some()).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{key, merged_key};

    /// A layer: `path=name-version,…` is a file with packages, `!path` takes away, `%path` hides what is below,
    /// `path<owner` is owned.
    fn layer(text: &str) -> LayerFacts {
        let mut facts = LayerFacts::default();
        for word in text.split_whitespace() {
            if let Some(gone) = word.strip_prefix('!') {
                facts.covers.push(key(gone.as_bytes()));
            } else if let Some(dir) = word.strip_prefix('%') {
                facts.opaque.push(key(dir.as_bytes()));
            } else if let Some((path, owner)) = word.split_once('<') {
                facts.owned.push((merged_key(path.as_bytes()), u32::try_from(facts.owners.len()).unwrap()));
                facts.owners.push(owner.to_owned());
            } else if let Some((path, packages)) = word.split_once('=') {
                facts.covers.push(key(path.as_bytes()));
                facts.finds.push(find(path, packages));
            }
        }
        facts.covers.sort_unstable();
        facts.owned.sort_unstable();
        facts
    }

    fn find(path: &str, packages: &str) -> Finds {
        let ecosystem = if path == "status" { Ecosystem::Deb } else { Ecosystem::Npm };
        let package = |text: &str| {
            let (name, version) = text.split_once('-').unwrap();
            Package::new(ecosystem, name, version)
        };
        let packages = packages.split(',').filter(|text| !text.is_empty()).map(package).collect();
        let cataloguer = "test".to_owned();
        Finds {
            path: path.to_owned(),
            cataloguer,
            packages,
            distro: None,
            unread: None,
            licences: Vec::new(),
            linked: None,
        }
    }

    fn check(layers: &[&str], expect: &[&str]) {
        let layers: Vec<LayerFacts> = layers.iter().map(|text| layer(text)).collect();
        let inventory = merge(&layers.iter().collect::<Vec<_>>());
        let shown = inventory.components.iter().map(|one| {
            let owner = one.owner.as_ref().map(|owner| format!(" <{owner}")).unwrap_or_default();
            let layers: Vec<_> = one.places.iter().map(|place| place.layer.to_string()).collect();
            format!("{}-{} {}{owner}", one.package.name, one.package.version, layers.join(","))
        });
        assert_eq!(shown.collect::<Vec<_>>(), expect, "{layers:?}");
    }

    #[test]
    fn a_package_is_of_the_layer_that_brought_it() {
        check(&["status=a-1", "status=a-1,b-1", "status=a-2,b-1"], &["a-2 2", "b-1 1"]);
        check(&["status=a-1", "status=b-1", "status=a-1"], &["a-1 2"]);
        check(&["x/p=a-1", "x/p=a-1"], &["a-1 0"]);
    }

    #[test]
    fn an_older_file_names_the_distribution_where_no_other_does() {
        let said = |paths: &[&str]| {
            let mut facts = LayerFacts::default();
            for path in paths {
                let distro = Some(Distro { id: (*path).to_owned(), ..Distro::default() });
                facts.finds.push(Finds { distro, ..find(path, "") });
            }
            merge(&[&facts]).distro.unwrap().id
        };
        assert_eq!(said(&["etc/centos-release", "etc/os-release", "usr/lib/os-release"]), "etc/os-release");
        assert_eq!(said(&["etc/centos-release", "usr/lib/os-release"]), "usr/lib/os-release");
        assert_eq!(said(&["etc/centos-release"]), "etc/centos-release");
        assert_eq!(said(&["etc/debian_version", "etc/lsb-release"]), "etc/lsb-release");
    }

    #[test]
    fn licences_of_packages_of_dpkg_come_from_files_of_their_own() {
        let licences = vec!["MIT".to_owned()];
        let mut facts = layer("status=a-1,b-1 x/p=a-1");
        facts.finds.push(Finds { licences, ..find("usr/share/doc/a/copyright", "") });
        let said: Vec<usize> =
            merge(&[&facts]).components.iter().map(|one| one.package.licenses.len()).collect();
        assert_eq!(said, [1, 0, 0]);
        let said = merge(&[&facts, &layer("!usr/share/doc")]).components;
        assert!(said.iter().all(|one| one.package.licenses.is_empty()));
    }

    #[test]
    fn what_is_hidden_is_not_there() {
        check(&["x/p=a-1 y/p=b-1", "!x/p"], &["b-1 0"]);
        check(&["x/p=a-1 y/p=b-1", "!x"], &["b-1 0"]);
        check(&["x/p=a-1 x/q=b-1", "%x x/q=b-1"], &["b-1 0"]);
        check(&["x/p=a-1", "%"], &[]);
        check(&["xy/p=a-1", "!x %p"], &["a-1 0"]);
        check(&["x/p=a-1", "!x", "x/p=a-1"], &["a-1 2"]);
    }

    #[test]
    fn what_a_package_of_the_distribution_has_is_its_own() {
        check(&["status=os-1 usr/lib/p=a-1 lib/p<os"], &["os-1 0", "a-1 0 <os"]);
        check(&["status=os-1 usr/lib/p=a-1 opt/p=a-1 lib/p<os"], &["os-1 0", "a-1 0,0"]);
        check(&["usr/lib/p=a-1 lib/p<gone"], &["a-1 0"]);
    }
}
