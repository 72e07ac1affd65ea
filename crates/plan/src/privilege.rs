//! What a step may only do when the user says so: a Dockerfile that one builds need not be one's own.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use kit::TextRange;

use crate::PlanError;

/// A privilege that `--allow` gives (`BuildKit` calls it an entitlement).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// `RUN --network=host`.
    NetworkHost,
    /// `RUN --security=insecure`.
    SecurityInsecure,
}

const NAMES: [(&str, Privilege); 2] =
    [("network.host", Privilege::NetworkHost), ("security.insecure", Privilege::SecurityInsecure)];

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES.iter().find(|(_, one)| one == self).map_or("", |(name, _)| name))
    }
}

impl FromStr for Privilege {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(name, _)| *name == text).map(|(_, one)| *one);
        found.ok_or_else(|| {
            let names = NAMES.iter().map(|(name, _)| *name).chain(["device", "device=NAME"]);
            let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
            format!("`{text}` is no privilege; use one of {}", names.join(", "))
        })
    }
}

/// What is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// Everything: nothing is run.
    All,
    /// These.
    Only(BTreeSet<Privilege>),
}

impl Allowed {
    /// Refuses an instruction that needs what is not allowed; `flag` is what asks for it.
    pub(crate) fn check(&self, privilege: Privilege, flag: &str, range: TextRange) -> Result<(), PlanError> {
        match self {
            Self::Only(given) if !given.contains(&privilege) => {
                let message = format!("`{flag}` is not allowed");
                Err(PlanError::at(range, message).help(format!("allow it with `--allow {privilege}`")))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_printed() {
        for (name, privilege) in NAMES {
            assert_eq!((name.parse(), privilege.to_string()), (Ok(privilege), name.to_owned()));
        }
        assert!("network.none".parse::<Privilege>().is_err());
    }
}
