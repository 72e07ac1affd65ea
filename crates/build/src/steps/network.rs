//! The network of steps: one private network for a whole build, started by the first step that needs it.

use std::net::IpAddr;

use plan::{Exec, NetworkMode, NodeId};
use sandbox::{Network, PrivateNetwork};

use crate::EventKind;
use crate::engine::Engine;

impl Engine<'_> {
    /// What a step can reach.
    pub(super) fn network(&self, id: NodeId, exec: &Exec) -> Network {
        let mode = match exec.network {
            NetworkMode::Default => self.options.network,
            chosen => chosen,
        };
        match mode {
            NetworkMode::None => Network::None,
            NetworkMode::Host => Network::Host,
            NetworkMode::Default => self.private.get_or_init(|| self.private_network(id)).clone(),
        }
    }

    /// The network of all steps that do not choose another; the host's, said once, where there is a reason.
    fn private_network(&self, id: NodeId) -> Network {
        let reason = match self.local_proxy() {
            Some(name) => format!("the proxy in `{name}` listens only on this machine"),
            None => match PrivateNetwork::start() {
                Ok(network) => return Network::Private(network),
                Err(error) => error.to_string(),
            },
        };
        let text = format!("steps use the host's network: {reason} (`--network host` asks for it)");
        self.event(id, EventKind::Note(text));
        Network::Host
    }

    /// A lent variable whose proxy a private network could not reach.
    fn local_proxy(&self) -> Option<&str> {
        let mut lent = self.options.lent_env.iter();
        let found = lent.find(|(name, value)| !name.eq_ignore_ascii_case("no_proxy") && is_local(value));
        found.map(|(name, _)| name.as_str())
    }
}

/// Whether a URL, or `HOST:PORT`, names the loopback interface.
fn is_local(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn proxies_on_the_loopback_interface_are_known() {
        let check = |url: &str, expect: bool| assert_eq!(is_local(url), expect, "{url}");
        check("http://127.0.0.1:3128", true);
        check("http://user:p@ss@localhost:3128/", true);
        check("socks5h://[::1]:1080", true);
        check("LOCALHOST:8080", true);
        check("http://192.0.2.7:3128", false);
        check("http://proxy.example/127.0.0.1", false);
        check("http://localhost.example:1", false);
        check("", false);
    }
}
