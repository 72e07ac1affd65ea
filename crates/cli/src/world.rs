//! Global options, and the world that the use cases get: environment, clock, configuration, credentials.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use app::{AppError, Settings, World};
use kit::Redacted;
use registry::{Credentials, ProxySettings};
use sandbox::{Cancel, IdMap};
use store::Flavor;

/// Options of every command.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Directory of the store.
    #[arg(long, global = true, env = "COOPER_STORE", value_name = "DIR")]
    store: Option<PathBuf>,
    /// Configuration file [default: `cooper.toml` here, or the user's].
    #[arg(long, global = true, value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// Say nothing but results and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Print results as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to use colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: clap::ColorChoice,
    /// A registry that may be spoken to by plain http.
    #[arg(long, global = true, value_name = "HOST")]
    insecure_registry: Vec<String>,
}

impl Global {
    /// Whether standard error gets colour.
    pub(crate) fn color(&self) -> bool {
        self.color_on(&std::io::stderr())
    }

    /// Whether standard output gets colour.
    pub(crate) fn color_stdout(&self) -> bool {
        self.color_on(&std::io::stdout())
    }

    fn color_on(&self, stream: &impl std::io::IsTerminal) -> bool {
        match self.color {
            clap::ColorChoice::Always => true,
            clap::ColorChoice::Never => false,
            clap::ColorChoice::Auto => stream.is_terminal() && !environment().contains_key("NO_COLOR"),
        }
    }
}

/// The switch that an interrupt sets.
pub(crate) fn cancel() -> &'static Cancel {
    static CANCEL: OnceLock<Cancel> = OnceLock::new();
    CANCEL.get_or_init(Cancel::new)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment (invariant I3)")]
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock (invariant I3)")]
fn now() -> i128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| i128::try_from(time.as_nanos()).unwrap_or(0))
}

/// Whether a command writes file systems, which an ordinary user does in a user namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Only files of the user.
    Nothing,
    /// Owners and mounts.
    Namespace,
}

/// The world of a command.
pub(crate) fn make(global: &Global, needs: Needs) -> Result<World, AppError> {
    let env = environment();
    let is_root = rustix::process::geteuid().is_root();
    let store_root = store_root(global, &env, is_root)?;
    let flavor = flavor(needs, is_root)?;
    let cwd = std::env::current_dir()?;
    let mut world = World::new(store_root, flavor, cwd, cancel());
    world.settings = settings(global, &env, &world.cwd)?;
    world.registry = registry_config(global, &env, &world.settings);
    world.now = now;
    world.stdout = || Box::new(std::io::stdout());
    world.env = env;
    Ok(world)
}

/// Root works as it is; anyone else in a user namespace, with as many numbers as the machine grants.
fn flavor(needs: Needs, is_root: bool) -> Result<Flavor, AppError> {
    if is_root && in_first_namespace() {
        return Ok(Flavor::Root);
    }
    if needs == Needs::Namespace && !is_root {
        let map = sandbox::enter_user_namespace()?;
        if matches!(map, IdMap::Single { .. }) {
            human_note(
                "only one user number is available: files of other owners belong to you while building",
            );
        }
    }
    Ok(Flavor::User)
}

fn human_note(text: &str) {
    anstream::eprintln!("note: {text}");
}

/// Whether this is the machine's own user namespace, where uid 0 may do what overlayfs' trusted attributes need.
fn in_first_namespace() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().eq(["0", "0", "4294967295"])
}

fn store_root(global: &Global, env: &BTreeMap<String, String>, is_root: bool) -> Result<PathBuf, AppError> {
    if let Some(given) = &global.store {
        return Ok(std::path::absolute(given)?);
    }
    if is_root {
        return Ok(PathBuf::from("/var/lib/cooper"));
    }
    let data = env.get("XDG_DATA_HOME").filter(|path| path.starts_with('/')).map(PathBuf::from);
    let home = || env.get("HOME").map(|home| Path::new(home).join(".local/share"));
    let base = data.or_else(home).ok_or_else(|| {
        AppError::usage("there is no home directory for the store").help("name one with `--store DIR`")
    })?;
    Ok(base.join("cooper"))
}

/// The file given, else `cooper.toml` here, else the user's, else nothing.
fn settings(global: &Global, env: &BTreeMap<String, String>, cwd: &Path) -> Result<Settings, AppError> {
    if let Some(path) = &global.config_file {
        return Settings::load(path);
    }
    let config = env.get("XDG_CONFIG_HOME").map(PathBuf::from);
    let home = || env.get("HOME").map(|home| Path::new(home).join(".config"));
    let user = config.or_else(home).map(|dir| dir.join("cooper/cooper.toml"));
    let found = [Some(cwd.join("cooper.toml")), user].into_iter().flatten().find(|path| path.is_file());
    found.map_or_else(|| Ok(Settings::default()), |path| Settings::load(&path))
}

fn registry_config(global: &Global, env: &BTreeMap<String, String>, settings: &Settings) -> registry::Config {
    let variable = |lower: &str| env.get(lower).or_else(|| env.get(&lower.to_ascii_uppercase())).cloned();
    let proxy = ProxySettings {
        http: variable("http_proxy").map(Redacted::new),
        https: variable("https_proxy").map(Redacted::new),
        no_proxy: variable("no_proxy").unwrap_or_default(),
    };
    let mut insecure = settings.registry.insecure.clone();
    insecure.extend(global.insecure_registry.clone());
    registry::Config {
        insecure,
        mirrors: settings.registry.mirrors.clone(),
        ca_bundle: settings.registry.ca_bundle.clone(),
        system_roots: env.get("SSL_CERT_FILE").map(PathBuf::from),
        proxy: (proxy.http.is_some() || proxy.https.is_some()).then_some(proxy),
        credentials: credentials(env),
        ..registry::Config::default()
    }
}

/// The files in which docker and podman keep credentials.
fn credentials(env: &BTreeMap<String, String>) -> Credentials {
    let home = env.get("HOME").map(PathBuf::from);
    let docker = env.get("DOCKER_CONFIG").map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(".docker")));
    let mut files: Vec<PathBuf> = env.get("REGISTRY_AUTH_FILE").map(PathBuf::from).into_iter().collect();
    files.extend(docker.map(|dir| dir.join("config.json")));
    files.extend(env.get("XDG_RUNTIME_DIR").map(|dir| Path::new(dir).join("containers/auth.json")));
    files.extend(home.map(|dir| dir.join(".config/containers/auth.json")));
    files.into_iter().fold(Credentials::none(), Credentials::with_file)
}
