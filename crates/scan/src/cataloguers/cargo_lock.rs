//! What a project takes from Rust's registries: `Cargo.lock`. Crates of the project itself are listed, too, as Cargo does.

use facts::{Ecosystem, Package};

use crate::blocks::blocks;
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "cargo-lock",
    revision: 4,
    files: &[Pattern::Name("Cargo.lock")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    // Old files have the crate itself in a table of its own.
    for block in blocks(&text, "root").chain(blocks(&text, "package")) {
        if let (Some(name), Some(version)) = (block.text("name"), block.text("version")) {
            let local = block.text("source").is_none();
            found.push(Package { local, ..Package::new(Ecosystem::Cargo, name, version) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn crates_are_read() {
        let text = "version = 3\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\ndependencies = [\n \"b\",\n]\n";
        check(&CATALOGUER, "Cargo.lock", text, &["a 1.0.0"]);
        check(
            &CATALOGUER,
            "Cargo.lock",
            "[root]\nname = \"r\"\nversion = \"0.1.0\"\n\n[[package]]\n",
            &["r 0.1.0"],
        );
    }
}
