//! # base-age
//!
//! ## What it asks
//! That no image that this one is built on is older than so many days (`30d`, `4w`).
//!
//! ## Why
//! What was mended since is not in an old base. A base that does not say when it was made is stopped, too: that of a reproducible build
//! most often has a fixed time in the past. An exception for its name lets it pass.
//!
//! ## Example
//! ```toml,policy
//! base-age = "30d"
//! ```
//! ```image,passed
//! base: docker.io/library/debian 12 days old, line 1
//! ```
//! ```image,stopped
//! base: docker.io/library/debian 45 days old, line 1
//! ```
//! ```image,stopped
//! base: docker.io/library/debian ? days old, line 1
//! ```

use serde_json::{Value, json};

use crate::evidence::Evidence;
use crate::gate::{Gate, Sink, setting};
use crate::units::days;

pub(crate) static GATE: Gate = Gate {
    code: "GT002",
    name: "base-age",
    summary: "the greatest age of bases",
    schema: || json!({ "type": "string", "pattern": "^[0-9]+[dw]?$" }),
    after_signing: false,
    run,
    source: include_str!("base_age.rs"),
};

fn run(value: &Value, evidence: &dyn Evidence, sink: &mut Sink) -> Result<(), String> {
    let wanted = "a number of days such as `30d` or `4w`";
    let text: String = setting(value, wanted)?;
    let most = days(&text).ok_or_else(|| format!("`{text}` is not {wanted}"))?;
    let bases = match evidence.bases() {
        Ok(bases) => bases,
        Err(why) => {
            sink.unknown("what it is built on", &why);
            return Ok(());
        }
    };
    for base in bases {
        let Some(created) = base.created.filter(|created| *created > 0) else {
            let message = format!("when the base `{}` was made is not known", base.name);
            sink.stop(message).about([base.name.clone()]).at(base.place.clone()).help(
                "its image says none, or a fixed one as reproducible builds do; an exception names the base",
            );
            continue;
        };
        let age = (evidence.now() - created) / 86_400;
        if age > i64::from(most) {
            sink.stop(format!("the base `{}` is {age} days old, and {most} are allowed", base.name))
                .about([base.name.clone()])
                .at(base.place.clone())
                .help("`cooper lock --update` takes the newest one");
        }
    }
    Ok(())
}
