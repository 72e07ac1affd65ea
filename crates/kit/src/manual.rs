//! Pages of the manual, which stand at the head of the files that they are about.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// The text at the head of a source file, without the marks of comments.
pub fn manual(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
}

/// A page with facts below its title.
pub fn with_facts(manual: &str, facts: &str) -> String {
    let (title, rest) = manual.split_once('\n').unwrap_or((manual, ""));
    format!("{title}\n\n{facts}\n{rest}")
}

/// Writes each page, `<name>.md`, into a directory, and removes what else is there.
///
/// # Errors
/// When the directory cannot be written.
pub fn write_pages(dir: &Path, pages: impl Iterator<Item = (&'static str, String)>) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let mut names = BTreeSet::new();
    for (name, page) in pages {
        let name = format!("{name}.md");
        std::fs::write(dir.join(&name), page)?;
        names.insert(name);
    }
    for item in std::fs::read_dir(dir)? {
        let item = item?;
        if !names.contains(&item.file_name().to_string_lossy().into_owned()) {
            std::fs::remove_file(item.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_what_stands_at_the_head() {
        let page = manual("//! # name\n//!\n//! text\n\nuse x;\n//! no\n");
        assert_eq!(page, "# name\n\ntext\n");
        assert_eq!(with_facts(&page, "`A`"), "# name\n\n`A`\n\ntext\n");
    }
}
