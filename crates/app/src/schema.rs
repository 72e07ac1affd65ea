//! The JSON schema of `cooper.toml`, for editors.

use serde_json::{Value, json};

/// The schema (JSON Schema 2020-12), with the formats and severities that there are.
pub fn cooper_toml() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cooper.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": { "build": build(), "registry": registry(), "lint": lint(), "format": format(), "db": db(), "gate": gate(), "trust": trust(), "ship": ship() },
        "$defs": {
            "texts": { "type": "array", "items": { "type": "string" } },
            "rules": {
                "type": "array",
                "items": {
                    "type": "string",
                    "minLength": 2,
                    "description": "a code, the beginning of codes, a name or an alias of rules, or `all`; `cooper rule` lists them",
                },
            },
            "severity": { "enum": severities() },
            "risk": { "enum": facts::Risk::ALL.map(facts::Risk::name) },
            "bytes": { "description": "bytes, with or without a unit: `200MB`", "type": ["string", "integer"] },
            "signers": { "type": "array", "items": { "anyOf": signers() } },
        },
    })
}

/// Who has to have signed: a key, or a certificate.
fn signers() -> Value {
    let object = |required: &[&str]| {
        let properties: serde_json::Map<String, Value> =
            required.iter().map(|key| ((*key).to_owned(), json!({ "type": "string" }))).collect();
        json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
    };
    json!([object(&["key"]), object(&["identity", "issuer", "trusted-root"])])
}

fn trust() -> Value {
    section(
        "who has to have signed the images that builds start from",
        &json!({
            "require": { "description": "which images have to be signed", "enum": ["listed", "all"] },
            "images": {
                "description": "who counts for which images; the first entry that names one decides",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["names", "by"],
                    "properties": {
                        "names": texts("whole names of images; `*` stands for anything"),
                        "by": { "description": "who signs them; one is enough, and an empty list lets them pass", "$ref": "#/$defs/signers" },
                    },
                },
            },
        }),
    )
}

fn gate() -> Value {
    let gates = ::gate::gates().iter().map(|gate| (gate.name.to_owned(), gate.schema()));
    section("what an image has to be before it goes out", &Value::Object(gates.collect()))
}

fn severities() -> Vec<&'static str> {
    facts::Severity::ALL.map(facts::Severity::name).to_vec()
}

fn section(description: &str, properties: &Value) -> Value {
    json!({ "description": description, "type": "object", "additionalProperties": false, "properties": properties })
}

fn texts(description: &str) -> Value {
    json!({ "description": description, "$ref": "#/$defs/texts" })
}

fn rules(description: &str) -> Value {
    json!({ "description": description, "$ref": "#/$defs/rules" })
}

fn of_type(kind: &str, description: &str) -> Value {
    json!({ "description": description, "type": kind })
}

fn build() -> Value {
    section(
        "how steps run",
        &json!({
            "ca-bundle": of_type("string", "`host` lends the machine's CA bundle to steps, a path another one, `none` none"),
            "network": { "description": "the network of steps", "enum": ["default", "none", "host"] },
            "allow": texts("what steps may do without being asked"),
            "cdi-dirs": texts("directories with descriptions of devices for `RUN --device`"),
            "lend-proxy": of_type("boolean", "whether the proxy settings of the environment are lent to steps"),
            "jobs": { "description": "steps at once", "type": "integer", "minimum": 1 },
            "contexts": {
                "description": "named contexts",
                "type": "object",
                "additionalProperties": { "type": "string" },
            },
        }),
    )
}

fn db() -> Value {
    section(
        "where advisories come from",
        &json!({
            "mirror": of_type("string", "address below which a server has copies of all known sources"),
            "feeds": {
                "description": "address of each further source, or in place of a known one; an empty one takes a source out",
                "type": "object",
                "additionalProperties": { "type": "string" },
            },
        }),
    )
}

fn ship() -> Value {
    section(
        "how images are shipped",
        &json!({
            "key": of_type("string", "file of the private key that signs"),
            "tests": texts("files of tests, as for `cooper test`"),
        }),
    )
}

fn registry() -> Value {
    section(
        "how registries are spoken to",
        &json!({
            "insecure": texts("hosts that may be spoken to by plain http"),
            "mirrors": {
                "description": "mirrors of each registry",
                "type": "object",
                "additionalProperties": { "$ref": "#/$defs/texts" },
            },
            "ca-bundle": of_type("string", "PEM file of further trusted roots"),
        }),
    )
}

fn lint() -> Value {
    let fail_on: Vec<&str> = severities().into_iter().chain(["never"]).collect();
    let formats: Vec<&str> = report::formats().iter().map(|format| format.name).collect();
    section(
        "which rules count, and how",
        &json!({
            "select": rules("the rules that run alone"),
            "ignore": rules("rules that are off"),
            "enable": rules("rules that are on though they are off by default"),
            "severity": {
                "description": "how bad findings are, by code, name or alias",
                "type": "object",
                "additionalProperties": { "$ref": "#/$defs/severity" },
            },
            "per-file-ignores": {
                "description": "rules that are off for files that match a pattern",
                "type": "object",
                "additionalProperties": { "$ref": "#/$defs/rules" },
            },
            "fail-on": { "description": "the least severity that fails", "enum": fail_on },
            "format": { "description": "how findings are printed", "enum": formats },
            "pragmas": of_type("boolean", "whether comments hide findings"),
            "baseline": of_type("string", "file of old findings that are not reported"),
            "hadolint": of_type("boolean", "whether hadolint's configuration is read"),
            "trusted-registries": texts("registries that base images may come from; `*` stands for any part of a name"),
            "labels": {
                "description": "labels with the kind of their value",
                "type": "object",
                "additionalProperties": { "enum": ["text", "url", "semver", "hash", "rfc3339", "spdx", "email"] },
            },
            "strict-labels": of_type("boolean", "whether other labels are findings"),
            "required-labels": of_type("boolean", "whether these labels have to be there"),
            "indexes": {
                "description": "address of a package index for each package manager, with `{name}` in it, or for `apt` and `apk` lists with `{distribution}` and `{release}`, for `cooper fix --pin`",
                "type": "object",
                "additionalProperties": { "type": "string" },
            },
        }),
    )
}

fn format() -> Value {
    section(
        "how Dockerfiles are formatted",
        &json!({
            "indent": { "description": "a number of blanks, or `tab`", "type": ["integer", "string"] },
            "keyword-case": { "description": "the case of keywords", "enum": ["upper", "lower", "keep"] },
            "chain": { "description": "which line has the `&&` of a line break", "enum": ["leading", "trailing", "keep"] },
        }),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Settings;

    /// The keys that the reader of a section takes, from what it says of one that it does not.
    fn taken(section: &str) -> BTreeSet<String> {
        let error = Settings::parse("cooper.toml", &format!("{section}\nno-such-key = 1\n")).unwrap_err();
        let (_, list) = error.message.split_once("expected").unwrap();
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = cooper_toml();
        let keys = |value: &Value| -> BTreeSet<String> {
            value["properties"].as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(keys(&schema), taken(""), "crates/app/src/schema.rs");
        // The keys of `[gate]` are the table of gates, here and where a policy is read.
        let sections = schema["properties"].as_object().unwrap().iter().filter(|(name, _)| *name != "gate");
        for (name, section) in sections {
            assert_eq!(keys(section), taken(&format!("[{name}]")), "`[{name}]` in crates/app/src/schema.rs");
        }
    }
}
