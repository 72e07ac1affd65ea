//! `PostgreSQL`: a start script as root that becomes the user of the server.

use super::Server;

pub(crate) static SERVER: Server = Server {
    name: "postgres",
    programs: &["postgres"],
    capabilities: &[
        ("CHOWN", "its start script gives its files to its user"),
        ("DAC_OVERRIDE", "its start script looks into files of its user"),
        ("FOWNER", "its start script sets modes of files of its user"),
        ("SETGID", "its start script becomes another group"),
        ("SETUID", "its start script becomes another user"),
    ],
    needs_root: None,
    writes: &[("/run/postgresql", "its socket"), ("/var/run/postgresql", "its socket")],
    memory: 1024,
};
