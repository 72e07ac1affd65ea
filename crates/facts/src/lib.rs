//! The vocabulary that the engines of cooper share to say what they found: findings, places, fixes, packages.
//! Engines of one layer do not know each other; what one has to tell another one is a type of this crate.

mod audit;
mod compliance;
mod finding;
mod inventory;
mod purl;
mod risk;
mod secret;
mod severity;
mod tested;
mod vulnerability;

pub use audit::{Efficiency, ImageFinding, ImagePlace, LayerShare, Wasted};
pub use compliance::{Compliance, ComplianceStatus, Proof};
pub use finding::{BuildkitWarning, Effect, Finding, Fix, Location, Safety};
pub use inventory::{
    Component, Distro, Ecosystem, Evidence, Inventory, Linked, Origin, Package, RPM_MODULE, SourcePackage,
    Subject, SubjectKind,
};
pub use purl::purl;
pub use risk::{Risk, RiskError};
pub use secret::{Secret, SecretPlace};
pub use severity::{Severity, SeverityError};
pub use tested::Tested;
pub use vulnerability::{Attacks, Excuse, Excused, Vulnerability};
