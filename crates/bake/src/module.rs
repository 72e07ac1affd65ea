//! The variables and functions of all files, and how names lead to them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::expr::Expression;

use crate::config::Input;
use crate::document::{Attribute, Block, Document, range_of};
use crate::eval::{Eval, Locals, Names};
use crate::functions::Ambient;
use crate::types::{Type, implied};
use crate::value::Value;
use crate::{BakeError, functions};

/// No function of a file calls functions deeper.
const MAX_CALLS: usize = 32;

/// Variables, functions, and the blocks of targets and groups.
pub(crate) struct Module<'a> {
    input: &'a Input,
    variables: BTreeMap<String, Vec<Block>>,
    globals: BTreeMap<String, Attribute>,
    functions: BTreeMap<String, Block>,
    pub(crate) blocks: Vec<Block>,
    known: RefCell<BTreeMap<String, Value>>,
    progress: RefCell<BTreeSet<String>>,
    calls: Cell<usize>,
    steps: Cell<u64>,
    ambient: Ambient,
}

impl<'a> Module<'a> {
    pub(crate) fn new(input: &'a Input, documents: Vec<Document>) -> Result<Self, BakeError> {
        let mut module = Self {
            input,
            variables: BTreeMap::new(),
            globals: BTreeMap::new(),
            functions: BTreeMap::new(),
            blocks: Vec::new(),
            known: RefCell::default(),
            progress: RefCell::default(),
            calls: Cell::new(0),
            steps: Cell::new(0),
            ambient: Ambient { now: input.now },
        };
        for document in documents {
            for attribute in document.attributes {
                module.globals.insert(attribute.name.clone(), attribute);
            }
            for block in document.blocks {
                module.add(block)?;
            }
        }
        Ok(module)
    }

    fn add(&mut self, block: Block) -> Result<(), BakeError> {
        let kind = block.kind.clone();
        if !matches!(kind.as_str(), "variable" | "function" | "target" | "group") {
            return Ok(());
        }
        let [name] = block.labels.as_slice() else {
            return Err(block.error(format!("`{kind}` takes one name")));
        };
        let name = name.clone();
        match kind.as_str() {
            "variable" => self.variables.entry(name).or_default().push(block),
            "function" => drop(self.functions.insert(name, block)),
            _ => self.blocks.push(block),
        }
        Ok(())
    }

    /// Evaluates all variables, so that a wrong one is found also where nothing uses it.
    pub(crate) fn check(&self) -> Result<(), BakeError> {
        for name in self.globals.keys().chain(self.variables.keys()) {
            self.variable(name)?;
        }
        Ok(())
    }

    /// The variables that a user can set: name, value, description.
    pub(crate) fn listed(&self) -> Result<Vec<(String, String, String)>, BakeError> {
        let one = |(name, blocks): (&String, &Vec<Block>)| {
            let value = match self.variable(name)? {
                Value::Null => "null".to_owned(),
                value => value.to_text().unwrap_or_else(|_| value.json().to_string()),
            };
            let described = blocks.iter().rev().find_map(|block| block.attribute("description"));
            let description = described.map(|attribute| self.eval(attribute)).transpose()?;
            let description = description.and_then(|value| value.to_text().ok()).unwrap_or_default();
            Ok((name.clone(), value, description))
        };
        self.variables.iter().map(one).collect()
    }

    pub(crate) fn eval(&self, attribute: &Attribute) -> Result<Value, BakeError> {
        self.eval_with(attribute, &Locals::default())
    }

    pub(crate) fn eval_with(&self, attribute: &Attribute, locals: &Locals<'_>) -> Result<Value, BakeError> {
        Eval { names: self, locals, file: attribute.file }.value(&attribute.expr)
    }

    /// What the environment says of a variable.
    fn given(&self, name: &str) -> Option<&String> {
        self.input.vars.get(name)
    }

    fn resolve(&self, name: &str) -> Result<Value, BakeError> {
        if let Some(blocks) = self.variables.get(name).filter(|_| !self.globals.contains_key(name)) {
            return self.of_blocks(name, blocks);
        }
        if let Some(attribute) = self.globals.get(name) {
            return self.eval(attribute);
        }
        match name {
            "BAKE_CMD_CONTEXT" => Ok(Value::text("cwd://")),
            "BAKE_LOCAL_PLATFORM" => Ok(Value::text(self.input.local_platform.as_str())),
            _ => {
                let error = BakeError::new(format!("there is no variable `{name}`"));
                let names = self.variables.keys().chain(self.globals.keys());
                let near = names.map(|other| (kit::edit_distance(other, name), other)).min();
                Err(match near.filter(|(distance, _)| *distance <= 2) {
                    Some((_, near)) => error.help(format!("did you mean `{near}`?")),
                    None => error.help(format!("declare it with `variable \"{name}\" {{}}`")),
                })
            }
        }
    }

