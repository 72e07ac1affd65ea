//! The sources, one file each. The text at the head of a file is its page of the manual.

use crate::import::Sink;

/// A kind of document with advisories.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its documents are called in messages.
    pub(crate) title: &'static str,
    /// Whether a file is one of its documents, by its name and its bytes.
    pub(crate) knows: fn(&str, &[u8]) -> bool,
    /// Reads a document; why it cannot be read.
    pub(crate) read: fn(&[u8], &mut Sink<'_>) -> Result<(), String>,
}

kit::table! {
    Source;
    debian::SOURCE,
    epss::SOURCE,
    kev::SOURCE,
    osv::SOURCE,
    rustsec::SOURCE,
    secdb::SOURCE,
}

/// Whether a text is JSON that has a key near its beginning.
fn json_with(bytes: &[u8], key: &str) -> bool {
    const NEAR: usize = 256 << 10;
    let begin = &bytes[..bytes.len().min(NEAR)];
    let quoted = format!("\"{key}\"");
    begin.trim_ascii_start().starts_with(b"{")
        && begin.windows(quoted.len()).any(|part| part == quoted.as_bytes())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use super::MODULES;
    use crate::{Importer, Shard};

    #[test]
    fn the_table_lists_every_file() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources");
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        files.retain(|file| file != "mod");
        files.sort();
        assert_eq!(files, MODULES);
    }

    /// The texts that a document has for a vulnerability.
    pub(crate) fn noted(name: &str, document: &str, shard: &str, id: &str) -> Vec<String> {
        let mut importer = Importer::default();
        assert!(importer.document(name, document.as_bytes()).unwrap(), "it is known");
        let shards = importer.finish();
        let (_, _, bytes) = shards.iter().find(|(name, ..)| name == shard).unwrap();
        Shard::open(bytes).unwrap().find(id).unwrap().into_iter().map(|one| one.summary).collect()
    }

    /// What a document says of a package in a shard, each as `id risk introduced..fixed|last summary`.
    pub(crate) fn said(name: &str, document: &str, shard: &str, package: &str) -> Vec<String> {
        let mut importer = Importer::default();
        assert!(importer.document(name, document.as_bytes()).unwrap(), "it is known");
        let shards = importer.finish();
        let Some((_, _, bytes)) = shards.iter().find(|(name, ..)| name == shard) else { return Vec::new() };
        let found = Shard::open(bytes).unwrap().find(package).unwrap();
        let lines = found.iter().map(|one| {
            let bounds = one.bounds.iter().map(|bounds| {
                let last = if bounds.last.is_empty() { String::new() } else { format!("={}", bounds.last) };
                format!(" {}..{}{last}", bounds.introduced, bounds.fixed)
            });
            let versions =
                if one.versions.is_empty() { String::new() } else { format!(" {}", one.versions.join(",")) };
            format!("{} {}{}{versions}", one.id, one.risk, bounds.collect::<String>())
        });
        lines.collect()
    }
}
