//! The variables of a stage: ENV, which stays in the image, and ARG, which does not.

use std::collections::{BTreeMap, BTreeSet};

/// What the variables of a stage are set to. Of ENV and ARG of one name the later one counts, as `BuildKit` has it;
/// the configuration holds ENV alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// `NAME=value`, as in the configuration.
    pub(crate) env: Vec<String>,
    /// Declared arguments in order of their first declaration, with their value where they have one.
    args: Vec<(String, Option<String>)>,
    /// What instructions and processes see.
    values: BTreeMap<String, String>,
}

impl Scope {
    /// The variables of an image.
    pub(crate) fn new(env: Vec<String>) -> Self {
        let mut scope = Self { env, ..Self::default() };
        scope.apply_env();
        scope
    }

    /// The variables with which a stage built `FROM` this one begins: there ENV hides the arguments.
    pub(crate) fn apply_env(&mut self) {
        let pairs = self.env.iter().filter_map(|pair| pair.split_once('='));
        self.values.extend(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    /// The value of a variable in the stage.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    /// Sets an ENV variable in place, or at the end when it is new.
    pub(crate) fn set_env(&mut self, name: &str, value: &str) {
        let pair = format!("{name}={value}");
        let same = |old: &&mut String| old.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
        match self.env.iter_mut().find(same) {
            Some(old) => *old = pair,
            None => self.env.push(pair),
        }
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// Declares an argument.
    pub(crate) fn set_arg(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = &value {
            self.values.insert(name.to_owned(), value.clone());
        }
        match self.args.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => self.args.push((name.to_owned(), value)),
        }
    }

    /// The environment of a process.
    pub(crate) fn process_env(&self) -> BTreeMap<String, String> {
        self.values.clone()
    }

    /// Names of what a process sees that no ENV has set.
    pub(crate) fn arguments(&self) -> BTreeSet<String> {
        let is_env = |name: &str| self.env.iter().any(|pair| pair.split('=').next() == Some(name));
        self.args.iter().map(|(name, _)| name).filter(|name| !is_env(name)).cloned().collect()
    }

    /// The declared arguments as `RUN |N` shows them in the history.
    pub(crate) fn shown_args(&self) -> Vec<String> {
        let value = |key: &String, value: &Option<String>| self.get(key).or_else(|| value.clone());
        self.args.iter().map(|(key, own)| format!("{key}={}", value(key, own).unwrap_or_default())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_env_and_arg_counts_and_env_keeps_its_place() {
        let mut scope = Scope::default();
        scope.set_arg("A", Some("arg".into()));
        assert_eq!(scope.get("A").as_deref(), Some("arg"));
        scope.set_env("A", "1");
        scope.set_env("AB", "2");
        scope.set_env("A", "3");
        assert_eq!(scope.env, ["A=3", "AB=2"]);
        assert_eq!(scope.get("A").as_deref(), Some("3"));
        assert_eq!(scope.process_env()["A"], "3");
        scope.set_arg("A", None);
        assert_eq!(scope.get("A").as_deref(), Some("3"));
        scope.set_arg("A", Some("4".into()));
        assert_eq!(scope.get("A").as_deref(), Some("4"));
        assert_eq!(scope.env, ["A=3", "AB=2"]);
        scope.set_arg("B", None);
        assert_eq!(scope.shown_args(), ["A=4", "B="]);
        scope.apply_env();
        assert_eq!(scope.get("A").as_deref(), Some("3"));
    }
}
