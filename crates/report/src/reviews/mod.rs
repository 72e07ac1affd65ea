//! Output formats of what benchmarks ask for, one file each.

use std::io;

use facts::{Compliance, ComplianceStatus};

kit::table! {
    ReviewFormat;
    json::FORMAT,
    markdown::FORMAT,
    text::FORMAT,
}

/// What was found out about the items of benchmarks.
#[derive(Debug, Clone, Copy)]
pub struct Review<'a> {
    /// What was looked at, as it was asked for.
    pub subject: &'a str,
    /// The items, in the order of their documents.
    pub items: &'a [Compliance],
    /// What is to be known of the answer.
    pub notes: &'a [String],
}

impl Review<'_> {
    pub(crate) fn count(&self, status: ComplianceStatus) -> usize {
        self.items.iter().filter(|item| item.status == status).count()
    }

    /// How many passed, failed, and need a person.
    pub(crate) fn summary(&self) -> String {
        let count = |status| self.count(status);
        format!(
            "{} passed, {} failed, {} to be looked at by hand",
            count(ComplianceStatus::Passed),
            count(ComplianceStatus::Failed),
            count(ComplianceStatus::ByHand)
        )
    }
}

/// An output format of what benchmarks ask for.
#[derive(Debug)]
pub struct ReviewFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its media type (RFC 6838).
    pub media_type: &'static str,
    /// Writes what was found out.
    pub render: fn(&Review<'_>, &mut dyn io::Write) -> io::Result<()>,
}

/// The format of a name.
pub fn review_format(name: &str) -> Option<&'static ReviewFormat> {
    review_formats().iter().copied().find(|format| format.name == name)
}

/// All formats, by name.
pub fn review_formats() -> &'static [&'static ReviewFormat] {
    ALL
}

#[cfg(test)]
mod tests {
    use facts::Proof;

    use super::*;

    #[test]
    fn formats_are_called_as_their_files() {
        assert_eq!(ALL.iter().map(|format| format.name).collect::<Vec<_>>(), MODULES);
    }

    #[test]
    fn items_show_their_evidence() {
        let item = |number, status, evidence: Vec<Proof>, by_hand: Option<&str>| Compliance {
            number,
            name: "x",
            title: "is fine",
            automated: by_hand.is_none(),
            status,
            evidence,
            by_hand: by_hand.map(str::to_owned),
        };
        let proof = Proof { place: "Dockerfile:3".to_owned(), message: "it is | not".to_owned() };
        let items = [
            item("CIS 4.1", ComplianceStatus::Failed, vec![proof], None),
            item("OWASP 0", ComplianceStatus::ByHand, Vec::new(), Some("the kernel")),
        ];
        let review = Review { subject: "app", items: &items, notes: &[] };
        let rendered = |name| {
            let mut out = Vec::new();
            (review_format(name).unwrap().render)(&review, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let text = rendered("text");
        assert!(
            text.contains("failed   CIS 4.1    is fine\n             Dockerfile:3: it is | not\n"),
            "{text}"
        );
        assert!(text.ends_with("0 passed, 1 failed, 1 to be looked at by hand\n"), "{text}");
        let table = rendered("markdown");
        assert!(
            table.contains("| CIS 4.1 | is fine | failed | automated | Dockerfile:3: it is \\| not |"),
            "{table}"
        );
        let value: serde_json::Value = serde_json::from_str(&rendered("json")).unwrap();
        assert_eq!(value["items"][1]["status"], "by-hand");
        assert_eq!(value["items"][0]["evidence"][0]["place"], "Dockerfile:3");
    }
}
