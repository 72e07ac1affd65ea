//! The parts of an image's configuration that say how it runs.

use serde_json::Value;

const KEYS: [&str; 13] = [
    "User",
    "ExposedPorts",
    "Env",
    "Entrypoint",
    "Cmd",
    "Volumes",
    "WorkingDir",
    "Labels",
    "StopSignal",
    "Healthcheck",
    "OnBuild",
    "Shell",
    "Author",
];

/// A line for each part that is set.
pub(super) fn of(text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).unwrap();
    let value = |key: &str| match key {
        "Author" => document["author"].clone(),
        key => document["config"][key].clone(),
    };
    KEYS.iter()
        .map(|key| (key, value(key)))
        .filter(|(_, value)| !is_empty(value))
        .map(|(key, value)| format!("{key} {}", shown(&value)))
        .collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// JSON with sorted keys and blanks.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let mut pairs: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), shown(value)))
                .collect();
            pairs.sort();
            format!("{{{}}}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}
