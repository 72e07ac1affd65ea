//! The table `[gate]`.

use std::collections::BTreeMap;
use std::fmt;

use facts::ImageFinding;
use image::ContainerConfig;
use serde_json::Value;

use crate::evidence::{Base, Evidence, Known, Layer, Problem, Scanned, Signer};
use crate::gate::{Gate, Place, Sink, Stop};
use crate::gates;

/// What the table asks for.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Its lines, in their order.
    pub rules: Vec<Rule>,
}

/// A line of the table.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The gate.
    pub gate: &'static Gate,
    /// Its setting.
    pub value: Value,
    /// Its line in the file, from 1.
    pub line: Option<u32>,
}

/// What a line of the table says of an image.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// What stops it here.
    pub stops: Vec<Stop>,
    /// What does not and should be known.
    pub notes: Vec<String>,
}

/// What is wrong with the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The key.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of `[gate]`: {}", self.key, self.message)
    }
}

impl std::error::Error for PolicyError {}

impl Policy {
    /// Reads the table; `line` gives the line of a key.
    pub fn read(
        table: &BTreeMap<String, Value>,
        line: impl Fn(&str) -> Option<u32>,
    ) -> Result<Self, PolicyError> {
        let mut rules = Vec::new();
        for (key, value) in table {
            let failed = |message: String| PolicyError { key: key.clone(), message };
            let gate = gates::ALL.iter().find(|gate| gate.name == key).ok_or_else(|| {
                let all: Vec<&str> = gates::ALL.iter().map(|gate| gate.name).collect();
                failed(format!("there is no such gate; there are {}", all.join(", ")))
            })?;
            // Each reads its setting before it asks.
            (gate.run)(value, &Nothing::default(), &mut Sink::default()).map_err(failed)?;
            rules.push(Rule { gate, value: value.clone(), line: line(key) });
        }
        rules.sort_by_key(|rule| (rule.line, rule.gate.name));
        Ok(Self { rules })
    }

    /// Whether nothing is asked for.
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl Rule {
    /// What is to be said of an image here.
    pub fn judge(&self, evidence: &dyn Evidence) -> Judgement {
        let mut sink = Sink::default();
        if let Err(message) = (self.gate.run)(&self.value, evidence, &mut sink) {
            sink.stop(message);
        }
        let stop = |found: crate::gate::Found| Stop {
            gate: self.gate,
            policy: self.line,
            ids: found.ids,
            package: found.package,
            message: found.message,
            help: found.help,
            place: found.place,
        };
        Judgement { stops: sink.found.into_iter().map(stop).collect(), notes: sink.notes }
    }
}

/// An image of which nothing is known, to read settings with.
#[derive(Default)]
struct Nothing {
    config: ContainerConfig,
}

impl Evidence for Nothing {
    fn config(&self) -> &ContainerConfig {
        &self.config
    }

    fn layers(&self) -> Known<&[Layer]> {
        Ok(&[])
    }

    fn scan(&self) -> Known<&Scanned> {
        Err(String::new())
    }

    fn lint(&self) -> Known<&[Problem]> {
        Ok(&[])
    }

    fn checks(&self) -> Known<&[ImageFinding]> {
        Ok(&[])
    }

    fn bases(&self) -> Known<&[Base]> {
        Ok(&[])
    }

    fn signed(&self, _: &Signer, _: Option<&str>) -> Known<()> {
        Ok(())
    }

    fn reproduced(&self) -> Known<()> {
        Ok(())
    }

    fn now(&self) -> i64 {
        0
    }

    fn last_stage(&self) -> Option<Place> {
        None
    }

    fn user_place(&self) -> Option<Place> {
        None
    }
}
