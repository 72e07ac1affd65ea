//! # command
//!
//! ## What it does
//! Runs a program in the image and looks at its exit code and at what it prints.
//!
//! ## Fields
//! - `name`, `command`: needed. `args`: the arguments; variables of the image in `command` and `args` are replaced.
//! - `setup`, `teardown`: lists of commands that run before and after it over the same files.
//! - `envVars`: `key` and `value` of further variables.
//! - `exitCode`: 0 unless it says otherwise.
//! - `expectedOutput`, `excludedOutput`, `expectedError`, `excludedError`: regular expressions (RE2) that are, or are not, found.
//!
//! In files of version 1.0.0 `command` is the list of program and arguments, and variables stay.
//!
//! The image's entry point is left out. Each test begins with the files of the image. Programs run in cooper's own sandbox, without
//! a network unless `containerRunOptions` has `network: host`, or `cooper test --network host` is asked for: what a test finds out
//! should not hang on servers elsewhere.
//!
//! ## Example
//! ```yaml
//! schemaVersion: 2.0.0
//! commandTests:
//!   - name: says hello
//!     setup: [["touch", "/tmp/ready"]]
//!     command: sh
//!     args: ["-c", "test -e /tmp/ready && echo hello"]
//!     expectedOutput: ["^hello$"]
//! ```

use std::collections::BTreeMap;

use facts::Tested;
use yaml::Node;

use super::{Context, Kind, Test, Tests, begin, compare};
use crate::expand::expand;
use crate::fields::{Dialect, Fields, Pair, Problem};
use crate::subject::{Process, Subject};

pub(crate) static KIND: Kind =
    Kind { key: "commandTests", name: "command", order: 0, read, source: include_str!("command.rs") };

const FIELDS: &[&str] = &[
    "name",
    "setup",
    "teardown",
    "envVars",
    "exitCode",
    "command",
    "args",
    "expectedOutput",
    "excludedOutput",
    "expectedError",
    "excludedError",
];

struct CommandTest {
    name: String,
    line: usize,
    setup: Vec<Vec<String>>,
    teardown: Vec<Vec<String>>,
    env: Vec<Pair>,
    exit_code: i64,
    command: Vec<String>,
    output: [Vec<String>; 2],
    error: [Vec<String>; 2],
}

fn read(node: &Node, dialect: Dialect) -> Result<Tests, Problem> {
    let items = node.items().ok_or_else(|| Problem::at(node, "`commandTests` must be a list"))?;
    items.iter().map(|item| Ok(Box::new(one(item, dialect)?) as Box<dyn Test>)).collect()
}

fn one(node: &Node, dialect: Dialect) -> Result<CommandTest, Problem> {
    let fields = Fields::new(node, FIELDS, dialect)?;
    let command = if dialect.old {
        fields.texts("command")?
    } else {
        let mut command = vec![fields.text("command")?];
        command.extend(fields.texts("args")?);
        command
    };
    Ok(CommandTest {
        name: fields.text("name")?,
        line: node.line,
        setup: fields.commands("setup")?,
        teardown: fields.commands("teardown")?,
        env: fields.pairs("envVars")?,
        exit_code: fields.number("exitCode")?.unwrap_or(0),
        command,
        output: [fields.texts("expectedOutput")?, fields.texts("excludedOutput")?],
        error: [fields.texts("expectedError")?, fields.texts("excludedError")?],
    })
}

impl CommandTest {
    /// What makes it no test.
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.name.is_empty() {
            problems.push("the test has no `name`".to_owned());
        }
        if self.command.first().is_none_or(String::is_empty) {
            problems.push("the test has no `command`".to_owned());
        }
        if self.setup.iter().chain(&self.teardown).any(Vec::is_empty) {
            problems.push("a command of `setup` or `teardown` is empty".to_owned());
        }
        if self.env.iter().any(|pair| pair.key.is_empty() || pair.value.is_empty()) {
            problems.push("a variable of `envVars` has no key or no value".to_owned());
        }
        problems
    }
}

impl Test for CommandTest {
    fn run(&self, context: &Context, subject: &mut dyn Subject) -> Tested {
        let mut result = begin(format!("Command Test: {}", self.name), self.line);
        result.errors = self.problems();
        if !result.errors.is_empty() {
            return result;
        }
        let own = self.env.iter().map(|pair| (pair.key.clone(), expand(&pair.value, &context.env)));
        let mut env = context.global.clone();
        env.extend(own);
        // What a setup leaves is an image of its own, with these variables.
        let mut known: BTreeMap<_, _> = context.env.clone();
        if !self.setup.is_empty() {
            known.extend(env.clone());
        }
        let in_place = |word: &String| if context.old { word.clone() } else { expand(word, &known) };
        let command: Vec<_> = self.command.iter().map(in_place).collect();
        let process = Process {
            env: &env,
            setup: &self.setup,
            command: &command,
            teardown: &self.teardown,
            options: &context.options,
        };
        match subject.run(&process) {
            Err(error) => result.errors.push(error),
            Ok(ran) => {
                let [expected, excluded] = &self.error;
                compare(&mut result.errors, expected, &ran.stderr, "standard error", true);
                compare(&mut result.errors, excluded, &ran.stderr, "standard error", false);
                let [expected, excluded] = &self.output;
                compare(&mut result.errors, expected, &ran.stdout, "the output", true);
                compare(&mut result.errors, excluded, &ran.stdout, "the output", false);
                if i64::from(ran.code) != self.exit_code {
                    let (code, expected) = (ran.code, self.exit_code);
                    result.errors.push(format!("the exit code is {code}, expected is {expected}"));
                }
                (result.stdout, result.stderr, result.duration) = (ran.stdout, ran.stderr, ran.duration);
            }
        }
        result
    }
}
