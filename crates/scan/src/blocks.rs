//! The `[[package]]` tables of lock files in TOML that tools write themselves: one key a line, in their own order. Nothing else of
//! TOML is understood.

/// A table: its keys with their values as written.
pub(crate) struct Block<'a> {
    fields: Vec<(&'a str, &'a str)>,
    /// Blanks before its head: people indent tables, and what is deeper is a part of a value.
    depth: usize,
}

impl<'a> Block<'a> {
    /// The text of a key.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        let value = self.raw(name)?;
        let quote = value.chars().next().filter(|first| ['"', '\''].contains(first))?;
        // A comment may follow.
        value[1..].split_once(quote).map(|(text, _)| text)
    }

    /// The value of a key as written.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// All tables of a name, whether it may have several or one.
pub(crate) fn blocks<'a>(text: &'a str, name: &str) -> impl Iterator<Item = Block<'a>> + use<'a> {
    let begins = [format!("[[{name}]]"), format!("[{name}]")];
    let mut lines = text.lines();
    let mut open: Option<Block<'a>> = None;
    std::iter::from_fn(move || {
        for line in lines.by_ref() {
            let depth = line.len() - line.trim_start().len();
            let is_one = begins.iter().any(|begin| begin == line.trim());
            if !is_one && open.as_ref().is_some_and(|block| block.depth < depth) {
                continue;
            }
            if line.trim_start().starts_with('[') {
                let next = is_one.then(|| Block { fields: Vec::new(), depth });
                if let Some(whole) = std::mem::replace(&mut open, next) {
                    return Some(whole);
                }
            } else if let (Some(block), Some((key, value))) = (&mut open, line.split_once('=')) {
                block.fields.push((key.trim(), value.trim()));
            }
        }
        open.take()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_end_at_the_next_one() {
        let text = "version = 3\n[[package]]\nname = \"a\"\nversion = '1' # \"2\"\nlist = [\n  \"name = x\",\n]\n[package.source]\nname = \"no\"\n[[package]]\nname = \"b\"\n  [package.source]\n  version = \"no\"\n\
                    \x20 [[package]]\n  name = \"c\"\n    [\"no\"],\n  version = \"3\"\n";
        let all: Vec<_> = blocks(text, "package").collect();
        let names: Vec<_> = all.iter().map(|block| (block.text("name"), block.text("version"))).collect();
        assert_eq!(names, [(Some("a"), Some("1")), (Some("b"), None), (Some("c"), Some("3"))]);
    }
}
