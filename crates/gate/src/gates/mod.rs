//! The gates, one file each. The text at the head of a file is its page of the manual, and its examples are tests.

use crate::Gate;

kit::table! {
    Gate;
    attestations::GATE,
    base_age::GATE,
    bases::GATE,
    checks::GATE,
    exploited::GATE,
    fixable::GATE,
    labels::GATE,
    layer_size::GATE,
    lint::GATE,
    reproducible::GATE,
    secrets::GATE,
    severity::GATE,
    signatures::GATE,
    size::GATE,
    user::GATE,
}

#[cfg(test)]
mod tests;
