//! A build file may be anybody's: what lies outside of the current directory it reads and writes only with leave.

use std::path::{Component, Path, PathBuf};

use bake_files::Target;

use super::Request;
use crate::{AppError, World};

/// Looks at every path of a target, and at what it may do besides.
pub(super) fn check(world: &World, request: &Request, target: &Target) -> Result<(), AppError> {
    for privilege in target.list("entitlements") {
        if !request.allow.iter().any(|allowed| allowed == privilege) {
            return Err(AppError::usage(format!("the target `{}` asks for `{privilege}`", target.name))
                .help(format!("say `--allow {privilege}` if it may")));
        }
    }
    let off =
        world.env.get("BUILDX_BAKE_ENTITLEMENTS_FS").is_some_and(|value| value == "0" || value == "false");
    if off {
        return Ok(());
    }
    let gate = Gate { world, request, target };
    for path in reads(target) {
        gate.pass("read", &path)?;
    }
    for path in writes(target) {
        gate.pass("write", &path)?;
    }
    Ok(())
}

fn is_remote(text: &str) -> bool {
    syntax::Remote::of_context(text).is_some() || text.contains("://") && !text.starts_with("cwd://")
}

fn reads(target: &Target) -> Vec<String> {
    let mut out = Vec::new();
    let context = target.text("context").unwrap_or(".");
    if !is_remote(context) {
        out.push(context.to_owned());
        let dockerfile = target.text("dockerfile").filter(|_| target.text("dockerfile-inline").is_none());
        out.extend(
            dockerfile.filter(|file| !is_remote(file)).map(|file| super::translate::beside(context, file)),
        );
    }
    let contexts = target.map("contexts").into_values();
    out.extend(contexts.filter_map(|value| match value.strip_prefix("oci-layout://") {
        Some(layout) => Some(layout.to_owned()),
        None => Some(value).filter(|value| !value.starts_with("target:") && !is_remote(value)),
    }));
    out.extend(target.entries("secret").iter().filter_map(|entry| entry.field("src").map(str::to_owned)));
    out.extend(target.entries("ssh").iter().flat_map(|entry| entry.paths.clone()));
    out.extend(of_type(target, "cache-from", "local", "src"));
    out
}

fn writes(target: &Target) -> Vec<String> {
    let outputs = target.entries("output").iter().filter_map(|entry| entry.field("dest"));
    let mut out: Vec<String> = outputs.filter(|dest| *dest != "-").map(str::to_owned).collect();
    out.extend(of_type(target, "cache-to", "local", "dest"));
    out
}

fn of_type(target: &Target, field: &str, kind: &str, name: &str) -> Vec<String> {
    let entries = target.entries(field).iter().filter(|entry| entry.field("type") == Some(kind));
    entries.filter_map(|entry| entry.field(name).map(str::to_owned)).collect()
}

struct Gate<'a> {
    world: &'a World,
    request: &'a Request,
    target: &'a Target,
}

impl Gate<'_> {
    fn pass(&self, what: &str, path: &str) -> Result<(), AppError> {
        let path = path.strip_prefix("cwd://").unwrap_or(path);
        let full = real(&self.world.cwd.join(path));
        let (own, both) = (format!("fs.{what}="), "fs=".to_owned());
        let given =
            self.request.allow.iter().filter_map(|text| {
                text.strip_prefix(own.as_str()).or_else(|| text.strip_prefix(both.as_str()))
            });
        let mut roots = vec![real(&self.world.cwd)];
        for root in given {
            if root == "*" {
                return Ok(());
            }
            roots.push(real(&self.world.cwd.join(root)));
        }
        // What was said with `--set` was said by the user.
        let said = self.request.set.iter().any(|text| text.contains(path) && path.len() > 1);
        if said || roots.iter().any(|root| full.starts_with(root)) {
            return Ok(());
        }
        let name = &self.target.name;
        let text = format!("the target `{name}` would {what} `{path}`, which is outside of this directory");
        Err(AppError::usage(text).help(format!("say `--allow fs.{what}={}` if it may", full.display())))
    }
}

/// Where a path leads, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            part => out.push(part),
        }
        if let Ok(found) = out.canonicalize() {
            out = found;
        }
    }
    out
}
