//! Writes the manual page of each rule into a directory: `cargo xtask docs` runs it for `docs/rules`.

use std::collections::BTreeSet;
use std::path::PathBuf;

#[expect(clippy::print_stderr, reason = "a developer's command, not library code")]
fn main() -> std::io::Result<()> {
    let Some(dir) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: pages DIRECTORY");
        return Err(std::io::ErrorKind::InvalidInput.into());
    };
    std::fs::create_dir_all(&dir)?;
    let mut names = BTreeSet::new();
    for rule in cooper_lint::rules() {
        let name = format!("{}.md", rule.name);
        std::fs::write(dir.join(&name), rule.page())?;
        names.insert(name);
    }
    for item in std::fs::read_dir(&dir)? {
        let item = item?;
        if !names.contains(&item.file_name().to_string_lossy().into_owned()) {
            std::fs::remove_file(item.path())?;
        }
    }
    Ok(())
}
