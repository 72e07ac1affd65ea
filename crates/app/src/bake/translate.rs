//! A target as a request to build.

use std::collections::BTreeMap;
use std::path::Path;

use bake_files::Target;
use image::{Platform, Reference};
use plan::NetworkMode;
use store::Compression;

use super::Request;
use crate::build::Request as BuildRequest;
use crate::{
    Allow, AppError, CacheFrom, CacheTo, ContextSpec, KeepFailed, OutputKind, OutputSpec, ProvenanceSpec,
    SecretSpec, SshSpec, World,
};

/// A build.
pub(super) struct Build {
    pub(super) request: BuildRequest,
    /// The Dockerfile, where it stands in the build file.
    pub(super) dockerfile: Option<String>,
    /// What a target says without effect.
    pub(super) notes: Vec<String>,
}

/// A path within a context.
pub(super) fn beside(context: &str, file: &str) -> String {
    if file.starts_with("cwd://") || Path::new(file).is_absolute() {
        return file.strip_prefix("cwd://").unwrap_or(file).to_owned();
    }
    kit::clean_path(&format!("{}/{file}", context.strip_prefix("cwd://").unwrap_or(context)))
}

pub(super) fn request(world: &World, given: &Request, target: &Target) -> Result<Build, AppError> {
    let wrong = |why: String| AppError::usage(format!("the target `{}`: {why}", target.name));
    let context = target.text("context").unwrap_or(".");
    let file = target.text("dockerfile").unwrap_or("Dockerfile");
    if context == "-" || file == "-" {
        return Err(wrong("standard input is not for bake".to_owned()));
    }
    let context = context.strip_prefix("cwd://").unwrap_or(context).to_owned();
    let local = world.path(&context).is_dir();
    let dockerfile = target.text("dockerfile-inline").map(str::to_owned);
    let file = match (&dockerfile, file) {
        (Some(_), _) => Some("-".to_owned()),
        (None, "Dockerfile") => None,
        (None, file) if local && !file.contains("://") => Some(beside(&context, file)),
        (None, file) => Some(file.to_owned()),
    };
    let notes = notes(target);
    let (outputs, names) = outputs(target).map_err(wrong)?;
    let mut tags = Vec::new();
    for name in target.list("tags").iter().chain(&names) {
        tags.push(name.parse::<Reference>().map_err(|error| wrong(error.to_string()))?);
    }
    let request = BuildRequest {
        context: Some(context),
        file,
        text: None,
        tags,
        target: target.text("target").map(str::to_owned),
        build_args: target.map("args"),
        labels: target.map("labels"),
        platforms: platforms(target).map_err(wrong)?,
        secrets: all(target, "secret", SecretSpec::parse).map_err(wrong)?,
        allowed_leaks: Vec::new(),
        keep_failed: KeepFailed { image: None, directory: None },
        failure_shell: None,
        ssh: ssh(target),
        contexts: contexts(world, target).map_err(wrong)?,
        no_cache: given.no_cache
            || target.switch("no-cache").unwrap_or(false)
            || !target.list("no-cache-filter").is_empty(),
        pull: given.pull || target.switch("pull").unwrap_or(false),
        outputs,
        network: network(target).map_err(wrong)?,
        allow: allow(target).map_err(wrong)?,
        extra_hosts: target.map("extra-hosts").into_iter().collect(),
        ca_bundle: None,
        jobs: given.jobs,
        keep_times: false,
        compression: Compression::Gzip,
        compression_level: None,
        shm_size: target.text("shm-size").map(bake_files::bytes).transpose().map_err(wrong)?,
        memory: None,
        pids: None,
        provenance: provenance(given, target).map_err(wrong)?,
        explain: false,
        locked: false,
        verify: false,
        gate: false,
        profile: false,
        engine: given.engine.clone(),
        cache_from: all(target, "cache-from", CacheFrom::parse).map_err(wrong)?,
        cache_to: all(target, "cache-to", CacheTo::parse).map_err(wrong)?,
    };
    Ok(Build { request, dockerfile, notes })
}

fn notes(target: &Target) -> Vec<String> {
    let mut out = Vec::new();
    for field in ["annotations", "ulimits"] {
        if !target.list(field).is_empty() {
            out.push(format!("`{field}` has no effect"));
        }
    }
    if !target.list("no-cache-filter").is_empty() {
        out.push("`no-cache-filter` runs every step".to_owned());
    }
    if target.text("call").is_some_and(|call| call != "build") {
        out.push("`call` has no effect; `cooper build --call` does it".to_owned());
    }
    if target.entries("attest").iter().any(|entry| entry.field("type") != Some("provenance")) {
        out.push("of `attest`, only `type=provenance` has an effect".to_owned());
    }
    out
}

fn all<T>(target: &Target, field: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    target.entries(field).iter().map(|entry| parse(&entry.line())).collect()
}

fn outputs(target: &Target) -> Result<(Vec<OutputSpec>, Vec<String>), String> {
    // A target that others are made of is an image of the store, whatever it says.
    if target.linked {
        return Ok((vec![OutputSpec::new(OutputKind::Image { push: false }, None)], Vec::new()));
    }
    let (mut outputs, mut names) = (Vec::new(), Vec::new());
    for entry in target.entries("output") {
        let (output, more) = OutputSpec::parse(&entry.line())?;
        outputs.push(output);
        names.extend(more);
    }
    Ok((outputs, names))
}

fn platforms(target: &Target) -> Result<Vec<Platform>, String> {
    let mut out = Vec::new();
    for text in target.list("platforms") {
        out.push(match text.as_str() {
            "local" => Platform::host(),
            text => text.parse().map_err(|error: image::PlatformError| error.to_string())?,
        });
    }
    Ok(out)
}

fn ssh(target: &Target) -> Vec<SshSpec> {
    let agent = |entry: &bake_files::Entry| SshSpec {
        id: entry.field("id").unwrap_or("default").to_owned(),
        socket: entry.paths.first().cloned(),
    };
    target.entries("ssh").iter().map(agent).collect()
}

/// The contexts that no other target makes, and those of the configuration below them.
fn contexts(world: &World, target: &Target) -> Result<BTreeMap<String, ContextSpec>, String> {
    let mut out = BTreeMap::new();
    for (name, value) in &world.settings.build.contexts {
        out.insert(name.clone(), ContextSpec::parse(value)?);
    }
    for (name, value) in target.map("contexts") {
        if !value.starts_with("target:") {
            let value = value.strip_prefix("cwd://").unwrap_or(&value);
            out.insert(name, ContextSpec::parse(value)?);
        }
    }
    Ok(out)
}

fn network(target: &Target) -> Result<NetworkMode, String> {
    match target.text("network") {
        None | Some("" | "default") => Ok(NetworkMode::Default),
        Some("none") => Ok(NetworkMode::None),
        Some("host") => Ok(NetworkMode::Host),
        Some(other) => Err(format!("`{other}` is not a network mode; use `default`, `none` or `host`")),
    }
}

fn allow(target: &Target) -> Result<Allow, String> {
    Allow::parse(target.list("entitlements").iter().map(AsRef::as_ref))
}

fn provenance(given: &Request, target: &Target) -> Result<Option<ProvenanceSpec>, String> {
    if given.provenance.is_some() {
        return Ok(given.provenance.clone());
    }
    let mut spec = None;
    for entry in target.entries("attest").iter().filter(|entry| entry.field("type") == Some("provenance")) {
        spec = ProvenanceSpec::parse_attest(&entry.line())?;
    }
    Ok(spec)
}
