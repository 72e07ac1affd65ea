//! From what the files say to what is built: groups opened, inheritance done, links followed.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::BakeError;
use crate::config::{Config, Group};
use crate::entry;
use crate::overrides::Overrides;
use crate::print::matches;
use crate::target::{Content, Target};

/// Targets do not hang together deeper than this.
const MAX_DEPTH: usize = 100;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Names of targets and groups, or patterns; `default` when there are none.
    pub names: Vec<String>,
    /// `--set`.
    pub set: Vec<String>,
}

/// What is to be built.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// The groups that lead to the targets.
    pub groups: BTreeMap<String, Group>,
    /// The targets with all that they inherit, and those that they are made of.
    pub targets: BTreeMap<String, Target>,
}

/// Advice where a name is nearly right.
pub(crate) fn with_near(error: BakeError, name: &str, config: &Config) -> BakeError {
    let names = config.targets.iter().map(|one| &one.name).chain(config.groups.iter().map(|one| &one.name));
    let near = names.clone().map(|other| (kit::edit_distance(other, name), other)).min();
    if let Some((_, near)) = near.filter(|(distance, _)| *distance <= 2) {
        return error.help(format!("did you mean `{near}`?"));
    }
    let all: BTreeSet<&String> = names.collect();
    let some: Vec<String> = all.into_iter().take(12).map(|name| format!("`{name}`")).collect();
    if some.is_empty() { error } else { error.help(format!("there are {}", some.join(", "))) }
}

impl Config {
    /// Finds what is to be built. `vars` is the environment, for `--set TARGET.args.NAME`.
    pub fn resolve(&self, wanted: &Wanted, vars: &BTreeMap<String, String>) -> Result<Resolved, BakeError> {
        let default = ["default".to_owned()];
        let names = if wanted.names.is_empty() { &default[..] } else { &wanted.names };
        let mut asked: Vec<String> = Vec::new();
        for name in names {
            for name in self.named(&name.replace('.', "_"))? {
                if !asked.contains(&name) {
                    asked.push(name);
                }
            }
        }
        let overrides = self.overrides(&wanted.set, vars)?;
        let mut out = Resolved::default();
        for name in &asked {
            let (targets, groups) = self.open(name);
            for target in targets {
                if let Entry::Vacant(vacant) = out.targets.entry(target) {
                    let found = self.target_of(vacant.key(), &overrides)?;
                    vacant.insert(found);
                }
            }
            for group in groups {
                let found = self.groups.iter().find(|one| one.name == group);
                out.groups.extend(found.map(|found| (group, found.clone())));
            }
        }
        out.default_group(&asked);
        let mut visited = BTreeSet::new();
        for name in out.targets.keys().cloned().collect::<Vec<_>>() {
            self.link(&name, &mut out.targets, &overrides, &mut Vec::new(), &mut visited)?;
        }
        Ok(out)
    }

    fn named(&self, pattern: &str) -> Result<Vec<String>, BakeError> {
        if !pattern.contains(['*', '?', '[', ']']) {
            return Ok(vec![pattern.to_owned()]);
        }
        let names = self.groups.iter().map(|one| &one.name).chain(self.targets.iter().map(|one| &one.name));
        let found: Vec<String> = names.filter(|name| matches(pattern, name)).cloned().collect();
        if found.is_empty() {
            return Err(BakeError::new(format!("no target is named as `{pattern}`")));
        }
        Ok(found)
    }

    /// The targets of a group, and the groups on the way; a name that is no group's is a target's.
    fn open(&self, name: &str) -> (Vec<String>, Vec<String>) {
        let (mut targets, mut groups) = (Vec::new(), Vec::new());
        let mut left = vec![name];
        while let Some(name) = left.pop() {
            match self.groups.iter().find(|group| group.name == name) {
                Some(group) if groups.iter().all(|seen| seen != name) => {
                    groups.push(name.to_owned());
                    left.extend(group.targets.iter().rev().map(String::as_str));
                }
                None if targets.iter().all(|seen| seen != name) => targets.push(name.to_owned()),
                _ => {}
            }
        }
        (targets, groups)
    }

    fn target_of(&self, name: &str, overrides: &Overrides) -> Result<Target, BakeError> {
        let mut known = BTreeMap::new();
        let mut target = self.inherited(name, overrides, &mut known, 0)?.unwrap_or_default();
        name.clone_into(&mut target.name);
        target.contents.remove("inherits");
        for (field, default) in [("context", "."), ("dockerfile", "Dockerfile")] {
            if target.text(field).is_none_or(|text| text.is_empty() && field == "dockerfile") {
                target.set(field, Content::Text(default.to_owned()));
            }
        }
        Ok(target)
    }

