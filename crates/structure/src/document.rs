//! A file of tests.

use std::collections::BTreeMap;

use facts::Tested;
use yaml::Node;

use crate::expand::expand;
use crate::fields::{Dialect, Fields, Pair, Problem};
use crate::kinds::{self, Context, Test};
use crate::subject::Subject;

/// The versions of the format that are understood.
const VERSIONS: &[&str] = &[OLD, "2.0.0"];
const OLD: &str = "1.0.0";

/// A file of tests.
pub struct Document {
    env: Vec<Pair>,
    options: RunOptions,
    dialect: Dialect,
    tests: Vec<Box<dyn Test>>,
}

/// `containerRunOptions`: how programs run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Whom they run as, in place of the image's user.
    pub user: String,
    /// With all capabilities and without a filter.
    pub privileged: bool,
    /// Capabilities that are added.
    pub capabilities: Vec<String>,
    /// `host:container[:ro]`.
    pub bind_mounts: Vec<String>,
    /// A file of variables.
    pub env_file: String,
    /// Variables whose values come from the caller's environment.
    pub env_vars: Vec<String>,
    /// `host`, or nothing for none.
    pub network: String,
}

impl Document {
    /// Reads YAML.
    ///
    /// # Errors
    /// When it is no file of tests.
    pub fn of_yaml(text: &str) -> Result<Self, Problem> {
        let root = yaml::parse(text).map_err(|message| Problem { line: 0, message })?;
        let empty = || Problem { line: 0, message: "it is empty".to_owned() };
        Self::of_tree(&root.ok_or_else(empty)?, false)
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// When it is no file of tests.
    pub fn of_json(text: &str) -> Result<Self, Problem> {
        let failed = |error: serde_json::Error| Problem { line: error.line(), message: error.to_string() };
        Self::of_tree(&Node::of_json(&serde_json::from_str(text).map_err(failed)?), true)
    }

    fn of_tree(root: &Node, lax: bool) -> Result<Self, Problem> {
        let mut known = vec!["schemaVersion", "globalEnvVars", "containerRunOptions"];
        known.extend(kinds::kinds().iter().map(|kind| kind.key));
        let fields = Fields::new(root, &known, Dialect { lax, old: false })?;
        let version = fields.text("schemaVersion")?;
        let dialect = Dialect { lax, old: version == OLD };
        if !VERSIONS.contains(&version.as_str()) {
            let message = match version.as_str() {
                "" => "`schemaVersion` is missing; `2.0.0` is what is understood".to_owned(),
                other => format!("`schemaVersion` is `{other}`, and `2.0.0` is what is understood"),
            };
            return Err(Problem::at(root, message));
        }
        let mut tests = Vec::new();
        for kind in kinds::in_order() {
            if let Some(node) = fields.get(kind.key) {
                tests.extend((kind.read)(node, dialect)?);
            }
        }
        let options = fields.get("containerRunOptions").map(|node| run_options(node, dialect)).transpose()?;
        Ok(Self { env: fields.pairs("globalEnvVars")?, options: options.unwrap_or_default(), dialect, tests })
    }

    /// Runs all tests.
    pub fn run(&self, subject: &mut dyn Subject) -> Vec<Tested> {
        let mut env = image_env(&subject.config().config.env);
        let mut global = BTreeMap::new();
        for pair in &self.env {
            let value = expand(&pair.value, &env);
            env.insert(pair.key.clone(), value.clone());
            global.insert(pair.key.clone(), value);
        }
        let context = Context { env, global, options: self.options.clone(), old: self.dialect.old };
        self.tests.iter().map(|test| test.run(&context, subject)).collect()
    }

    /// How many tests there are.
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }
}

/// The variables of an image.
pub(crate) fn image_env(env: &[String]) -> BTreeMap<String, String> {
    env.iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn run_options(node: &Node, dialect: Dialect) -> Result<RunOptions, Problem> {
    let known =
        ["user", "privileged", "allocateTty", "envFile", "envVars", "capabilities", "bindMounts", "network"];
    let fields = Fields::new(node, &known, dialect)?;
    Ok(RunOptions {
        user: fields.text("user")?,
        privileged: fields.truth("privileged", false)?,
        capabilities: fields.texts("capabilities")?,
        bind_mounts: fields.texts("bindMounts")?,
        env_file: fields.text("envFile")?,
        env_vars: fields.texts("envVars")?,
        network: fields.text("network")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What reading a file says: how many tests it has, or what is wrong.
    fn read(text: &str) -> Result<usize, String> {
        Document::of_yaml(text).map(|document| document.len()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn the_examples_of_the_pages_are_files_of_tests() {
        for kind in kinds::kinds() {
            let page = kind.page();
            let (_, example) = page.split_once("```yaml\n").unwrap();
            let (example, _) = example.split_once("```").unwrap();
            assert!(read(example).unwrap() > 0, "{}", kind.name);
        }
    }

    #[test]
    fn files_are_read_as_strictly_as_their_format_is() {
        let check = |text: &str, expect: Result<usize, &str>| {
            assert_eq!(
                read(text).as_ref().map_err(String::as_str),
                expect.as_ref().map_err(|one| *one),
                "{text}"
            );
        };
        check("schemaVersion: 2.0.0\n", Ok(0));
        check("schemaVersion: '2.0.0'\nmetadataTest: {}\n", Ok(0));
        check("schemaVersion: 2.0.0\nmetadataTest: {exposedPorts: [8080]}\n", Ok(1));
        check("schemaVersion: 1.0.0\ncommandTests: [{name: x, command: [a, b]}]\n", Ok(1));
        check("schemaVersion: 2.0.0\nlicenseTests:\n- debian: true\n  files:\n", Ok(1));
        check("a: 1\n", Err("line 1: the field `a` is not known here"));
        check("commandTests: []\n", Err("line 1: `schemaVersion` is missing; `2.0.0` is what is understood"));
        check("schemaVersion: 3\n", Err("line 1: `schemaVersion` is `3`, and `2.0.0` is what is understood"));
        check(
            "schemaVersion: 2.0.0\ncommandTests:\n- name: x\n  comand: y\n",
            Err("line 4: the field `comand` is not known here"),
        );
        check(
            "schemaVersion: 2.0.0\ncommandTests:\n- name: x\n  command: [y]\n",
            Err("line 4: `command` must be a text"),
        );
        check(
            "schemaVersion: 2.0.0\nfileExistenceTests:\n- {name: x, path: /, uid: root}\n",
            Err("line 3: `uid` must be a whole number"),
        );
        let json = r#"{"SchemaVersion":"2.0.0","commandTests":[{"Name":"x","command":"y","more":1}]}"#;
        assert_eq!(Document::of_json(json).unwrap().len(), 1);
        assert!(Document::of_json("{").is_err());
    }
}
