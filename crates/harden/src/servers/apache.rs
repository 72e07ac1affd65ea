//! The Apache server: a main process as root, workers as another user.

use super::Server;

pub(crate) static SERVER: Server = Server {
    name: "apache",
    programs: &["httpd", "httpd-foreground", "apache2", "apache2-foreground", "apache2ctl"],
    capabilities: &[
        ("SETGID", "its workers become another group"),
        ("SETUID", "its workers become another user"),
    ],
    needs_root: Some("its main process opens the port as root, and its workers become another user"),
    writes: &[
        ("/usr/local/apache2/logs", "its number and its logs"),
        ("/var/run/apache2", "its number and its lock"),
        ("/var/lock/apache2", "its lock"),
    ],
    memory: 256,
};
