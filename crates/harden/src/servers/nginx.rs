//! nginx: a main process as root, workers as another user; its variant without root needs nothing of that.

use super::Server;

pub(crate) static SERVER: Server = Server {
    name: "nginx",
    programs: &["nginx"],
    capabilities: &[
        ("CHOWN", "its main process gives caches to its workers"),
        ("SETGID", "its workers become another group"),
        ("SETUID", "its workers become another user"),
    ],
    needs_root: Some("its main process opens the port as root, and its workers become another user"),
    writes: &[
        ("/var/cache/nginx", "its caches"),
        ("/var/lib/nginx", "its caches"),
        ("/var/log/nginx", "its logs"),
    ],
    memory: 256,
};
