//! Tests that go through several modules.

mod care;
mod hostile;
mod images;
mod merged;
mod rootless;
mod round_trip;
mod upper;
