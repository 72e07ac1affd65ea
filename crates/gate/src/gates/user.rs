//! # user
//!
//! ## What it asks
//! `"non-root"`: that the image names a user, and not root. `"numeric"`: that it is a number besides, which Kubernetes wants to see for
//! `runAsNonRoot`.
//!
//! ## Why
//! Whoever breaks into the process is root in the container, and closer to being root outside.
//!
//! ## Example
//! ```toml,policy
//! user = "non-root"
//! ```
//! ```image,passed
//! user: app
//! ```
//! ```image,stopped
//! user: root
//! ```
//! ```image,stopped
//! user: 0:1000
//! ```
//! ```image,stopped
//! user:
//! ```
//! ```toml,policy
//! user = "numeric"
//! ```
//! ```image,passed
//! user: 1000:1000
//! ```
//! ```image,stopped
//! user: app
//! ```

use serde_json::{Value, json};

use crate::evidence::Evidence;
use crate::gate::{Gate, Sink, setting};

pub(crate) static GATE: Gate = Gate {
    code: "GT015",
    name: "user",
    summary: "the image runs as somebody else than root",
    schema: || json!({ "enum": ["non-root", "numeric"] }),
    after_signing: false,
    run,
    source: include_str!("user.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let wanted: String = setting(value, "`\"non-root\"` or `\"numeric\"`")?;
    if !["non-root", "numeric"].contains(&wanted.as_str()) {
        return Err(format!("`{wanted}` is not `non-root` or `numeric`"));
    }
    let user = &evidence.config().user;
    let name = user.split(':').next().unwrap_or_default();
    let number = name.parse::<u64>();
    let message = if name.is_empty() {
        "no user is set, so the image runs as root".to_owned()
    } else if name == "root" || number == Ok(0) {
        format!("the image runs as `{user}`")
    } else if wanted == "numeric" && number.is_err() {
        format!("the user `{user}` is a name and no number")
    } else {
        return Ok(());
    };
    sink.stop(message).at(evidence.user_place()).help("add `USER` with the number of an ordinary user");
    Ok(())
}
