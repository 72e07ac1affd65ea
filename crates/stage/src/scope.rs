//! The variables of a stage: ENV and ARG, with those of the stages it is built from.

use std::cell::Cell;
use std::collections::BTreeMap;

use kit::TextRange;
use syntax::{ArgDecl, KeyValues, Statement, expand_word};

use crate::{GlobalScope, Value};

/// What is known of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Its value.
    Known(String),
    /// It has no value.
    Unset,
    /// It may have a value: the base image can set it.
    Unknown,
}

/// A variable that a stage or one of its ancestors sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its value; `None` for an ARG without one.
    pub value: Option<Value>,
    /// Where it is set or declared.
    pub range: TextRange,
    /// Position of the instruction in `Parse::instructions()`.
    pub instruction: usize,
}

/// The variables at some point of a stage. Of ENV and ARG of one name the later one counts; a stage that is built on
/// this one sees its ENV.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    env: BTreeMap<String, Variable>,
    args: BTreeMap<String, Variable>,
    /// Whether there is a base image, which can set more.
    open: bool,
    escape: Option<char>,
}

impl Scope {
    /// A scope without variables. `open` says that a base image can have set some.
    pub const fn new(open: bool, escape: char) -> Self {
        Self { env: BTreeMap::new(), args: BTreeMap::new(), open, escape: Some(escape) }
    }

    /// The variables with which a stage begins that is built on this one: there ENV hides ARG.
    pub(crate) fn inherited(&self) -> Self {
        let mut next = self.clone();
        next.args.retain(|name, _| !next.env.contains_key(name));
        next
    }

    /// The variables of ENV, by name.
    pub const fn env(&self) -> &BTreeMap<String, Variable> {
        &self.env
    }

    /// The variables of ARG, by name.
    pub const fn args(&self) -> &BTreeMap<String, Variable> {
        &self.args
    }

    /// What is known of `name`.
    pub fn get(&self, name: &str) -> Lookup {
        let (env, arg) = (self.env.get(name), self.args.get(name));
        let later =
            arg.filter(|arg| arg.value.is_some() && arg.instruction > env.map_or(0, |env| env.instruction));
        match later.or(env).or(arg).map(|variable| variable.value.as_ref().and_then(Value::known)) {
            Some(Some(text)) => Lookup::Known(text.to_owned()),
            // An ARG without a value can be given one for the build, and the base image can have an ENV.
            Some(None) => Lookup::Unknown,
            None if self.open => Lookup::Unknown,
            None => Lookup::Unset,
        }
    }

    /// Expands a word of an instruction; quotes are removed.
    pub fn expand(&self, word: &str) -> Value {
        let unknown = Cell::new(false);
        let lookup = |name: &str| match self.get(name) {
            Lookup::Known(text) => Some(text),
            Lookup::Unset => None,
            Lookup::Unknown => {
                unknown.set(true);
                None
            }
        };
        match expand_word(word, self.escape.unwrap_or('\\'), &lookup) {
            Ok(expanded) if !unknown.get() => Value::Known(expanded.text),
            _ => Value::Unknown,
        }
    }

    /// Applies an instruction of the stage: ENV and ARG change the scope, others do not.
    pub fn apply(&mut self, statement: &Statement, instruction: usize, global: &GlobalScope) {
        match statement {
            Statement::Env(pairs) => self.set_env(pairs, instruction),
            Statement::Arg(args) => args.iter().for_each(|arg| self.declare(arg, instruction, global)),
            _ => {}
        }
    }

    /// All pairs of an ENV see the values from before it.
    fn set_env(&mut self, pairs: &KeyValues, instruction: usize) {
        let expand = |(key, value): &(syntax::Spanned<String>, syntax::Spanned<String>)| {
            let range = key.range.cover(value.range);
            let name = self.expand(&key.value);
            let variable = Variable { value: Some(self.expand(&value.value)), range, instruction };
            name.known().map(|name| (name.to_owned(), variable))
        };
        let set: Vec<_> = pairs.pairs.iter().filter_map(expand).collect();
        self.env.extend(set);
    }

    fn declare(&mut self, arg: &ArgDecl, instruction: usize, global: &GlobalScope) {
        let name = &arg.key.value;
        let default = arg.value.as_ref().map(|value| self.expand(&value.value));
        let value = global.build_arg(name).or(default).or_else(|| global.value(name));
        let range = arg.value.as_ref().map_or(arg.key.range, |value| arg.key.range.cover(value.range));
        self.args.insert(name.clone(), Variable { value, range, instruction });
    }
}
