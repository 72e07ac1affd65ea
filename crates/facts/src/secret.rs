//! A secret where it should not be. The value itself is never among the facts.

use serde::Serialize;

use crate::{Origin, Risk};

/// A secret in an image or a directory.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// The rule that found it.
    pub rule: String,
    /// What it is: a fragment.
    pub description: String,
    /// How bad it is.
    pub severity: Risk,
    /// Where it is.
    #[serde(flatten)]
    pub place: SecretPlace,
    /// Length of the value in bytes.
    pub length: usize,
    /// Tells values apart and gives none away.
    pub mark: String,
    /// What a `.gitleaksignore` calls it.
    pub fingerprint: String,
    /// The step that brought it, of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The layer, from 1, that hides the file. The secret is in the image all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden_by: Option<usize>,
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum SecretPlace {
    /// In a file.
    File {
        /// Its path: with a leading `/` in an image.
        path: String,
        /// Line, from 1; 0 where the path alone tells it.
        line: u32,
        /// Last line.
        #[serde(rename = "endLine")]
        end_line: u32,
        /// Column in bytes, from 1.
        column: u32,
    },
    /// In a variable of the image's environment.
    Variable {
        /// Its name.
        name: String,
    },
    /// In a label.
    Label {
        /// Its name.
        name: String,
    },
    /// In the command, entry point or health check.
    Command {
        /// Its key in the configuration.
        name: String,
    },
    /// In the history of the image.
    History {
        /// The entry, from 1.
        entry: usize,
    },
    /// In a build argument, which the history tells.
    Argument {
        /// Its name.
        name: String,
        /// The entry of the history, from 1.
        entry: usize,
    },
}

impl SecretPlace {
    /// In a few words.
    pub fn text(&self) -> String {
        match self {
            Self::File { path, line: 0, .. } => path.clone(),
            Self::File { path, line, .. } => format!("{path}:{line}"),
            Self::Variable { name } => format!("ENV {name}"),
            Self::Label { name } => format!("LABEL {name}"),
            Self::Command { name } => format!("configuration: {name}"),
            Self::History { entry } => format!("history: entry {entry}"),
            Self::Argument { name, entry } => format!("history: entry {entry}, build argument {name}"),
        }
    }
}
