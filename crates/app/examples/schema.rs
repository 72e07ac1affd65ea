//! Writes the JSON schema of `cooper.toml` to a file: `cargo xtask docs` runs it.

#[expect(clippy::print_stderr, reason = "a developer's command, not library code")]
fn main() -> std::io::Result<()> {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: schema FILE");
        return Err(std::io::ErrorKind::InvalidInput.into());
    };
    std::fs::write(path, format!("{:#}\n", cooper_app::schema::cooper_toml()))
}
