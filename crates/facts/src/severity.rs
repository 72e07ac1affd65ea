//! How bad a finding is.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How bad a finding is; the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A matter of taste or uniformity.
    Style,
    /// Worth knowing; often right as it is.
    Info,
    /// Most likely a mistake or a risk.
    Warning,
    /// Cannot work, or gives something away.
    Error,
}

impl Severity {
    /// All, the worst first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warning, Self::Info, Self::Style];

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Style => "style",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Whether it is at least as bad as `threshold`.
    pub fn reaches(self, threshold: Self) -> bool {
        self >= threshold
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that names no severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeverityError(String);

impl fmt::Display for SeverityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a severity; use error, warning, info or style", self.0)
    }
}

impl std::error::Error for SeverityError {}

impl FromStr for Severity {
    type Err = SeverityError;

    fn from_str(text: &str) -> Result<Self, SeverityError> {
        let found = Self::ALL.into_iter().find(|severity| severity.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| SeverityError(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_ordered() {
        for severity in Severity::ALL {
            assert_eq!(severity.to_string().parse(), Ok(severity));
        }
        assert_eq!("Warning".parse(), Ok(Severity::Warning));
        assert!("fatal".parse::<Severity>().is_err());
        assert!(Severity::Error.reaches(Severity::Warning));
        assert!(!Severity::Info.reaches(Severity::Warning));
        assert_eq!(format!("{:8}|", Severity::Info), "info    |");
    }
}
