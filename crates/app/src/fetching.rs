//! The fetcher of a build: its trust, its proxies, its secrets and its agents.

use std::collections::BTreeMap;
use std::path::PathBuf;

use build_engine::{Secret, Told};
use fetch::Fetcher;

use crate::World;
use crate::build::Observer;

/// Variables that the git program gets.
const GIT_VARIABLES: &[&str] = &["PATH", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/// What a build lends to servers.
pub(crate) struct Lent<'a> {
    pub(crate) secrets: &'a BTreeMap<String, Secret>,
    pub(crate) ssh: &'a BTreeMap<String, PathBuf>,
    pub(crate) ca_bundle: Option<PathBuf>,
}

/// A fetcher that keeps repositories in the store.
pub(crate) fn fetcher(world: &World, lent: &Lent<'_>) -> Fetcher {
    let mut net = world.registry.net();
    net.ca_bundles.extend(lent.ca_bundle.clone());
    let wanted =
        |name: &&String| GIT_VARIABLES.iter().any(|variable| variable.eq_ignore_ascii_case(name.as_str()));
    let env = world.env.keys().filter(wanted).map(|name| (name.clone(), world.env[name].clone())).collect();
    let secrets = lent.secrets.iter().map(|(name, secret)| (name.clone(), secret.value.clone())).collect();
    let own = world.env.get("HOME").map(|home| PathBuf::from(home).join(".ssh/known_hosts"));
    let known_hosts = own.into_iter().chain([PathBuf::from("/etc/ssh/ssh_known_hosts")]);
    Fetcher::new(fetch::Config {
        net,
        cache: world.store_root.join("git"),
        env,
        secrets,
        ssh: lent.ssh.clone(),
        known_hosts: known_hosts.filter(|path| path.is_file()).collect(),
    })
}

/// Does something that fetches before there is a plan, and tells the observer of it.
pub(crate) fn telling<T>(
    world: &World,
    observer: &dyn Observer,
    what: &str,
    work: impl FnOnce(&Told<'_>) -> T,
) -> T {
    let say = |text: Option<&str>| match text {
        None => observer.fetching(&format!("fetching {what}")),
        Some(text) => observer.fetching(text),
    };
    work(&Told::new(&say, world.cancel))
}
