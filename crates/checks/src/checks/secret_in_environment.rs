//! # secret-in-environment
//!
//! ## What it does
//! Finds variables whose name says that they hold a secret, with a value that can be one.
//!
//! ## Why
//! The configuration of an image is no secret: `docker inspect` shows it, and so does every process in the container.
//!
//! ## Example
//! ```image,bad
//! config: {"Env":["DB_PASSWORD=q7Gm2xV9"]}
//! ```
//! ```image,good
//! config: {"Env":["DB_PASSWORD_FILE=/run/secrets/db"]}
//! ```
//! ```image,good
//! config: {"Env":["DB_PASSWORD="]}
//! ```
//! ```image,good
//! config: {"Env":["libcrypto3=3.1"]}
//! ```

use facts::Severity;

use crate::check::{Check, Sink};
use crate::model::Image;

pub(crate) static CHECK: Check = Check {
    code: "IM008",
    name: "secret-in-environment",
    aliases: &["CIS-DI-0010", "CIS 4.10"],
    severity: Severity::Error,
    summary: "a variable of the image holds a secret",
    run,
    source: include_str!("secret_in_environment.rs"),
};

fn run(image: &Image<'_>, sink: &mut Sink) {
    for variable in &image.config.config.env {
        let Some((name, value)) = variable.split_once('=') else { continue };
        if leak::names::is_secret_name(name) && leak::names::may_be_secret(value) {
            sink.config("Env", format!("the variable `{name}` has a value"));
        }
    }
}
