//! Documents with advisories, out of files, directories and archives.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use store::{LayerTar, TarKind};

/// Larger documents than this are not read.
const MAX_DOCUMENT: u64 = 1 << 30;

/// Gives each document below a path to `each`, with its name.
pub(super) fn read_path(path: &Path, each: &mut dyn FnMut(&str, &[u8])) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        return entries
            .iter()
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_file()))
            .try_for_each(|entry| read_path(&entry.path(), each));
    }
    if store::is_tar_file(path)? {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut tar = LayerTar::of_section(std::sync::Arc::new(file.into()), 0, size)?;
        while let Some(header) = tar.next()? {
            if header.kind == TarKind::File {
                let bytes = kit::read_bounded(&mut tar, MAX_DOCUMENT)?;
                each(&image::path_to_string(&header.path), &bytes);
            }
        }
        return Ok(());
    }
    let content = ::scan::Content::of_file(File::open(path)?)?;
    let mut head = [0; 4];
    if content.read_at(0, &mut head)? == 4 && head == *b"PK\x03\x04" {
        let zip = ::scan::Zip::open(&content)?;
        for entry in zip.entries().iter().filter(|entry| !entry.name.ends_with('/')) {
            let bytes = zip.read(entry, MAX_DOCUMENT)?.all(MAX_DOCUMENT)?;
            each(&entry.name, &bytes);
        }
        return Ok(());
    }
    // A single document can be compressed, too.
    let mut bytes = Vec::new();
    kit::LimitReader::new(store::decompress(File::open(path)?)?, MAX_DOCUMENT).read_to_end(&mut bytes)?;
    each(name.strip_suffix(".gz").unwrap_or(&name), &bytes);
    Ok(())
}
