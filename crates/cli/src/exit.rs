//! Exit codes: documented and stable.

use app::{AppError, ErrorClass};

/// Everything went well.
pub(crate) const CLEAN: u8 = 0;
/// There are findings, or a check said no.
pub(crate) const FINDINGS: u8 = 1;
/// The command line or a configuration file is wrong. Clap uses the same.
pub(crate) const USAGE: u8 = 2;
/// The build failed.
pub(crate) const BUILD: u8 = 3;
/// The machine, the store or the network failed.
pub(crate) const ENVIRONMENT: u8 = 4;

/// The exit code of an error.
pub(crate) const fn of(error: &AppError) -> u8 {
    match error.class {
        ErrorClass::Usage => USAGE,
        ErrorClass::Build => BUILD,
        ErrorClass::Environment => ENVIRONMENT,
    }
}
