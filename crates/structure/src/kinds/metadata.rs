//! # metadata
//!
//! ## What it does
//! Compares the configuration of the image. `metadataTest` is one test, not a list.
//!
//! ## Fields
//! - `envVars` (or `env`), `labels`: `key` and `value`; with `isRegex` the value is a regular expression (RE2).
//! - `unboundEnvVars`: variables that are not set.
//! - `exposedPorts`, `unexposedPorts`: `8080`, or `53/udp` for that protocol alone.
//! - `volumes`, `unmountedVolumes`: paths.
//! - `entrypoint`, `cmd`: lists that are the same; `[]` says that there is none.
//! - `workdir`, `user`: texts that are the same.
//!
//! ## Example
//! ```yaml
//! schemaVersion: 2.0.0
//! metadataTest:
//!   envVars:
//!     - { key: PATH, value: "/usr/bin", isRegex: true }
//!   exposedPorts: ["8080"]
//!   entrypoint: ["/app/server"]
//!   cmd: []
//!   user: "10001"
//! ```

use facts::Tested;
use image::ContainerConfig;
use yaml::Node;

use super::{Context, Kind, Test, Tests, begin};
use crate::document::image_env;
use crate::fields::{Dialect, Fields, Pair, Problem};
use crate::re2;
use crate::subject::Subject;

pub(crate) static KIND: Kind =
    Kind { key: "metadataTest", name: "metadata", order: 4, read, source: include_str!("metadata.rs") };

const FIELDS: &[&str] = &[
    "env",
    "envVars",
    "unboundEnvVars",
    "labels",
    "exposedPorts",
    "unexposedPorts",
    "entrypoint",
    "cmd",
    "workdir",
    "volumes",
    "unmountedVolumes",
    "user",
];

#[derive(Default, PartialEq, Eq)]
struct MetadataTest {
    env: Vec<Pair>,
    unbound: Vec<Pair>,
    labels: Vec<Pair>,
    ports: [Vec<String>; 2],
    volumes: [Vec<String>; 2],
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    workdir: String,
    user: String,
}

/// The test and its line.
struct Placed(MetadataTest, usize);

fn read(node: &Node, dialect: Dialect) -> Result<Tests, Problem> {
    let fields = Fields::new(node, FIELDS, dialect)?;
    let mut env = fields.pairs("env")?;
    env.extend(fields.pairs("envVars")?);
    let test = MetadataTest {
        env,
        unbound: fields.pairs("unboundEnvVars")?,
        labels: fields.pairs("labels")?,
        ports: [fields.texts("exposedPorts")?, fields.texts("unexposedPorts")?],
        volumes: [fields.texts("volumes")?, fields.texts("unmountedVolumes")?],
        entrypoint: fields.some_texts("entrypoint")?,
        cmd: fields.some_texts("cmd")?,
        workdir: fields.text("workdir")?,
        user: fields.text("user")?,
    };
    // One that asks for nothing is no test.
    let is_empty = test == MetadataTest::default();
    Ok(if is_empty { Vec::new() } else { vec![Box::new(Placed(test, node.line)) as Box<dyn Test>] })
}

impl Test for Placed {
    fn run(&self, _context: &Context, subject: &mut dyn Subject) -> Tested {
        let Self(test, line) = self;
        let mut result = begin("Metadata Test".to_owned(), *line);
        let config = &subject.config().config;
        test.values(&mut result.errors, config);
        test.lists(&mut result.errors, config);
        result
    }
}

impl MetadataTest {
    /// What has names and values.
    fn values(&self, errors: &mut Vec<String>, config: &ContainerConfig) {
        let env = image_env(&config.env);
        for (pairs, values, what) in
            [(&self.env, &env, "the variable"), (&self.labels, &config.labels, "the label")]
        {
            for pair in pairs {
                match values.get(&pair.key) {
                    _ if pair.key.is_empty() => errors.push(format!("a test of {what} has no key")),
                    None => errors.push(format!("{what} `{}` is not set", pair.key)),
                    Some(value) => errors.extend(differs(pair, value, what)),
                }
            }
        }
        let bound = self.unbound.iter().filter(|pair| env.contains_key(&pair.key));
        errors.extend(bound.map(|pair| format!("the variable `{}` is set and should not be", pair.key)));
        for (expected, actual, what) in [
            (&self.workdir, &config.working_dir, "the working directory"),
            (&self.user, &config.user, "the user"),
        ] {
            if !expected.is_empty() && expected != actual {
                errors.push(format!("{what} is `{actual}`, expected is `{expected}`"));
            }
        }
    }

    fn lists(&self, errors: &mut Vec<String>, config: &ContainerConfig) {
        for (expected, actual, what) in [
            (&self.entrypoint, &config.entrypoint, "the entry point"),
            (&self.cmd, &config.cmd, "the command"),
        ] {
            let actual = actual.as_deref().unwrap_or_default();
            if expected.as_ref().is_some_and(|expected| expected != actual) {
                let expected = expected.as_deref().unwrap_or_default();
                errors.push(format!("{what} is {actual:?}, expected is {expected:?}"));
            }
        }
        let has_port = |port: &String| {
            config.exposed_ports.keys().any(|known| known == port || known.split('/').next() == Some(port))
        };
        let has_volume = |path: &String| config.volumes.contains_key(path);
        let [open, closed] = &self.ports;
        let [mounted, unmounted] = &self.volumes;
        let missing = open.iter().filter(|port| !has_port(port));
        errors.extend(missing.map(|port| format!("the port `{port}` is not exposed")));
        let there = closed.iter().filter(|port| has_port(port));
        errors.extend(there.map(|port| format!("the port `{port}` is exposed and should not be")));
        let missing = mounted.iter().filter(|path| !has_volume(path));
        errors.extend(missing.map(|path| format!("the volume `{path}` is not declared")));
        let there = unmounted.iter().filter(|path| has_volume(path));
        errors.extend(there.map(|path| format!("the volume `{path}` is declared and should not be")));
    }
}

/// How a value differs from what is expected.
fn differs(pair: &Pair, value: &str, what: &str) -> Option<String> {
    let same = if pair.is_regex {
        re2::compile(&pair.value).map(|regex| regex.is_match(value.as_bytes()))
    } else {
        Ok(pair.value == value)
    };
    match same {
        Err(error) => Some(error),
        Ok(true) => None,
        Ok(false) => Some(format!("{what} `{}` is `{value}`, expected is `{}`", pair.key, pair.value)),
    }
}
