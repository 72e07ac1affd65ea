//! Writes the manual page of each language, or of each provider, into a directory: `cargo xtask docs` runs it for `docs/init` and
//! `docs/ci`.

use std::path::PathBuf;

#[expect(clippy::print_stderr, reason = "a developer's command, not library code")]
fn main() -> std::io::Result<()> {
    let Some(dir) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: starter_pages DIRECTORY");
        return Err(std::io::ErrorKind::InvalidInput.into());
    };
    if dir.ends_with("ci") {
        kit::write_pages(&dir, cooper_scaffold::providers().iter().map(|one| (one.name, one.page())))
    } else {
        kit::write_pages(&dir, cooper_scaffold::languages().iter().map(|one| (one.name, one.page())))
    }
}
