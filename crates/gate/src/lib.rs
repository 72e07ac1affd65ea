//! What an image has to be before it goes out: the table `[gate]` of `cooper.toml`.
//!
//! A [`Policy`] is what the table says. Its gates, one file each in `gates/`, ask an [`Evidence`] for what they need and
//! say what stops the image; what nobody asks for is not looked up. A gate that cannot know stops, too: what is not known is
//! not good. Nothing here reads files, the clock or a network.

mod evidence;
mod gate;
mod gates;
mod policy;
mod units;

pub use evidence::{Base, Evidence, Known, Layer, Problem, Scanned, Signer};
pub use gate::{Gate, Place, Stop};
pub use policy::{Judgement, Policy, PolicyError, Rule};
pub use units::matches;

/// All gates.
pub fn gates() -> &'static [&'static Gate] {
    gates::ALL
}

/// Asks every gate of a policy; what stops the image, in the order of the policy.
pub fn judge(policy: &Policy, evidence: &dyn Evidence) -> Vec<Stop> {
    policy.rules.iter().flat_map(|rule| rule.judge(evidence).stops).collect()
}
