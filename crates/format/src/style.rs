//! What a user can choose.

/// How a Dockerfile is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// One level of the indentation of continued lines.
    pub indent: Indent,
    /// The case of keywords.
    pub keyword_case: Case,
    /// Where a chain of commands is broken.
    pub chain: Chain,
}

/// One level of indentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indent {
    /// So many blanks, from 2 to 8; other numbers count as the nearest of these.
    Spaces(u8),
    /// A tab.
    Tab,
}

/// The case of the words of the language: the names of instructions, AS, CMD and NONE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Case {
    /// `FROM a AS b`
    #[default]
    Upper,
    /// `from a as b`
    Lower,
    /// As written.
    Keep,
}

/// Which line has the `&&`, `||` or `|` where a command is broken beside one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Chain {
    /// The one that has it now.
    #[default]
    Keep,
    /// The line behind, which begins with it.
    Leading,
    /// The line before, which ends with it.
    Trailing,
}

impl Default for Indent {
    fn default() -> Self {
        Self::Spaces(4)
    }
}

impl Indent {
    /// The indentation of a level.
    pub(crate) fn at(self, level: usize) -> String {
        match self {
            Self::Spaces(width) => " ".repeat(level * usize::from(width.clamp(2, 8))),
            Self::Tab => "\t".repeat(level),
        }
    }
}

impl Case {
    /// A word of the language in this case.
    pub(crate) fn apply(self, word: &str) -> String {
        match self {
            Self::Upper => word.to_ascii_uppercase(),
            Self::Lower => word.to_ascii_lowercase(),
            Self::Keep => word.to_owned(),
        }
    }
}
