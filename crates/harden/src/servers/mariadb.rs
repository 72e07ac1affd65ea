//! `MariaDB` and `MySQL`: a start script as root that becomes the user of the server.

use super::Server;

pub(crate) static SERVER: Server = Server {
    name: "mariadb",
    programs: &["mariadbd", "mysqld", "mysqld_safe"],
    capabilities: &[
        ("CHOWN", "its start script gives its files to its user"),
        ("DAC_OVERRIDE", "its start script looks into files of its user"),
        ("SETGID", "its start script becomes another group"),
        ("SETUID", "its start script becomes another user"),
    ],
    needs_root: None,
    writes: &[("/run/mysqld", "its socket"), ("/var/run/mysqld", "its socket")],
    memory: 1024,
};
