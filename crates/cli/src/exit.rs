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

/// A build that was done again gave another image.
pub(crate) const NOT_REPRODUCED: u8 = 5;

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

/// A bug in cooper.
pub(crate) const BUG: u8 = 70;

/// What a panic ends in: a message that can be reported, and the exit code of a bug.
#[expect(clippy::exit, clippy::print_stderr, reason = "a panic has no way back to `main`")]
pub(crate) fn panicked(panic: &std::panic::PanicHookInfo<'_>) {
    eprintln!("error: a bug in cooper {}: {panic}", env!("CARGO_PKG_VERSION"));
    eprintln!("  = help: please report it with this message, the command line and the Dockerfile");
    std::process::exit(BUG.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test starts itself again as the process that panics.
    #[test]
    fn a_panic_ends_with_the_code_of_a_bug() {
        const INNER: &str = "COOPER_TEST_PANICS";
        #[expect(clippy::disallowed_methods, reason = "the test talks to itself")]
        if std::env::var_os(INNER).is_some() {
            std::panic::set_hook(Box::new(panicked));
            panic!("on purpose");
        }
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let name = "exit::tests::a_panic_ends_with_the_code_of_a_bug";
        let output = again.args(["--exact", name, "--nocapture"]).env(INNER, "1").output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(70), "{text}");
        assert!(text.contains("error: a bug in cooper") && text.contains("on purpose"), "{text}");
    }
}
