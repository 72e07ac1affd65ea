//! `cooper test`: an image against files of container-structure-test, or against what every image should be. Programs of tests run in
//! the sandbox, over the image's layers and with nothing of this machine.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use facts::{ImageFinding, Tested};
use image::{ImageConfig, Platform};
use sandbox::{Mount, MountKind, Network, Rootfs, Security, Spec, Stream, User};
use store::{Merged, Store, Work};
use structure::{Document, Process, Ran, RunOptions};

use crate::locate::{Located, locate};
use crate::{AppError, World, scan};

/// The most that is kept of what a program prints.
const MAX_OUTPUT: usize = 8 << 20;
/// Larger files of tests are none.
const MAX_FILE: u64 = 1 << 20;
/// Capabilities that every step has.
const USUAL: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The image.
    pub image: String,
    /// `--platform`.
    pub platform: Option<Platform>,
    /// `--config`: files of tests; none for what every image should be.
    pub files: Vec<String>,
    /// `--max-size`: the most bytes of the files of an image, for the tests without a file.
    pub max_size: u64,
    /// `--network host`: commands of all tests have the network of this machine.
    pub with_network: bool,
}

/// Runs the tests; the results of each file.
pub fn test(world: &World, request: &Request) -> Result<Vec<(String, Vec<Tested>)>, AppError> {
    if request.files.is_empty() {
        return Ok(vec![("default".to_owned(), defaults(world, request)?)]);
    }
    let documents: Vec<_> =
        request.files.iter().map(|name| Ok((name, read(world, name)?))).collect::<Result<_, AppError>>()?;
    let store = world.store()?;
    let located = locate(world, &store, &request.image, request.platform.as_ref(), true)?;
    let with_network = request.with_network;
    let mut under = Under { world, store: &store, located, merged: OnceCell::new(), with_network };
    Ok(documents.into_iter().map(|(name, document)| (name.clone(), document.run(&mut under))).collect())
}

fn read(world: &World, name: &str) -> Result<Document, AppError> {
    let failed = |why: &dyn std::fmt::Display| AppError::usage(format!("`{name}` cannot be read: {why}"));
    let file = std::fs::File::open(world.path(name)).map_err(|error| failed(&error))?;
    let bytes = kit::read_bounded(file, MAX_FILE).map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
    let is_json = std::path::Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    let document = if is_json { Document::of_json(&text) } else { Document::of_yaml(&text) };
    document.map_err(|problem| {
        let place = if problem.line > 0 { format!("{name}:{}", problem.line) } else { name.to_owned() };
        AppError::usage(format!("`{place}` is no file of tests: {}", problem.message)).help(
            "its fields are those of container-structure-test; docs/tests has a page for each kind of test",
        )
    })
}

/// What is tested without a file: each a name and the checks that must find nothing. [`OF_OWN`] says where the base may have it.
const DEFAULTS: &[(&str, &[&str])] = &[
    ("runs as an ordinary user", &["root-user"]),
    ("says how its health is found", &["no-healthcheck"]),
    ("has no secrets in its configuration", &["secret-in-environment"]),
    ("has no files with credentials", &["credential-file"]),
    ("has no accounts without a password", &["empty-password", "duplicate-id"]),
    ("needs no `sudo`", &["sudo-used"]),
    ("serves no ssh", &["ssh-port"]),
    ("mounts nothing of the host", &["sensitive-volume"]),
    ("has no files that everybody can write", &["world-writable"]),
    ("has no caches of package managers", &["package-cache", "update-alone"]),
    ("has only verified packages", &["unverified-package"]),
    ("has a name that does not move", &["latest-tag"]),
];

/// Checks of what only costs space. What the base image has of it is told, but does not stop the image: who builds on the base
/// cannot remove it, as it would still be in the layer below.
const OF_OWN: &[&str] = &["package-cache", "update-alone"];

