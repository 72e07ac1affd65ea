//! Checks of a finished image, whoever built it.
//!
//! A [`Survey`] lists what is in a layer; contents are kept of a few small files alone. An [`Image`] stacks surveys
//! to what can be seen. The checks, one file each in `checks/`, look at it and at the configuration; [`efficiency`] says how many
//! bytes of which step nobody can see.

mod check;
mod checks;
mod efficiency;
mod model;
mod survey;

pub use check::{Check, Sink};
pub use efficiency::efficiency;
pub use model::Image;
pub use survey::{Entry, Kind, Survey, of_layer, of_tar};

/// All checks.
pub fn checks() -> &'static [&'static Check] {
    checks::ALL
}

/// Runs all checks; the worst first.
pub fn run(image: &Image<'_>) -> Vec<facts::ImageFinding> {
    let mut sink = Sink::default();
    for check in checks::ALL {
        sink.begin(check);
        (check.run)(image, &mut sink);
    }
    sink.finish()
}
