//! Tests of an image as JSON, in the shape that container-structure-test gives, durations in nanoseconds.

use std::io::{self, Write};
use std::time::Duration;

use facts::Tested;
use serde_json::{Map, Value, json};

use super::{Trial, TrialFormat};

pub(crate) static FORMAT: TrialFormat =
    TrialFormat { name: "json", media_type: "application/json", render: write };

fn write(trial: &Trial<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (pass, total) = trial.counts();
    let mut value = json!({
        "Pass": pass,
        "Fail": total - pass,
        "Total": total,
        "Duration": nanoseconds(trial.all().map(|one| one.duration).sum()),
    });
    if total > 0 {
        value["Results"] = trial.all().map(result).collect();
    }
    serde_json::to_writer(&mut *out, &value)?;
    writeln!(out)
}

/// A result; what is empty is left out.
fn result(one: &Tested) -> Value {
    let mut map = Map::new();
    map.insert("Name".to_owned(), json!(one.name));
    map.insert("Pass".to_owned(), json!(one.passes()));
    for (key, text) in [("Stdout", &one.stdout), ("Stderr", &one.stderr)] {
        if !text.is_empty() {
            map.insert(key.to_owned(), json!(text));
        }
    }
    if !one.errors.is_empty() {
        map.insert("Errors".to_owned(), json!(one.errors));
    }
    map.insert("Duration".to_owned(), json!(nanoseconds(one.duration)));
    Value::Object(map)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
