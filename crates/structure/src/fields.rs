//! The fields of a test, read as strictly as container-structure-test reads them: an unknown one in YAML is an error, in JSON it
//! is nothing.

use std::fmt;

use yaml::Node;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; 0 where it is not known.
    pub line: usize,
    /// What is wrong: a lowercase fragment.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}: {}", self.message),
        }
    }
}

impl std::error::Error for Problem {}

impl Problem {
    pub(crate) fn at(node: &Node, message: impl Into<String>) -> Self {
        Self { line: node.line, message: message.into() }
    }
}

/// How a file is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// JSON: fields that are not known are nothing, and names are the same in any case.
    pub(crate) lax: bool,
    /// Version 1.0.0: a command is one list, and variables in texts stay.
    pub(crate) old: bool,
}

/// The fields of a map.
pub(crate) struct Fields<'a> {
    node: &'a Node,
    dialect: Dialect,
}

/// A name with a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) is_regex: bool,
}

impl<'a> Fields<'a> {
    /// The fields of a map that has no others than the known ones.
    pub(crate) fn new(node: &'a Node, known: &[&str], dialect: Dialect) -> Result<Self, Problem> {
        if node.is_null() {
            return Ok(Self { node, dialect });
        }
        let pairs = node.pairs().ok_or_else(|| Problem::at(node, "this must be a map of fields"))?;
        for (at, (key, _)) in pairs.iter().enumerate() {
            let name = key.text().unwrap_or_default();
            if !dialect.lax && !known.contains(&name) {
                return Err(Problem::at(key, format!("the field `{name}` is not known here")));
            }
            if !dialect.lax && pairs[..at].iter().any(|(other, _)| other.text() == Some(name)) {
                return Err(Problem::at(key, format!("the field `{name}` is here twice")));
            }
        }
        Ok(Self { node, dialect })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Node> {
        let is_it = |key: &str| key == name || self.dialect.lax && key.eq_ignore_ascii_case(name);
        let mut pairs = self.node.pairs().unwrap_or_default().iter();
        pairs
            .find(|(key, _)| key.text().is_some_and(is_it))
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, Problem> {
        self.get(name).map_or(Ok(String::new()), |node| text(node, name))
    }

    pub(crate) fn truth(&self, name: &str, default: bool) -> Result<bool, Problem> {
        let Some(node) = self.get(name) else { return Ok(default) };
        node.truth().ok_or_else(|| Problem::at(node, format!("`{name}` must be true or false")))
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(node) = self.get(name) else { return Ok(None) };
        let number = node.text().and_then(|text| text.parse().ok());
        number.map(Some).ok_or_else(|| Problem::at(node, format!("`{name}` must be a whole number")))
    }

    /// The items of a list; none when it is not there.
    pub(crate) fn items(&self, name: &str) -> Result<Option<&'a [Node]>, Problem> {
        let Some(node) = self.get(name) else { return Ok(None) };
        node.items().map(Some).ok_or_else(|| Problem::at(node, format!("`{name}` must be a list")))
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, Problem> {
        Ok(self.some_texts(name)?.unwrap_or_default())
    }

    pub(crate) fn some_texts(&self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        let items = self.items(name)?;
        items.map(|items| items.iter().map(|item| text(item, name)).collect()).transpose()
    }

    /// A list of lists of texts.
    pub(crate) fn commands(&self, name: &str) -> Result<Vec<Vec<String>>, Problem> {
        let words = |item: &Node| match item.items() {
            Some(words) => words.iter().map(|word| text(word, name)).collect(),
            None => Err(Problem::at(item, format!("each of `{name}` must be a list of texts"))),
        };
        self.items(name)?.unwrap_or_default().iter().map(words).collect()
    }

    /// A list of names with values.
    pub(crate) fn pairs(&self, name: &str) -> Result<Vec<Pair>, Problem> {
        let pair = |item: &Node| {
            let fields = Fields::new(item, &["key", "value", "isRegex"], self.dialect)?;
            Ok(Pair {
                key: fields.text("key")?,
                value: fields.text("value")?,
                is_regex: fields.truth("isRegex", false)?,
            })
        };
        self.items(name)?.unwrap_or_default().iter().map(pair).collect()
    }
}

fn text(node: &Node, name: &str) -> Result<String, Problem> {
    node.text().map(str::to_owned).ok_or_else(|| Problem::at(node, format!("`{name}` must be a text")))
}