/// The tests of an image that has no file of tests.
fn defaults(world: &World, request: &Request) -> Result<Vec<Tested>, AppError> {
    let wish = scan::Request {
        target: request.image.clone(),
        platform: request.platform.clone(),
        ..scan::Request::default()
    };
    let checked = scan::check(world, &wish)?;
    let mut results = Vec::new();
    for (name, checks) in DEFAULTS {
        let found = checked.findings.iter().filter(|one| checks.contains(&one.check));
        let (told, errors): (Vec<_>, Vec<_>) = found.partition(|one| is_of_base(one));
        let mut result = tested(&format!("Image Test: {name}"), errors.into_iter().map(said).collect());
        result.stdout = told.into_iter().map(|one| said(one) + "\n").collect();
        results.push(result);
    }
    let size = checked.efficiency.total;
    let limit = request.max_size;
    let errors = (size > limit).then(|| format!("its files have {size} bytes, and {limit} is the limit"));
    results.push(tested("Image Test: is not too large", errors.into_iter().collect()));
    Ok(results)
}

fn is_of_base(one: &ImageFinding) -> bool {
    OF_OWN.contains(&one.check) && one.origin.as_ref().is_some_and(|origin| origin.base.is_some())
}

/// A finding and where it comes from.
fn said(one: &ImageFinding) -> String {
    let from =
        one.origin.as_ref().map(|origin| format!(", from {}", report::whence(origin))).unwrap_or_default();
    format!("{}: {} ({}){from}", one.place.text(), one.message, one.code)
}

fn tested(name: &str, errors: Vec<String>) -> Tested {
    Tested {
        name: name.to_owned(),
        line: 0,
        stdout: String::new(),
        stderr: String::new(),
        errors,
        duration: std::time::Duration::ZERO,
    }
}

/// An image under test.
struct Under<'a> {
    world: &'a World,
    store: &'a Store,
    located: Located,
    merged: OnceCell<Result<Merged, String>>,
    with_network: bool,
}

impl structure::Subject for Under<'_> {
    fn config(&self) -> &ImageConfig {
        &self.located.config
    }

    fn files(&self) -> Result<&Merged, String> {
        let make = || {
            let lineage = self.located.lineage(self.store);
            self.located.merged(self.world, self.store, lineage.as_ref()).map_err(|error| error.to_string())
        };
        self.merged.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    fn run(&mut self, process: &Process<'_>) -> Result<Ran, String> {
        let merged = self.files()?;
        let failed = |error: &dyn std::fmt::Display| error.to_string();
        let work = self.store.work().map_err(|error| failed(&error))?;
        if let Some(entry) = merged.get(b"") {
            store::apply_metadata(&work.fs(), entry).map_err(|error| failed(&error))?;
        }
        let mut number = 0;
        let mut step = |command: &[String]| {
            number += 1;
            self.step(merged, &work, number, process, command)
        };
        for command in process.setup {
            step(command)?;
        }
        let ran = step(process.command)?;
        for command in process.teardown {
            step(command)?;
        }
        Ok(ran)
    }
}

