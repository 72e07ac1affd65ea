//! The header of a package (rpm, "Package format", header structure): an index of tags, and the data that they refer to.

/// Most entries that a header can have, and values of an entry.
const MAX_ENTRIES: usize = 64 << 10;
const MAX_VALUES: usize = 1 << 20;

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Name = 1000,
    Version = 1001,
    Release = 1002,
    Epoch = 1003,
    License = 1014,
    Architecture = 1022,
    Source = 1044,
    /// For each file the number of its directory.
    DirectoryNumbers = 1116,
    BaseNames = 1117,
    Directories = 1118,
    /// The stream of a module with its build.
    Module = 5096,
}

/// A header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header<'a> {
    index: &'a [u8],
    data: &'a [u8],
}

impl<'a> Header<'a> {
    /// Of the bytes of a header, as it is in databases: without what begins it in packages.
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        let entries = super::number(bytes, 0, 4, true);
        let length = super::number(bytes, 4, 4, true);
        if entries == 0 || entries > MAX_ENTRIES {
            return None;
        }
        let (index, rest) = bytes.get(8..)?.split_at_checked(16 * entries)?;
        Some(Self { index, data: rest.get(..length)? })
    }

    /// Where the data of a tag begins, and how many values it has, when it is of one of these kinds.
    fn find(&self, tag: Tag, kinds: &[usize]) -> Option<(&'a [u8], usize)> {
        let field = |entry: &[u8], at: usize| super::number(entry, at, 4, true);
        let entry = self.index.chunks_exact(16).find(|entry| field(entry, 0) == tag as usize)?;
        let count = field(entry, 12).min(MAX_VALUES);
        kinds.contains(&field(entry, 4)).then_some((self.data.get(field(entry, 8)..)?, count))
    }

    /// A text; the first where there are several.
    pub(crate) fn text(&self, tag: Tag) -> Option<String> {
        self.texts(tag).next().map(|text| String::from_utf8_lossy(text).into_owned())
    }

    /// Texts.
    pub(crate) fn texts(&self, tag: Tag) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (data, count) = self.find(tag, &[6, 8, 9]).unwrap_or_default();
        // What follows the last of them is of other tags.
        data.split(|byte| *byte == 0).take(count)
    }

    /// Numbers.
    pub(crate) fn numbers(&self, tag: Tag) -> impl Iterator<Item = usize> + use<'a> {
        let (data, count) = self.find(tag, &[4]).unwrap_or_default();
        data.chunks_exact(4).take(count).map(|bytes| super::number(bytes, 0, 4, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpm::tests::header;

    #[test]
    fn entries_are_found_by_their_tags() {
        let bytes = header(&[(1000, &["a"]), (1118, &["/x/", "/y/"]), (1117, &["f"])], &[(1003, &[7])]);
        let header = Header::of(&bytes).unwrap();
        assert_eq!(header.text(Tag::Name).as_deref(), Some("a"));
        assert_eq!(header.texts(Tag::Directories).collect::<Vec<_>>(), [b"/x/", b"/y/"]);
        assert_eq!(header.texts(Tag::BaseNames).collect::<Vec<_>>(), [b"f"]);
        assert_eq!((header.numbers(Tag::Epoch).next(), header.text(Tag::Source)), (Some(7), None));
        for len in 0..bytes.len() {
            assert!(Header::of(&bytes[..len]).is_none());
        }
    }
}
