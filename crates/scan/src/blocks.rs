//! The `[[package]]` tables of lock files in TOML that tools write themselves: one key a line, in their own order. Nothing else of
//! TOML is understood.

/// A table: its keys with their values as written.
pub(crate) struct Block<'a> {
    fields: Vec<(&'a str, &'a str)>,
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
            if line.starts_with('[') {
                let is_one = begins.iter().any(|begin| begin == line.trim());
                let next = is_one.then(|| Block { fields: Vec::new() });
                if let Some(whole) = std::mem::replace(&mut open, next) {
                    return Some(whole);
                }
            } else if let (Some(block), Some((key, value))) = (&mut open, line.split_once('='))
                && !line.starts_with([' ', '\t'])
            {
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
        let text = "version = 3\n[[package]]\nname = \"a\"\nversion = '1' # \"2\"\nlist = [\n  \"name = x\",\n]\n[package.source]\nname = \"no\"\n[[package]]\nname = \"b\"\n";
        let all: Vec<_> = blocks(text, "package").collect();
        let names: Vec<_> = all.iter().map(|block| (block.text("name"), block.text("version"))).collect();
        assert_eq!(names, [(Some("a"), Some("1")), (Some("b"), None)]);
    }
}