    fn of_blocks(&self, name: &str, blocks: &[Block]) -> Result<Value, BakeError> {
        let last = |attribute: &str| blocks.iter().rev().find_map(|block| block.attribute(attribute));
        let kind = last("type").map(Type::read).transpose()?;
        let block = blocks.last().ok_or_else(|| BakeError::new(format!("there is no variable `{name}`")))?;
        let default = last("default").map(|attribute| self.eval(attribute)).transpose()?;
        let default = match (default, &kind) {
            (Some(value), Some(kind)) => {
                let converted = kind.convert(value);
                Some(
                    converted
                        .map_err(|why| block.error(format!("the default of `{name}` does not fit: {why}")))?,
                )
            }
            (default, _) => default,
        };
        let wrong = |why| block.error(format!("the value that is given for `{name}` does not fit: {why}"));
        let value = if let Some(text) = self.given(&format!("{name}_JSON")).filter(|_| kind.is_some()) {
            let json = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
            kind.unwrap_or(Type::Any).convert(Value::from_json(&json)).map_err(wrong)?
        } else if let Some(text) = self.given(name) {
            let kind = kind.unwrap_or_else(|| default.as_ref().map_or(Type::Text, implied));
            kind.parse(text).map_err(wrong)?
        } else {
            default.unwrap_or_else(|| if kind.is_some() { Value::Null } else { Value::text("") })
        };
        self.known.borrow_mut().insert(name.to_owned(), value.clone());
        for block in blocks.iter().flat_map(|block| &block.blocks).filter(|block| block.kind == "validation")
        {
            self.validate(name, block)?;
        }
        Ok(value)
    }

    fn validate(&self, name: &str, block: &Block) -> Result<(), BakeError> {
        let condition =
            block.attribute("condition").ok_or_else(|| block.error("a validation needs a `condition`"))?;
        let range = range_of(condition.expr.as_ref());
        if self.eval(condition)?.to_bool().map_err(|why| condition.error(why))? {
            return Ok(());
        }
        let message = match block.attribute("error_message") {
            Some(message) => self.eval(message)?.to_text()?,
            None => "the value is not valid".to_owned(),
        };
        Err(BakeError::new(format!("`{name}`: {message}")).at(condition.file, range))
    }

    fn run(&self, name: &str, block: &Block, arguments: &[Value]) -> Result<Value, BakeError> {
        let parameters = block.attribute("params").map(names).transpose()?.unwrap_or_default();
        let variadic = block.attribute("variadic_params").map(names).transpose()?.unwrap_or_default();
        let fits = arguments.len() == parameters.len()
            || (arguments.len() > parameters.len() && !variadic.is_empty());
        if !fits {
            let text = format!("`{name}` takes {} arguments and got {}", parameters.len(), arguments.len());
            return Err(BakeError::new(text));
        }
        let mut values: BTreeMap<String, Value> =
            parameters.iter().cloned().zip(arguments.iter().cloned()).collect();
        if let Some(rest) = variadic.first() {
            values.insert(rest.clone(), Value::List(arguments[parameters.len()..].to_vec()));
        }
        let result = block.attribute("result").ok_or_else(|| block.error("a function needs a `result`"))?;
        if self.calls.get() >= MAX_CALLS {
            return Err(block.error(format!("functions call each other deeper than {MAX_CALLS}")));
        }
        self.calls.set(self.calls.get() + 1);
        let made = self.eval_with(result, &Locals { parent: None, values });
        self.calls.set(self.calls.get() - 1);
        made
    }
}

/// Names of parameters: words in HCL, texts in JSON.
fn names(attribute: &Attribute) -> Result<Vec<String>, BakeError> {
    let one = |expr: &Expression| match expr {
        Expression::Variable(name) => Some(name.to_string()),
        Expression::String(name) => Some(name.as_str().to_owned()),
        _ => None,
    };
    let all = match attribute.expr.as_ref() {
        Expression::Array(items) => items.iter().map(one).collect::<Option<Vec<_>>>(),
        expr => one(expr).map(|name| vec![name]),
    };
    all.ok_or_else(|| attribute.error("parameters are names"))
}

impl Names for Module<'_> {
    fn variable(&self, name: &str) -> Result<Value, BakeError> {
        if let Some(value) = self.known.borrow().get(name) {
            return Ok(value.clone());
        }
        if !self.progress.borrow_mut().insert(name.to_owned()) {
            return Err(BakeError::new(format!("the variable `{name}` depends on itself")));
        }
        let value = self.resolve(name);
        self.progress.borrow_mut().remove(name);
        let value = value?;
        self.known.borrow_mut().insert(name.to_owned(), value.clone());
        Ok(value)
    }

    fn block(&self, kind: &str, label: &str, attribute: &str) -> Option<Result<Value, BakeError>> {
        if !matches!(kind, "target" | "group") || self.variables.contains_key(kind) {
            return None;
        }
        let mut blocks =
            self.blocks.iter().rev().filter(|block| block.kind == kind && block.labels == [label]);
        let found = blocks.find_map(|block| block.attribute(attribute));
        let name = format!("{kind}.{label}.{attribute}");
        let Some(found) = found else {
            return Some(Err(BakeError::new(format!("there is no `{name}`"))));
        };
        if !self.progress.borrow_mut().insert(name.clone()) {
            return Some(Err(BakeError::new(format!("`{name}` depends on itself"))));
        }
        let value = self.eval(found);
        self.progress.borrow_mut().remove(&name);
        Some(value)
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, BakeError>> {
        self.functions.get(name).map(|block| self.run(name, block, arguments))
    }

    fn ambient(&self) -> &functions::Ambient {
        &self.ambient
    }

    fn steps(&self) -> &Cell<u64> {
        &self.steps
    }
}
