//! The variables of a stage: ENV, which stays in the image, and ARG, which does not.

use std::collections::BTreeMap;

/// What a variable of a stage is set to. ENV hides ARG of the same name (Dockerfile reference, "ARG").
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// `NAME=value`, as in the configuration.
    pub(crate) env: Vec<String>,
    /// Declared arguments in order of declaration, with their value where they have one.
    pub(crate) args: Vec<(String, Option<String>)>,
}

impl Scope {
    /// The value of a variable in the stage.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.env_value(name).or_else(|| self.arg(name)).map(str::to_owned)
    }

    fn env_value(&self, name: &str) -> Option<&str> {
        self.env.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().rev().find(|(key, _)| key == name)?.1.as_deref()
    }

    /// Sets an ENV variable in place, or at the end when it is new.
    pub(crate) fn set_env(&mut self, name: &str, value: &str) {
        let pair = format!("{name}={value}");
        let same = |old: &&mut String| old.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
        match self.env.iter_mut().find(same) {
            Some(old) => *old = pair,
            None => self.env.push(pair),
        }
    }

    /// Declares an argument.
    pub(crate) fn set_arg(&mut self, name: &str, value: Option<String>) {
        self.args.retain(|(key, _)| key != name);
        self.args.push((name.to_owned(), value));
    }

    /// The environment of a process: arguments, then ENV over them.
    pub(crate) fn process_env(&self) -> BTreeMap<String, String> {
        let args = self.args.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
        let env = self.env.iter().filter_map(|pair| pair.split_once('='));
        args.chain(env.map(|(key, value)| (key.to_owned(), value.to_owned()))).collect()
    }

    /// The arguments that have a value, as `RUN |N` shows them in the history.
    pub(crate) fn set_args(&self) -> Vec<String> {
        self.args.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_ref()?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_hides_arg_and_keeps_its_place() {
        let mut scope = Scope::default();
        scope.set_arg("A", Some("arg".into()));
        assert_eq!(scope.get("A").as_deref(), Some("arg"));
        scope.set_env("A", "1");
        scope.set_env("AB", "2");
        scope.set_env("A", "3");
        assert_eq!(scope.env, ["A=3", "AB=2"]);
        assert_eq!(scope.get("A").as_deref(), Some("3"));
        assert_eq!(scope.process_env()["A"], "3");
    }
}
