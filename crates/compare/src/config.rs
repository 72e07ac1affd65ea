//! Configurations by field.

use std::collections::BTreeMap;

use image::ImageConfig;
use serde_json::Value;

/// A field that two configurations differ in.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its path: `config.Env.PATH`, `history[2].created_by`.
    pub path: String,
    /// Its value in the first, where it has one.
    pub before: Option<Value>,
    /// Its value in the second.
    pub after: Option<Value>,
}

/// The fields that differ, by path. Layers are not among them.
pub fn configs(before: &ImageConfig, after: &ImageConfig) -> Vec<Setting> {
    let (mut before, mut after) = (fields(before), fields(after));
    let mut paths: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    paths.sort_by_key(|path| in_order(path));
    paths.dedup();
    let settings = paths.into_iter().map(|path| {
        let (before, after) = (before.remove(&path), after.remove(&path));
        Setting { path, before, after }
    });
    settings.filter(|setting| setting.before != setting.after).collect()
}

/// A path as a key in the order of what stands in it: numbers by value.
fn in_order(path: &str) -> (String, u64, String) {
    let indexed = path.split_once('[').and_then(|(name, rest)| {
        let (number, rest) = rest.split_once(']')?;
        Some((name.to_owned(), number.parse().ok()?, rest.to_owned()))
    });
    indexed.unwrap_or_else(|| (path.to_owned(), 0, String::new()))
}

fn fields(config: &ImageConfig) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    let Ok(Value::Object(document)) = serde_json::to_value(config) else { return out };
    for (name, value) in document {
        match (name.as_str(), value) {
            ("rootfs", _) => {}
            ("history", Value::Array(steps)) => {
                for (at, step) in steps.into_iter().enumerate() {
                    flatten(&format!("history[{at}]"), step, &mut out);
                }
            }
            (_, value) => flatten(&name, value, &mut out),
        }
    }
    out
}

fn flatten(path: &str, value: Value, out: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.into_iter().for_each(|(name, value)| flatten(&format!("{path}.{name}"), value, out));
        }
        Value::Array(variables) if path == "config.Env" => environment(path, variables, out),
        value => drop(out.insert(path.to_owned(), value)),
    }
}

/// Variables by name, when each has its own; else the list.
fn environment(path: &str, variables: Vec<Value>, out: &mut BTreeMap<String, Value>) {
    let mut by_name = BTreeMap::new();
    for variable in &variables {
        let Some((name, value)) = variable.as_str().and_then(|text| text.split_once('=')) else { continue };
        by_name.insert(format!("{path}.{name}"), Value::from(value));
    }
    if by_name.len() == variables.len() {
        out.extend(by_name);
    } else {
        out.insert(path.to_owned(), Value::Array(variables));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_by_their_path() {
        let mut before = ImageConfig::default();
        let mut after = before.clone();
        assert_eq!(configs(&before, &after), []);
        before.config.env = vec!["A=1".to_owned(), "B=2".to_owned()];
        after.config.env = vec!["A=1".to_owned(), "C=3".to_owned()];
        after.config.labels.insert("a.b".to_owned(), "x".to_owned());
        after.config.cmd = Some(vec!["sh".to_owned()]);
        after.rootfs.diff_ids = vec![image::Digest::of(b"")];
        after.history = vec![image::History::default(); 11];
        let found = configs(&before, &after);
        let paths: Vec<_> = found.iter().map(|one| one.path.as_str()).take(4).collect();
        assert_eq!(paths, ["config.Cmd", "config.Env.B", "config.Env.C", "config.Labels.a.b"]);
        let history: Vec<_> =
            found.iter().map(|one| one.path.as_str()).filter(|path| path.starts_with("history")).collect();
        assert_eq!((history.len(), history[10]), (11, "history[10]"));
    }
}
