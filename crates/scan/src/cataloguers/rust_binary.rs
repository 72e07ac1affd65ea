//! Rust crates that are linked into a program which was built by `cargo auditable`: compressed JSON in the section `.dep-v0`. Crates that
//! only the build used are left out.

use std::io::Read;

use facts::{Ecosystem, Package};
use serde::Deserialize;

use crate::content::Content;
use crate::program::{Program, parts_of};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "rust-binary",
    revision: 3,
    files: &[Pattern::Program],
    reads: Reads::Installed,
    read,
};

/// Longer lists are not read.
const MAX_LIST: u64 = 4 << 20;

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    packages: Vec<Crate>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    kind: Option<String>,
}

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let parts = parts_of(file.content);
    for content in if parts.is_empty() { std::slice::from_ref(file.content) } else { &parts } {
        linked(content, found);
    }
    found.packages.sort();
    found.packages.dedup();
}

fn linked(content: &Content, found: &mut Found) {
    let Ok(Some(program)) = Program::open(content) else { return };
    let Some(part) = program.find(&[".dep-v0"]) else { return };
    let Ok(bytes) = program.bytes(part, MAX_LIST) else { return };
    let mut text = Vec::new();
    let inflate = flate2::read::ZlibDecoder::new(bytes.as_slice());
    if let Err(error) = kit::LimitReader::new(inflate, MAX_LIST).read_to_end(&mut text) {
        return found.unread(error);
    }
    match serde_json::from_slice::<List>(&text) {
        Ok(list) => {
            let linked = list
                .packages
                .into_iter()
                .filter(|one| one.kind.as_deref().is_none_or(|kind| kind == "runtime"));
            linked.for_each(|one| {
                let local = one.source == "local";
                found.push(Package { local, ..Package::new(Ecosystem::Cargo, one.name, one.version) });
            });
        }
        Err(error) => found.unread(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::cataloguers::go_binary::tests::elf;
    use crate::cataloguers::tests::check;

    #[test]
    fn linked_crates_are_read() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(br#"{"packages": [{"name": "a", "version": "1.0.0", "source": "crates.io"}, {"name": "b", "version": "2.0.0", "source": "local", "kind": "build"}, {"name": "c", "version": "0.1.0", "source": "local", "root": true}]}"#).unwrap();
        check(&CATALOGUER, "a", elf(".dep-v0", &zlib.finish().unwrap()), &["a 1.0.0", "c 0.1.0"]);
        check(&CATALOGUER, "a", elf(".dep-v0", b"x"), &[]);
    }
}
