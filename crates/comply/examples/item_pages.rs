//! Writes the manual page of each item into a directory: `cargo xtask docs` runs it for `docs/compliance`.

use std::path::PathBuf;

#[expect(clippy::print_stderr, reason = "a developer's command, not library code")]
fn main() -> std::io::Result<()> {
    let Some(dir) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: item_pages DIRECTORY");
        return Err(std::io::ErrorKind::InvalidInput.into());
    };
    kit::write_pages(&dir, cooper_comply::items().iter().map(|one| (one.name, one.page())))
}
