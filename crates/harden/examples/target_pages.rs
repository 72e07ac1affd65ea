//! Writes the manual page of each target into a directory: `cargo xtask docs` runs it for `docs/harden`.

use std::path::PathBuf;

#[expect(clippy::print_stderr, reason = "a developer's command, not library code")]
fn main() -> std::io::Result<()> {
    let Some(dir) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: target_pages DIRECTORY");
        return Err(std::io::ErrorKind::InvalidInput.into());
    };
    kit::write_pages(&dir, cooper_harden::targets().iter().map(|one| (one.name, one.page())))
}