    /// A target with what it inherits; nothing when it is on the way already.
    fn inherited(
        &self,
        name: &str,
        overrides: &Overrides,
        known: &mut BTreeMap<String, Option<Target>>,
        depth: usize,
    ) -> Result<Option<Target>, BakeError> {
        if let Some(found) = known.get(name) {
            return Ok(found.clone());
        }
        if depth > MAX_DEPTH {
            return Err(BakeError::new(format!("targets inherit deeper than {MAX_DEPTH}")));
        }
        known.insert(name.to_owned(), None);
        let own =
            self.targets.iter().find(|target| target.name == name).ok_or_else(|| {
                with_near(BakeError::new(format!("there is no target `{name}`")), name, self)
            })?;
        let mut target = Target::default();
        for parent in own.list("inherits") {
            if let Some(parent) = self.inherited(parent, overrides, known, depth + 1)? {
                target.merge(&parent);
            }
        }
        target.merge(own);
        name.clone_into(&mut target.name);
        if let Some(changes) = overrides.get(name) {
            target.apply(changes)?;
        }
        target.normalize();
        known.insert(name.to_owned(), Some(target.clone()));
        Ok(Some(target))
    }

    /// Brings in the targets that a target's contexts are made of.
    fn link(
        &self,
        name: &str,
        targets: &mut BTreeMap<String, Target>,
        overrides: &Overrides,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Result<(), BakeError> {
        if done.contains(name) {
            return Ok(());
        }
        way.push(name.to_owned());
        for other in targets.get(name).map(links).unwrap_or_default() {
            if other == name {
                return Err(BakeError::new(format!("the target `{name}` is made of itself")));
            }
            if way.contains(&other) || way.len() > MAX_DEPTH {
                return Err(BakeError::new(format!(
                    "the targets `{name}` and `{other}` are made of each other"
                )));
            }
            if !targets.contains_key(&other) {
                let mut found = self.target_of(&other, overrides)?;
                let mut output = entry::Entry::default();
                output.set("type", "cacheonly");
                found.set("output", Content::Entries(vec![output]));
                found.linked = true;
                targets.insert(other.clone(), found);
            }
            self.link(&other, targets, overrides, way, done)?;
            fit(name, &other, targets)?;
        }
        way.pop();
        done.insert(name.to_owned());
        Ok(())
    }
}

/// The targets that a target's contexts are made of.
pub(crate) fn links(target: &Target) -> Vec<String> {
    let contexts = target.map("contexts");
    contexts.values().filter_map(|value| value.strip_prefix("target:").map(str::to_owned)).collect()
}

/// What a target is made of must be there for its platforms, and may do what that may do.
fn fit(name: &str, other: &str, targets: &mut BTreeMap<String, Target>) -> Result<(), BakeError> {
    let (Some(target), Some(linked)) = (targets.get(name), targets.get(other)) else { return Ok(()) };
    let (wanted, has) = (target.list("platforms"), linked.list("platforms"));
    if wanted.len() > 1 && has.len() > 1 && !wanted.iter().all(|platform| has.contains(platform)) {
        let text = format!(
            "the target `{name}` is for {}, but `{other}` only for {}",
            wanted.join(", "),
            has.join(", ")
        );
        return Err(BakeError::new(text));
    }
    let privileges = linked.list("entitlements").to_vec();
    if !privileges.is_empty()
        && let Some(target) = targets.get_mut(name)
    {
        let mut all = target.list("entitlements").to_vec();
        all.extend(privileges);
        target.set("entitlements", Content::List(all));
        target.normalize();
    }
    Ok(())
}

impl Resolved {
    fn default_group(&mut self, asked: &[String]) {
        for name in asked {
            let group = self
                .groups
                .entry("default".to_owned())
                .or_insert_with(|| Group { name: "default".to_owned(), ..Group::default() });
            if name != "default" || group.targets.is_empty() {
                group.targets.push(name.clone());
            }
        }
        if let Some(group) = self.groups.get_mut("default") {
            let mut seen = BTreeSet::new();
            group.targets.retain(|name| seen.insert(name.clone()));
            group.targets.sort();
        }
    }

    /// `--push`: what is asked for is pushed.
    pub fn push(&mut self) {
        self.targets.values_mut().filter(|target| !target.linked).for_each(|target| target.push(true));
    }

    /// `--load`: docker takes what is asked for.
    pub fn load(&mut self) {
        self.targets.values_mut().filter(|target| !target.linked).for_each(Target::load);
    }
}
