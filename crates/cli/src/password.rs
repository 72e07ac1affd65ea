//! Passwords of keys: from a file, a variable or the terminal. They are never arguments, which every user of a machine can
//! read, and the variables are taken out of the environment before anything is started.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::OnceLock;

use app::AppError;
use kit::{Redacted, read_bounded};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

/// Cooper's own variable, and that of cosign.
const VARIABLES: [&str; 2] = ["COOPER_KEY_PASSWORD", "COSIGN_PASSWORD"];
/// Longest password.
const MAX: u64 = 4096;

static FROM_ENVIRONMENT: OnceLock<Redacted<Vec<u8>>> = OnceLock::new();

/// Takes passwords out of the environment; to be called first.
#[expect(clippy::disallowed_methods, reason = "the environment is read before all else, and by `cli` alone")]
pub(crate) fn withdraw() {
    for name in VARIABLES {
        if let Some(value) = std::env::var_os(name)
            && kit::remove_variable(name)
        {
            // The first one counts.
            let _ = FROM_ENVIRONMENT.set(Redacted::new(value.as_bytes().to_vec()));
        }
    }
}

/// The password of a key: from the file, the environment or the terminal, in this order. With `again` the terminal is asked
/// twice.
pub(crate) fn get(file: Option<&Path>, again: bool) -> Result<Redacted<Vec<u8>>, AppError> {
    if let Some(path) = file {
        return from_file(path);
    }
    if let Some(found) = FROM_ENVIRONMENT.get() {
        return Ok(found.clone());
    }
    let first = ask("password of the key: ")?;
    if again && ask("again: ")? != first {
        return Err(AppError::usage("the two passwords differ"));
    }
    Ok(first)
}

/// The content of a file without the end of its line.
fn from_file(path: &Path) -> Result<Redacted<Vec<u8>>, AppError> {
    let failed = |error: std::io::Error| {
        AppError::usage(format!("cannot read the password file `{}`: {error}", path.display()))
    };
    let mut bytes = File::open(path).and_then(|file| read_bounded(file, MAX)).map_err(failed)?;
    if bytes.ends_with(b"\n") {
        bytes.pop();
    }
    if bytes.ends_with(b"\r") {
        bytes.pop();
    }
    Ok(Redacted::new(bytes))
}

/// Asks at the terminal without showing what is typed.
fn ask(prompt: &str) -> Result<Redacted<Vec<u8>>, AppError> {
    let no_terminal = |_| {
        AppError::usage("the key needs a password, and there is no terminal to ask for it")
            .help("give it with `--password-file FILE` or in `COOPER_KEY_PASSWORD` (or `COSIGN_PASSWORD`)")
    };
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(no_terminal)?;
    let before = tcgetattr(&terminal).map_err(|error| no_terminal(error.into()))?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    terminal.write_all(prompt.as_bytes())?;
    tcsetattr(&terminal, OptionalActions::Flush, &silent).map_err(std::io::Error::from)?;
    let mut line = Vec::new();
    let read = BufReader::new(std::io::Read::take(&terminal, MAX)).read_until(b'\n', &mut line);
    let restored = tcsetattr(&terminal, OptionalActions::Flush, &before);
    terminal.write_all(b"\n")?;
    restored.map_err(std::io::Error::from)?;
    read?;
    while line.last().is_some_and(|byte| b"\r\n".contains(byte)) {
        line.pop();
    }
    Ok(Redacted::new(line))
}
