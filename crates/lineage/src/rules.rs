//! Where the paths that a step placed were before, as few rules: one covers a whole tree where everything in it came
//! from one place, and what differs within has a rule of its own. Every path that went in comes out exactly.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::path::{decode, encode, join, parent, relative};

/// Where the placed paths of one step were before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules<O> {
    /// What the rules name by number.
    pub origins: Vec<O>,
    /// Sorted by `to`.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// A path that was placed, encoded.
    pub to: String,
    /// Where it was, encoded.
    pub from: String,
    /// Number of its origin.
    pub origin: usize,
    /// Whether it says nothing of what is below the path.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only: bool,
}

/// Where a path was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct From<'a, O> {
    /// The tree it was in.
    pub origin: &'a O,
    /// Its path there.
    pub path: Vec<u8>,
}

impl<O> Default for Rules<O> {
    fn default() -> Self {
        Self { origins: Vec::new(), rules: Vec::new() }
    }
}

impl<O: Clone + Ord> Rules<O> {
    /// The rules of what was placed: path, path before, origin.
    pub fn new(placed: impl IntoIterator<Item = (Vec<u8>, Vec<u8>, O)>) -> Self {
        let mut numbers: BTreeMap<O, usize> = BTreeMap::new();
        let (mut origins, mut root) = (Vec::new(), Dir::default());
        for (to, from, origin) in placed {
            let number = *numbers.entry(origin.clone()).or_insert_with(|| {
                origins.push(origin);
                origins.len() - 1
            });
            root.insert(&to, (number, from));
        }
        root.count();
        let mut rules = Vec::new();
        root.write(&mut Vec::new(), None, &mut rules);
        rules.sort_by(|a, b| key(a).cmp(&key(b)));
        Self { origins, rules }
    }
}

impl<O: Clone + Ord> Rules<O> {
    /// Rules for these paths and no others, of which they say nothing.
    pub fn exact(paths: impl IntoIterator<Item = (Vec<u8>, Vec<u8>, O)>) -> Self {
        let mut made = Self::default();
        for (to, from, origin) in paths {
            let known = made.origins.iter().position(|known| *known == origin);
            let number = known.unwrap_or_else(|| {
                made.origins.push(origin);
                made.origins.len() - 1
            });
            made.rules.push(rule(&to, &(number, from), true));
        }
        made.rules.sort_by(|a, b| key(a).cmp(&key(b)));
        made
    }
}

impl<O> Rules<O> {
    /// Where a path was that was placed; of other paths the answer means nothing.
    pub fn find(&self, path: &[u8]) -> Option<From<'_, O>> {
        let own = self.rule(path, true);
        let (rule, rest) = match own {
            Some(rule) => (rule, &[][..]),
            None => self.nearest(path)?,
        };
        let origin = self.origins.get(rule.origin)?;
        Some(From { origin, path: join(&decode(&rule.from), rest) })
    }

    fn nearest<'a>(&self, path: &'a [u8]) -> Option<(&Rule, &'a [u8])> {
        let mut at = Some(path);
        while let Some(dir) = at {
            if let Some(rule) = self.rule(dir, false) {
                return Some((rule, relative(path, dir)?));
            }
            at = parent(dir);
        }
        None
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether they can be searched.
    pub(crate) fn are_sorted(&self) -> bool {
        self.rules.is_sorted_by(|a, b| key(a) <= key(b))
    }

    fn rule(&self, to: &[u8], only: bool) -> Option<&Rule> {
        let to = encode(to);
        let found = self.rules.binary_search_by(|rule| key(rule).cmp(&(to.as_str(), only)));
        found.ok().map(|at| &self.rules[at])
    }
}

fn key(rule: &Rule) -> (&str, bool) {
    (&rule.to, rule.only)
}

/// A tree's place before: the number of its origin, and its path there.
type Place = (usize, Vec<u8>);

#[derive(Default)]
struct Dir {
    own: Option<Place>,
    children: BTreeMap<Vec<u8>, Dir>,
    /// How many paths of the tree each place explains, if the tree as a whole had been there.
    votes: BTreeMap<Place, usize>,
}

