//! What was found out about an item of a benchmark or a checklist.

use serde::Serialize;

/// An item with what was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compliance {
    /// Its number in its document, as `CIS 4.1`.
    pub number: &'static str,
    /// Its name in kebab-case.
    pub name: &'static str,
    /// What it asks for, in a few words.
    pub title: &'static str,
    /// Whether a program can say that it is passed.
    pub automated: bool,
    /// What was found out.
    pub status: ComplianceStatus,
    /// What that rests on.
    pub evidence: Vec<Proof>,
    /// What a person has to look at, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
}

/// What was found out about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComplianceStatus {
    /// What is asked for is so.
    Passed,
    /// Something speaks against it.
    Failed,
    /// A person has to look.
    ByHand,
}

impl ComplianceStatus {
    /// In a word or two.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::ByHand => "by hand",
        }
    }
}

/// Evidence: where, and what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// A file with its line, a path of the image, a field of the configuration.
    pub place: String,
    /// What is so there.
    pub message: String,
}
