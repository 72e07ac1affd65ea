//! The variables that FROM lines see: ARG from before the first FROM, and the automatic platform arguments.

use std::collections::BTreeMap;

use image::Platform;
use kit::TextRange;
use syntax::{ArgDecl, Spanned, expand_word, variables};

use crate::{Options, Value};

/// An ARG from before the first FROM.
#[derive(Debug, Clone)]
pub struct GlobalArg {
    /// Its name.
    pub name: Spanned<String>,
    /// The default as written.
    pub default: Option<Spanned<String>>,
    /// The value: that of `--build-arg`, or the default after expansion.
    pub value: Value,
    /// Name and default.
    pub range: TextRange,
}

/// What FROM lines can use.
#[derive(Debug, Clone, Default)]
pub struct GlobalScope {
    values: BTreeMap<String, Value>,
    build_args: BTreeMap<String, String>,
    escape: Option<char>,
    complete: bool,
}

/// A word of a FROM line after expansion.
pub(crate) struct Resolved {
    pub(crate) value: Value,
    /// Declared arguments without a value that the word needs.
    pub(crate) unset: Vec<String>,
    /// Why it cannot be expanded.
    pub(crate) error: Option<String>,
}

impl GlobalScope {
    /// The automatic arguments alone (Dockerfile reference, "Automatic platform ARGs").
    pub fn new(options: &Options, escape: char) -> Self {
        let mut values = BTreeMap::new();
        platform_args(&mut values, "TARGET", &options.platform);
        platform_args(&mut values, "BUILD", &options.build_platform);
        let target = options.target.as_deref().unwrap_or("default");
        values.insert("TARGETSTAGE".to_owned(), Value::Known(target.to_owned()));
        for (name, value) in &mut values {
            if let Some(given) = options.build_args.get(name) {
                *value = Value::Known(given.clone());
            }
        }
        Self {
            values,
            build_args: options.build_args.clone(),
            escape: Some(escape),
            complete: options.complete,
        }
    }

    /// The value of a declared argument; `None` when it is not declared.
    pub fn value(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }

    /// The value that `--build-arg` gives.
    pub fn build_arg(&self, name: &str) -> Option<Value> {
        self.build_args.get(name).cloned().map(Value::Known)
    }

    /// Declares an argument; its default sees those declared before.
    pub(crate) fn declare(&mut self, arg: &ArgDecl) -> GlobalArg {
        let name = &arg.key.value;
        let default = arg.value.as_ref().map(|value| self.expand(&value.value).value);
        let known = || self.value(name).filter(|_| arg.value.is_none());
        let value = self.build_arg(name).or(default).or_else(known).unwrap_or(Value::Unknown);
        if !self.complete || value != Value::Unknown {
            self.values.insert(name.clone(), value.clone());
        }
        let range = arg.value.as_ref().map_or(arg.key.range, |value| arg.key.range.cover(value.range));
        GlobalArg { name: arg.key.clone(), default: arg.value.clone(), value, range }
    }

    /// Expands a word of a FROM line. A name that is not declared is unset for sure; one that is declared without
    /// a value makes the result unknown, unless the word provides for that.
    pub(crate) fn expand(&self, word: &str) -> Resolved {
        let lookup = |name: &str| self.values.get(name).and_then(Value::known).map(str::to_owned);
        match expand_word(word, self.escape.unwrap_or('\\'), &lookup) {
            Ok(expanded) => {
                let unset: Vec<String> =
                    expanded.unset.into_iter().filter(|name| self.is_open(name)).collect();
                let value = if unset.is_empty() { Value::Known(expanded.text) } else { Value::Unknown };
                Resolved { value, unset, error: None }
            }
            Err(error) => Resolved {
                value: Value::Unknown,
                unset: self.open_names(word),
                error: Some(error.to_string()),
            },
        }
    }

    fn is_open(&self, name: &str) -> bool {
        self.values.get(name) == Some(&Value::Unknown)
    }

    fn open_names(&self, word: &str) -> Vec<String> {
        let names = variables(word, self.escape.unwrap_or('\\')).into_iter().map(|variable| variable.name);
        names.filter(|name| self.is_open(name)).collect()
    }
}

fn platform_args(values: &mut BTreeMap<String, Value>, prefix: &str, platform: &Platform) {
    let mut set = |name: &str, value: &str| {
        values.insert(format!("{prefix}{name}"), Value::Known(value.to_owned()));
    };
    set("PLATFORM", &platform.to_string());
    set("OS", &platform.os);
    set("OSVERSION", platform.os_version.as_deref().unwrap_or_default());
    set("ARCH", &platform.architecture);
    set("VARIANT", platform.variant.as_deref().unwrap_or_default());
}