impl Dir {
    fn insert(&mut self, path: &[u8], place: Place) {
        let mut dir = self;
        for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            dir = dir.children.entry(part.to_vec()).or_default();
        }
        dir.own = Some(place);
    }

    fn count(&mut self) {
        if let Some(own) = &self.own {
            self.votes.insert(own.clone(), 1);
        }
        for (name, child) in &mut self.children {
            child.count();
            for ((origin, path), count) in &child.votes {
                if let Some(path) = without_name(path, name) {
                    *self.votes.entry((*origin, path.to_vec())).or_default() += count;
                }
            }
        }
    }

    /// Writes the rules of the tree at `to`, of which `inherited` is said already.
    fn write(&self, to: &mut Vec<u8>, inherited: Option<Place>, rules: &mut Vec<Rule>) {
        let explained = inherited.as_ref().and_then(|place| self.votes.get(place)).copied().unwrap_or(0);
        let best = self.votes.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        let mut place = inherited;
        // A rule has to explain more than itself, unless nothing else explains the path.
        if let Some((best, count)) = best
            && (*count > explained + 1 || (explained == 0 && self.own.is_some()))
        {
            rules.push(rule(to, best, false));
            place = Some(best.clone());
        }
        if let Some(own) = self.own.as_ref().filter(|own| place.as_ref() != Some(own)) {
            rules.push(rule(to, own, true));
        }
        for (name, child) in &self.children {
            let len = to.len();
            if !to.is_empty() {
                to.push(b'/');
            }
            to.extend(name);
            let below = place.as_ref().map(|(origin, path)| (*origin, join(path, name)));
            child.write(to, below, rules);
            to.truncate(len);
        }
    }
}

fn rule(to: &[u8], (origin, from): &Place, only: bool) -> Rule {
    Rule { to: encode(to), from: encode(from), origin: *origin, only }
}

/// The directory of a path whose last part is `name`.
fn without_name<'a>(path: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let dir = path.strip_suffix(name)?;
    if dir.is_empty() { Some(dir) } else { dir.strip_suffix(b"/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(placed: &[(&str, &str, u8)]) -> Rules<u8> {
        Rules::new(
            placed
                .iter()
                .map(|(to, from, origin)| (to.as_bytes().to_vec(), from.as_bytes().to_vec(), *origin)),
        )
    }

    fn check(placed: &[(&str, &str, u8)], count: usize) {
        let made = rules(placed);
        for (to, from, origin) in placed {
            let found = made.find(to.as_bytes()).unwrap_or_else(|| panic!("{to}: {made:?}"));
            assert_eq!((found.path.as_slice(), *found.origin), (from.as_bytes(), *origin), "{to}: {made:?}");
        }
        assert_eq!(made.rules.len(), count, "{made:?}");
    }

    #[test]
    fn a_tree_of_one_origin_is_one_rule() {
        check(&[("app", "out", 0), ("app/a", "out/a", 0), ("app/b/c", "out/b/c", 0)], 1);
        check(&[("a", "x/a", 0), ("b", "x/b", 0), ("c/d", "x/c/d", 0)], 1);
        check(&[("bin/tool", "tool", 0)], 1);
        check(&[], 0);
    }

    #[test]
    fn exceptions_have_rules_of_their_own() {
        // A renamed file, another writer, a directory that another step made.
        check(&[("a", "s", 0), ("a/1", "s/1", 0), ("a/2", "s/2", 0), ("a/3", "t", 0)], 2);
        check(&[("a", "s", 0), ("a/1", "s/1", 0), ("a/2", "s/2", 1), ("a/3", "s/3", 0)], 2);
        check(&[("a", "s", 1), ("a/1", "s/1", 0), ("a/2", "s/2", 0), ("a/3", "s/3", 0)], 2);
        check(&[("a/1", "p/1", 0), ("a/2", "p/2", 0), ("b/1", "q/1", 0), ("b/2", "q/2", 0)], 2);
        check(&[("a", "a", 0), ("a/b", "a/b", 1), ("a/b/c", "a/b/c", 0)], 2);
        check(&[("x", "y", 0), ("x-y", "z", 0), ("x/y", "y/y", 0)], 2);
    }

    #[test]
    fn random_trees_come_back_exactly() {
        let mut seed: u64 = 7;
        let mut next = |limit: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % limit
        };
        for _ in 0..200 {
            let mut placed: BTreeMap<Vec<u8>, (Vec<u8>, u64)> = BTreeMap::new();
            for _ in 0..next(60) {
                let depth = 1 + next(4);
                let path: Vec<String> = (0..depth).map(|_| format!("n{}", next(3))).collect();
                let to = path.join("/").into_bytes();
                let from = if next(4) == 0 {
                    format!("r{}", next(5)).into_bytes()
                } else {
                    [b"s/", &to[..]].concat()
                };
                placed.insert(to, (from, next(2)));
            }
            let rules =
                Rules::new(placed.iter().map(|(to, (from, origin))| (to.clone(), from.clone(), *origin)));
            let text = serde_json::to_string(&rules).unwrap();
            let rules: Rules<u64> = serde_json::from_str(&text).unwrap();
            for (to, (from, origin)) in &placed {
                let found = rules.find(to).unwrap();
                assert_eq!((&found.path, found.origin), (from, origin), "{rules:?}");
            }
        }
    }
}
