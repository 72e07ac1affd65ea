//! Entries with fields: outputs, caches, secrets, agents, attestations. Written as a line of CSV or as an object.

use std::collections::BTreeMap;

use crate::functions::csv_line;
use crate::value::Value;

/// What kind of entry it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Attest,
    Cache,
    Output,
    Secret,
    Ssh,
}

/// Fields by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The fields with one value.
    pub fields: BTreeMap<String, String>,
    /// `paths` of an SSH agent.
    pub paths: Vec<String>,
}

impl Entry {
    fn of(fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { fields: fields.collect(), paths: Vec::new() }
    }

    /// A field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.fields.insert(name.to_owned(), value.to_owned());
    }

    /// As the command line writes it.
    pub fn line(&self) -> String {
        let quoted = |text: String| {
            let needs = text.contains([',', '"', '\n']);
            if needs { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
        };
        let fields = self.fields.iter().map(|(name, value)| quoted(format!("{name}={value}")));
        fields.collect::<Vec<_>>().join(",")
    }

    pub(crate) fn parse(family: Family, text: &str) -> Result<Self, String> {
        if family == Family::Ssh {
            let (id, paths) = text.split_once('=').unwrap_or((text, ""));
            let paths = paths.split(',').filter(|path| !path.is_empty()).map(str::to_owned).collect();
            return Ok(Self { paths, ..Self::of(&[("id", id)]) });
        }
        let parts = csv_line(text)?;
        if parts.iter().all(|part| !part.contains('=')) {
            match (family, parts.as_slice()) {
                (Family::Cache, [name]) => return Ok(Self::of(&[("type", "registry"), ("ref", name)])),
                (Family::Output, [dest]) if dest == "-" => {
                    return Ok(Self::of(&[("type", "tar"), ("dest", "-")]));
                }
                (Family::Output, [dest]) => return Ok(Self::of(&[("type", "local"), ("dest", dest)])),
                _ => {}
            }
        }
        let mut entry = Self::default();
        for part in parts {
            let (name, value) =
                part.split_once('=').ok_or_else(|| format!("`{part}` is not of the form `NAME=VALUE`"))?;
            entry.set(&name.trim().to_lowercase(), value);
        }
        entry.finished(family)
    }

    pub(crate) fn from_value(family: Family, value: &Value) -> Result<Self, String> {
        let Value::Map(map) = value else { return Self::parse(family, &value.to_text()?) };
        let mut entry = Self::default();
        for (name, value) in map {
            match value {
                Value::Null => {}
                Value::List(paths) if name == "paths" && family == Family::Ssh => {
                    entry.paths = paths.iter().map(Value::to_text).collect::<Result<_, _>>()?;
                }
                value => entry.set(name, &value.to_text()?),
            }
        }
        entry.finished(family)
    }

    /// In the form that is printed.
    fn finished(mut self, family: Family) -> Result<Self, String> {
        match family {
            Family::Secret => {
                let kind = self.fields.remove("type");
                if let Some(source) = self.fields.remove("source") {
                    self.set("src", &source);
                }
                if kind.as_deref() == Some("env")
                    && self.field("env").is_none()
                    && let Some(name) = self.fields.remove("src")
                {
                    self.set("env", &name);
                }
            }
            Family::Ssh => {}
            Family::Output if self.field("type") == Some("registry") => {
                self.set("type", "image");
                self.set("push", "true");
            }
            Family::Attest | Family::Cache | Family::Output => {
                self.field("type").ok_or("an entry needs a `type`")?;
            }
        }
        Ok(self)
    }

    /// What makes it take the place of another one.
    pub(crate) fn replaces(&self, family: Family, other: &Self) -> bool {
        match family {
            Family::Attest => self.field("type") == other.field("type"),
            Family::Secret | Family::Ssh => self.field("id") == other.field("id"),
            Family::Cache | Family::Output => self == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_objects_are_the_same_entries() {
        let check = |family, text: &str, line: &str| {
            assert_eq!(Entry::parse(family, text).unwrap().line(), line, "{text}");
        };
        check(Family::Cache, "user/name", "ref=user/name,type=registry");
        check(Family::Output, "out", "dest=out,type=local");
        check(Family::Output, "-", "dest=-,type=tar");
        check(Family::Output, "type=image,\"name=a,b\"", "\"name=a,b\",type=image");
        check(Family::Secret, "type=file,id=a,source=f", "id=a,src=f");
        check(Family::Secret, "type=env,id=a,src=E", "env=E,id=a");
        assert_eq!(Entry::parse(Family::Ssh, "k=a,b").unwrap().paths, ["a", "b"]);
        assert!(Entry::parse(Family::Cache, "mode=max").is_err());
        assert!(Entry::parse(Family::Output, "a,b").is_err());
    }
}
