//! Why something is not trusted.

use std::fmt;

/// The kind of a refusal. Its name is stable: it is what `--json` shows and what tests compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It cannot be read.
    Malformed,
    /// It is larger than anything of its kind.
    TooLarge,
    /// An object of JSON has a key twice: two readers could see two values.
    DuplicateKey,
    /// A version of the format that is not known.
    UnknownVersion,
    /// An algorithm that is not known, too weak, or not that of the key.
    Algorithm,
    /// The key file cannot be opened with this password.
    Password,
    /// There is no signature.
    Unsigned,
    /// The signature is not of this key over this text.
    Signature,
    /// The signature was made with a key, and a certificate is wanted; or the other way round.
    Material,
    /// It is about another image.
    Subject,
    /// It says something else than what is asked for.
    Predicate,
    /// What is signed is no statement.
    Payload,
    /// No trusted authority stands behind the certificate.
    Chain,
    /// The certificate is for another purpose.
    Usage,
    /// The certificate was not valid when the signature was made.
    Validity,
    /// The certificate is of somebody else.
    Identity,
    /// The certificate is not in a log of certificates that is trusted.
    CertificateLog,
    /// Nothing trusted says when the signature was made.
    Time,
    /// A timestamp is not what it says.
    Timestamp,
    /// The signature is not in a log that is trusted.
    Log,
    /// The log's entry is of another signature.
    LogEntry,
}

impl Reason {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::DuplicateKey => "duplicate-key",
            Self::UnknownVersion => "unknown-version",
            Self::Algorithm => "algorithm",
            Self::Password => "password",
            Self::Unsigned => "unsigned",
            Self::Signature => "signature",
            Self::Material => "material",
            Self::Subject => "subject",
            Self::Predicate => "predicate",
            Self::Payload => "payload",
            Self::Chain => "chain",
            Self::Usage => "usage",
            Self::Validity => "validity",
            Self::Identity => "identity",
            Self::CertificateLog => "certificate-log",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::Log => "log",
            Self::LogEntry => "log-entry",
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustError {
    reason: Reason,
    message: String,
}

impl TrustError {
    /// A refusal with what is to be said of it: a lowercase fragment. What comes from outside may be in it, so nothing is
    /// left by which it could steer a terminal.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self { reason, message: message.chars().map(|c| if c.is_control() { '?' } else { c }).collect() }
    }

    /// Something that cannot be read.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(Reason::Malformed, message)
    }

    /// The kind.
    pub const fn reason(&self) -> Reason {
        self.reason
    }
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TrustError {}

/// What this crate gives.
pub type Result<T> = std::result::Result<T, TrustError>;
