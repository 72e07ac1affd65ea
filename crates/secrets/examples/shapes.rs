//! Writes the table of how the rules of this program are found: `cargo xtask docs` runs it.

use std::path::PathBuf;

#[expect(clippy::print_stderr, reason = "a developer's command, not library code")]
fn main() -> std::io::Result<()> {
    let Some(file) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: shapes FILE");
        return Err(std::io::ErrorKind::InvalidInput.into());
    };
    std::fs::write(file, cooper_secrets::builtin_shapes())
}
