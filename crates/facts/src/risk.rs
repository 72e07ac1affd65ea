//! How bad a vulnerability is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad a vulnerability is; the worst is the greatest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Nobody has said.
    #[default]
    Unknown,
    /// It has no effect in practice.
    Negligible,
    /// CVSS 0.1 to 3.9.
    Low,
    /// CVSS 4.0 to 6.9.
    Medium,
    /// CVSS 7.0 to 8.9.
    High,
    /// CVSS 9.0 and more.
    Critical,
}

impl Risk {
    /// All, the worst first.
    pub const ALL: [Self; 6] =
        [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Negligible, Self::Unknown];

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// What a CVSS score stands for (CVSS 3.1, section 5).
    pub fn of_score(score: f64) -> Self {
        match score {
            score if score >= 9.0 => Self::Critical,
            score if score >= 7.0 => Self::High,
            score if score >= 4.0 => Self::Medium,
            score if score > 0.0 => Self::Low,
            _ => Self::Negligible,
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that names no risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskError(String);

impl fmt::Display for RiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = "critical, high, medium, low, negligible or unknown";
        write!(f, "`{}` is not a severity; use {all}", self.0)
    }
}

impl std::error::Error for RiskError {}

impl FromStr for Risk {
    type Err = RiskError;

    /// Names as sources write them count, too: `moderate`, `important`.
    fn from_str(text: &str) -> Result<Self, RiskError> {
        let lower = text.to_ascii_lowercase();
        let known = match lower.as_str() {
            "moderate" => Some(Self::Medium),
            "important" => Some(Self::High),
            "unimportant" | "none" => Some(Self::Negligible),
            lower => Self::ALL.into_iter().find(|risk| risk.name() == lower),
        };
        known.ok_or_else(|| RiskError(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_scores_are_read() {
        for risk in Risk::ALL {
            assert_eq!(risk.to_string().parse(), Ok(risk));
        }
        assert_eq!("Moderate".parse(), Ok(Risk::Medium));
        assert!("bad".parse::<Risk>().is_err());
        let of = [
            (9.8, Risk::Critical),
            (7.0, Risk::High),
            (6.9, Risk::Medium),
            (0.1, Risk::Low),
            (0.0, Risk::Negligible),
        ];
        for (score, risk) in of {
            assert_eq!(Risk::of_score(score), risk, "{score}");
        }
    }
}
