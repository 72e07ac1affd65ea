//! Redis and Valkey: a start script as root that becomes the user of the server.

use super::Server;

pub(crate) static SERVER: Server = Server {
    name: "redis",
    programs: &["redis-server", "valkey-server"],
    capabilities: &[
        ("CHOWN", "its start script gives its files to its user"),
        ("SETGID", "its start script becomes another group"),
        ("SETUID", "its start script becomes another user"),
    ],
    needs_root: None,
    writes: &[],
    memory: 512,
};
