//! What known servers need, one file each: facts of the servers and of the images that carry them.

use crate::program::Start;

kit::table! {
    Server;
    apache::SERVER,
    mariadb::SERVER,
    nginx::SERVER,
    postgres::SERVER,
    redis::SERVER,
}

/// A server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its name.
    pub(crate) name: &'static str,
    /// Programs that start it.
    pub(crate) programs: &'static [&'static str],
    /// Capabilities, and what for, when it begins as root.
    pub(crate) capabilities: &'static [(&'static str, &'static str)],
    /// Why it begins as root where the image says root.
    pub(crate) needs_root: Option<&'static str>,
    /// Directories that it writes to, and what.
    pub(crate) writes: &'static [(&'static str, &'static str)],
    /// Megabytes of memory that it wants.
    pub(crate) memory: u32,
}

/// The server that an image starts.
pub(crate) fn find(start: &Start<'_>) -> Option<&'static Server> {
    ALL.iter().copied().find(|server| server.programs.iter().any(|program| start.names(program)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ALL, MODULES};

    #[test]
    fn the_table_lists_every_file_and_servers_are_called_as_their_files() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/servers");
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        files.retain(|file| file != "mod");
        files.sort();
        assert_eq!(files, MODULES);
        assert_eq!(ALL.iter().map(|server| server.name).collect::<Vec<_>>(), MODULES);
    }
}
