//! All files put together: groups and targets as they are written, before anything is inherited.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::document::Block;
use crate::eval::Locals;
use crate::module::Module;
use crate::target::{Content, Kind, Target, fields};
use crate::value::Value;
use crate::{BakeError, compose, document};

/// A matrix makes no more targets than this.
const MAX_MATRIX: usize = 10_000;

/// How a file is written.
#[derive(Debug, Clone)]
pub enum Syntax {
    /// HCL.
    Hcl,
    /// JSON with the meaning of HCL.
    Json,
    /// A compose file, read as YAML by the caller.
    Compose(Json),
}

/// A file.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its name, for errors.
    pub name: String,
    /// Its text.
    pub text: String,
    /// How it is written.
    pub syntax: Syntax,
}

/// Everything that targets are made of.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The files, in the order in which they are put together.
    pub files: Vec<SourceFile>,
    /// Variables of the environment.
    pub vars: BTreeMap<String, String>,
    /// Variables for compose files: those of the environment, and below them those of `.env`.
    pub compose_vars: BTreeMap<String, String>,
    /// The compose files that others name, by their paths from the working directory: see [`crate::compose_files`].
    pub others: BTreeMap<String, crate::OtherFile>,
    /// This machine's platform.
    pub local_platform: String,
    /// Seconds since 1970.
    pub now: i64,
}

/// Targets under one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Names of targets and groups.
    pub targets: Vec<String>,
}

/// What the files say.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Groups, in the order of the files.
    pub groups: Vec<Group>,
    /// Targets, in the order of the files.
    pub targets: Vec<Target>,
    /// Variables that can be set: name, value, description.
    pub variables: Vec<(String, String, String)>,
    /// What is there without having a meaning.
    pub notes: Vec<String>,
}

/// Reads all files.
pub fn read(input: &Input) -> Result<Config, BakeError> {
    let mut config = Config::default();
    let mut projects = Vec::new();
    let mut documents = Vec::new();
    for (number, file) in input.files.iter().enumerate() {
        match &file.syntax {
            Syntax::Hcl => documents.push(document::hcl(number, &file.text)?),
            Syntax::Json => documents.push(document::json(number, &file.text)?),
            Syntax::Compose(json) => projects.push((number, json)),
        }
    }
    if !projects.is_empty() {
        compose::read(&mut config, &projects, &input.compose_vars, &input.others)?;
    }
    let module = Module::new(input, documents)?;
    module.check()?;
    for block in &module.blocks {
        match block.kind.as_str() {
            "group" => config.group(&module, block)?,
            _ => config.matrix(&module, block)?,
        }
    }
    config.variables = module.listed()?;
    Ok(config)
}

/// Whether a target can have this name.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.is_empty() || !name.bytes().all(fits) {
        return Err(format!("`{name}` cannot be a name; letters, digits, `_` and `-` can be in one"));
    }
    Ok(())
}

impl Config {
    fn group(&mut self, module: &Module<'_>, block: &Block) -> Result<(), BakeError> {
        let name = block.labels[0].clone();
        check_name(&name).map_err(|why| block.error(why))?;
        for wrong in ["matrix", "name"] {
            if let Some(attribute) = block.attribute(wrong) {
                return Err(attribute.error(format!("a group has no `{wrong}`")));
            }
        }
        let mut group = Group { name, ..Group::default() };
        for attribute in &block.attributes {
            let value = module.eval(attribute)?;
            match attribute.name.as_str() {
                "targets" => {
                    let content =
                        Content::from_value(Kind::List, &value).map_err(|why| attribute.error(why))?;
                    if let Some(Content::List(targets)) = content {
                        for target in targets {
                            if !group.targets.contains(&target) {
                                group.targets.push(target);
                            }
                        }
                    }
                }
                "description" => group.description = value.to_text().ok(),
                other => self.note(block, other, ["targets", "description"].into_iter()),
            }
        }
        self.add_group(group);
        Ok(())
    }

