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

/// SIGINT, SIGTERM or SIGHUP ended a build: as the shell reports an interrupt, 128 and 2. A process of `cooper run`
/// that a signal has ended gives 128 and the signal's number.
pub(crate) const INTERRUPTED: u8 = 130;

/// The exit code of an error.
pub(crate) const fn of(error: &AppError) -> u8 {
    match error.class {
        ErrorClass::Usage => USAGE,
        ErrorClass::Build => BUILD,
        ErrorClass::Environment => ENVIRONMENT,
    }
}
