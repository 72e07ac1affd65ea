//! XML (W3C, "XML 1.0") as elements and texts: what is needed to find values by their path. Attributes, entities that a document
//! declares and everything else are passed over; nothing is ever loaded.

/// A part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// An element begins; its name has no prefix.
    Begin(&'a str),
    /// Text as written.
    Text(&'a str),
    /// The innermost element ends.
    End,
}

/// Deeper elements end the document.
const MAX_DEPTH: usize = 100;

/// The parts of a document in order.
pub(crate) struct Events<'a> {
    rest: &'a str,
    /// An element without content has ended, too.
    ends: bool,
    depth: usize,
}

impl<'a> Events<'a> {
    /// Those of a text.
    pub(crate) fn of(text: &'a str) -> Self {
        Self { rest: text, ends: false, depth: 0 }
    }

    /// Passes over something that ends so.
    fn skip(&mut self, end: &str) {
        self.rest = self.rest.split_once(end).map_or("", |(_, rest)| rest);
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            if std::mem::take(&mut self.ends) {
                self.depth = self.depth.saturating_sub(1);
                return Some(Event::End);
            }
            let Some(tag) = self.rest.strip_prefix('<') else {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return (!text.is_empty()).then_some(Event::Text(text));
            };
            if let Some(text) = tag.strip_prefix("![CDATA[") {
                let (text, rest) = text.split_once("]]>").unwrap_or((text, ""));
                self.rest = rest;
                return Some(Event::Text(text));
            }
            if tag.starts_with("!--") {
                self.skip("-->");
            } else if tag.starts_with(['!', '?']) {
                self.skip(">");
            } else {
                let (tag, rest) = tag.split_once('>')?;
                self.rest = rest;
                if tag.starts_with('/') {
                    self.depth = self.depth.saturating_sub(1);
                    return Some(Event::End);
                }
                self.depth += 1;
                self.ends = tag.ends_with('/');
                let name = tag.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
                let name = name.rsplit(':').next().unwrap_or_default();
                return (self.depth <= MAX_DEPTH).then_some(Event::Begin(name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Events};

    #[test]
    fn documents_are_elements_and_texts() {
        let found: Vec<_> =
            Events::of("<?xml?><a x='1'><b/><!-- <c> -->t<n:d><![CDATA[<]]></n:d></a>").collect();
        let (begin, text) = (Event::Begin, Event::Text);
        let end = Event::End;
        assert_eq!(found, [begin("a"), begin("b"), end, text("t"), begin("d"), text("<"), end, end]);
        assert_eq!(Events::of(&"<a>".repeat(1000)).count(), 100);
        assert_eq!(Events::of("<a").count(), 0);
    }
}