impl Under<'_> {
    /// Runs one program over the files of the work.
    fn step(
        &self,
        merged: &Merged,
        work: &Work,
        number: usize,
        process: &Process<'_>,
        command: &[String],
    ) -> Result<Ran, String> {
        // Overlayfs leaves a mark in its directory, so each step has its own.
        let overlay = work.extra().join(number.to_string());
        std::fs::create_dir_all(&overlay).map_err(|error| error.to_string())?;
        let rootfs = Rootfs { lowers: store::lower_dirs(merged.layers()), upper: work.fs(), work: overlay };
        let spec = self.spec(rootfs, merged, process, command)?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut out = |stream, bytes: &[u8]| {
            let to = if stream == Stream::Stdout { &mut stdout } else { &mut stderr };
            let room = MAX_OUTPUT - to.len().min(MAX_OUTPUT);
            to.extend_from_slice(&bytes[..bytes.len().min(room)]);
        };
        let exit = sandbox::spawn(&spec, &mut out, self.world.cancel).map_err(|error| error.to_string())?;
        if exit.cancelled {
            return Err("it was interrupted".to_owned());
        }
        if let Some(error) = exit.exec_error {
            return Err(error.to_string());
        }
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Ran { code: exit.code, stdout: text(stdout), stderr: text(stderr), duration: exit.usage.wall })
    }

    fn spec(
        &self,
        rootfs: Rootfs,
        merged: &Merged,
        process: &Process<'_>,
        command: &[String],
    ) -> Result<Spec, String> {
        let (config, options) = (&self.located.config, process.options);
        let user = if options.user.is_empty() { &config.config.user } else { &options.user };
        let owner = build_engine::resolve_user(merged, user)?;
        let mut spec = Spec::new(rootfs, command);
        let mut env = BTreeMap::new();
        let image = config.config.env.iter().filter_map(|pair| pair.split_once('='));
        env.extend(image.map(|(key, value)| (key.to_owned(), value.to_owned())));
        env.extend(self.lent(options)?);
        env.extend(process.env.clone());
        if let Some(home) = owner.home {
            env.entry("HOME".to_owned()).or_insert(home);
        }
        spec.env = env.into_iter().collect();
        if !config.config.working_dir.is_empty() {
            spec.cwd.clone_from(&config.config.working_dir);
        }
        spec.user = User { uid: owner.uid, gid: owner.gid, groups: owner.groups };
        spec.network = match options.network.as_str() {
            "host" => Network::Host,
            "" if self.with_network => Network::Host,
            _ => Network::None,
        };
        let is_usual =
            |name: &String| USUAL.contains(&name.trim_start_matches("CAP_").to_uppercase().as_str());
        if options.privileged || !options.capabilities.iter().all(is_usual) {
            spec.security = Security::Insecure;
        }
        spec.mounts = options.bind_mounts.iter().map(|text| self.mount(text)).collect::<Result<_, _>>()?;
        spec.emulation = sandbox::emulation(&config.architecture, &Platform::host().architecture)
            .map_err(|error| error.to_string())?;
        Ok(spec)
    }

    /// The variables that a file of tests takes from this machine.
    fn lent(&self, options: &RunOptions) -> Result<BTreeMap<String, String>, String> {
        let mut env = BTreeMap::new();
        if !options.env_file.is_empty() {
            let name = &options.env_file;
            let failed = |error: std::io::Error| format!("`{name}` cannot be read: {error}");
            let file = std::fs::File::open(self.world.path(name)).map_err(failed)?;
            let bytes = kit::read_bounded(file, MAX_FILE).map_err(failed)?;
            let text = String::from_utf8_lossy(&bytes);
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            for line in lines {
                match line.split_once('=') {
                    Some((key, value)) => drop(env.insert(key.to_owned(), value.to_owned())),
                    None => {
                        env.extend(self.world.env.get(line).map(|value| (line.to_owned(), value.clone())));
                    }
                }
            }
        }
        let named = options.env_vars.iter();
        env.extend(named.filter_map(|name| Some((name.clone(), self.world.env.get(name)?.clone()))));
        Ok(env)
    }

    /// `host:container[:ro]`.
    fn mount(&self, text: &str) -> Result<Mount, String> {
        let mut parts = text.split(':');
        let (Some(source), Some(target)) = (parts.next(), parts.next().filter(|path| path.starts_with('/')))
        else {
            return Err(format!("`{text}` is no mount: it must be `HOST:/CONTAINER`"));
        };
        let readonly = parts.any(|word| word.split(',').any(|word| word == "ro"));
        Ok(Mount {
            target: target.to_owned(),
            kind: MountKind::Bind { source: self.world.path(source) },
            readonly,
        })
    }
}