    fn note<'n>(&mut self, block: &Block, name: &str, known: impl Iterator<Item = &'n str>) {
        let near = known.map(|one| (kit::edit_distance(one, name), one)).min();
        let hint = match near.filter(|(distance, _)| *distance <= 2) {
            Some((_, near)) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        let text = format!("`{name}` of {} `{}` has no meaning{hint}", block.kind, block.labels[0]);
        self.notes.push(text);
    }

    /// A later group takes the place of one before it.
    pub(crate) fn add_group(&mut self, group: Group) {
        match self.groups.iter_mut().find(|other| other.name == group.name) {
            Some(other) => *other = group,
            None => self.groups.push(group),
        }
    }

    pub(crate) fn add_target(&mut self, target: Target) {
        match self.targets.iter_mut().find(|other| other.name == target.name) {
            Some(other) => other.merge(&target),
            None => self.targets.push(target),
        }
    }

    /// The targets of a block: one for each combination of its matrix.
    fn matrix(&mut self, module: &Module<'_>, block: &Block) -> Result<(), BakeError> {
        let label = block.labels[0].clone();
        check_name(&label).map_err(|why| block.error(why))?;
        let Some(matrix) = block.attribute("matrix") else {
            if let Some(name) = block.attribute("name") {
                return Err(name.error("`name` needs a `matrix`"));
            }
            let target = self.target(module, block, &Locals::default(), label)?;
            self.add_target(target);
            return Ok(());
        };
        let value = module.eval(matrix)?;
        let axes = value.as_map().map_err(|_| matrix.error("a matrix is an object of lists"))?;
        let mut rows = vec![BTreeMap::new()];
        for (name, values) in axes {
            let values = values.as_list().map_err(|_| matrix.error(format!("`{name}` is not a list")))?;
            if rows.len().saturating_mul(values.len()) > MAX_MATRIX {
                return Err(matrix.error(format!("the matrix has more than {MAX_MATRIX} combinations")));
            }
            let extend = |value: &Value| {
                let value = value.clone();
                rows.iter().map(move |row: &BTreeMap<String, Value>| {
                    let mut row = row.clone();
                    row.insert(name.clone(), value.clone());
                    row
                })
            };
            rows = values.iter().flat_map(extend).collect();
        }
        let many = rows.len() > 1;
        let mut names = Vec::new();
        for values in rows {
            let locals = Locals { parent: None, values };
            let name = match block.attribute("name") {
                Some(attribute) => {
                    let name = module.eval_with(attribute, &locals)?.to_text();
                    let name = name.and_then(|name| check_name(&name).map(|()| name));
                    name.map_err(|why| attribute.error(why))?
                }
                None if many => {
                    return Err(matrix.error("a matrix needs a `name` that tells its targets apart"));
                }
                None => label.clone(),
            };
            let target = self.target(module, block, &locals, name.clone())?;
            self.add_target(target);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names != [label.clone()] {
            self.add_group(Group { name: label, description: None, targets: names });
        }
        Ok(())
    }

    fn target(
        &mut self,
        module: &Module<'_>,
        block: &Block,
        locals: &Locals<'_>,
        name: String,
    ) -> Result<Target, BakeError> {
        let mut target = Target { name, ..Target::default() };
        for attribute in &block.attributes {
            let Some(field) = fields().find(|field| field.name == attribute.name) else {
                if !matches!(attribute.name.as_str(), "matrix" | "name" | "policy") {
                    self.note(block, &attribute.name, fields().map(|field| field.name));
                }
                continue;
            };
            let value = module.eval_with(attribute, locals)?;
            let content = Content::from_value(field.kind, &value)
                .map_err(|why| attribute.error(format!("`{}` does not fit: {why}", field.name)))?;
            if let Some(content) = content {
                target.put(field, content);
            }
        }
        Ok(target)
    }
}
