//! `cooper run`: a process of an image from the store, in the sandbox.

use std::collections::BTreeMap;
use std::path::PathBuf;

use image::{ImageConfig, Platform, Reference};
use sandbox::{EtcFiles, Exit, Network, Rootfs, Spec, Stdio, Streams, User};
use store::{Layer, Merged, Store};

use crate::bases::Finder;
use crate::transfer::pull_blob;
use crate::{AppError, World};

/// What is to be run.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the command")]
pub struct Request {
    /// Program arguments; none for the image's own.
    pub args: Vec<String>,
    /// `-e`.
    pub env: BTreeMap<String, String>,
    /// `-u`.
    pub user: Option<String>,
    /// `-w`.
    pub workdir: Option<String>,
    /// `--entrypoint`; empty clears it.
    pub entrypoint: Option<String>,
    /// Whether it has the host's network.
    pub host_network: bool,
    /// `--read-only`.
    pub read_only: bool,
    /// Whether it gets a terminal.
    pub tty: bool,
    /// Whether standard input is passed on.
    pub interactive: bool,
}

/// Runs an image to its end; how the process ended.
pub fn run(world: &World, reference: &Reference, request: &Request) -> Result<Exit, AppError> {
    let store = world.store()?;
    let contexts = BTreeMap::new();
    let finder = Finder { world, store: &store, contexts: &contexts, pull: false, lock: None };
    let base = plan::Bases::image(&finder, reference, &Platform::host())
        .map_err(|(message, _)| AppError::environment(message))?;
    let mut layers = Vec::new();
    for (diff_id, blob) in &base.layers {
        layers.push(layer(world, &store, reference, diff_id, blob)?);
    }
    let root = Merged::new(layers.clone())?;
    let work = store.work()?;
    if let Some(entry) = root.get(b"") {
        store::apply_metadata(&work.fs(), entry)?;
    }
    let lowers = store::lower_dirs(&layers);
    let rootfs = Rootfs { lowers, upper: work.fs(), work: work.overlay_work() };
    let spec = spec(rootfs, &base.config, &root, request)?;
    Ok(sandbox::spawn(&spec, &mut |_, _| (), world.cancel)?)
}

fn layer(
    world: &World,
    store: &Store,
    reference: &Reference,
    diff_id: &image::Digest,
    blob: &image::Descriptor,
) -> Result<Layer, AppError> {
    if let Some(found) = store.layer(diff_id)? {
        return Ok(found);
    }
    if !store.has_blob(&blob.digest) {
        pull_blob(world.client()?, store, reference, blob, &registry::NoProgress)?;
    }
    Ok(store.unpack(blob, diff_id)?)
}

fn spec(rootfs: Rootfs, config: &ImageConfig, root: &Merged, request: &Request) -> Result<Spec, AppError> {
    let architecture = config.architecture.clone();
    let config = &config.config;
    let args = command(config, request)?;
    let emulation = sandbox::emulation(&architecture, &Platform::host().architecture)
        .map_err(|error| AppError::environment(error.to_string()).help(sandbox::EMULATOR_HELP))?;
    let user = request.user.as_deref().unwrap_or(&config.user);
    let owner = build_engine::resolve_user(root, user).map_err(AppError::usage)?;
    let mut env: BTreeMap<String, String> = config
        .env
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
    env.extend(request.env.clone());
    if let Some(home) = owner.home.clone() {
        env.entry("HOME".to_owned()).or_insert(home);
    }
    let mut spec = Spec::new(rootfs, args);
    spec.env = env.into_iter().collect();
    spec.cwd = request.workdir.clone().unwrap_or_else(|| config.working_dir.clone());
    if spec.cwd.is_empty() {
        "/".clone_into(&mut spec.cwd);
    }
    spec.user = User { uid: owner.uid, gid: owner.gid, groups: owner.groups };
    spec.network = if request.host_network { Network::Host } else { Network::None };
    spec.readonly_root = request.read_only;
    spec.tty = request.tty;
    spec.emulation = emulation;
    let resolv_conf =
        Some(PathBuf::from("/etc/resolv.conf")).filter(|path| request.host_network && path.exists());
    spec.etc = EtcFiles { resolv_conf, ..EtcFiles::default() };
    let stdin = if request.interactive { Stdio::Inherit } else { Stdio::Null };
    spec.streams = Streams { stdin, stdout: Stdio::Inherit, stderr: Stdio::Inherit };
    Ok(spec)
}

/// Entry point and arguments: those of the command line, else the image's. A given entry point drops the
/// image's arguments, as docker does.
fn command(config: &image::ContainerConfig, request: &Request) -> Result<Vec<String>, AppError> {
    let mut args = match &request.entrypoint {
        Some(text) if text.is_empty() => Vec::new(),
        Some(text) => vec![text.clone()],
        None => config.entrypoint.clone().unwrap_or_default(),
    };
    if request.args.is_empty() && request.entrypoint.is_none() {
        args.extend(config.cmd.clone().unwrap_or_default());
    } else {
        args.extend(request.args.clone());
    }
    if args.is_empty() {
        return Err(AppError::usage("the image has no command").help("give one: `cooper run IMAGE COMMAND`"));
    }
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_overrides_the_image() {
        let config = image::ContainerConfig {
            entrypoint: Some(vec!["/app".into()]),
            cmd: Some(vec!["serve".into()]),
            ..Default::default()
        };
        let check = |args: &[&str], entrypoint: Option<&str>, expect: &[&str]| {
            let request = Request {
                args: args.iter().map(|arg| (*arg).to_owned()).collect(),
                entrypoint: entrypoint.map(str::to_owned),
                ..Request::default()
            };
            assert_eq!(command(&config, &request).unwrap(), expect);
        };
        check(&[], None, &["/app", "serve"]);
        check(&["-v"], None, &["/app", "-v"]);
        check(&[], Some("/bin/sh"), &["/bin/sh"]);
        check(&["ls"], Some(""), &["ls"]);
        assert!(command(&image::ContainerConfig::default(), &Request::default()).is_err());
    }
}
