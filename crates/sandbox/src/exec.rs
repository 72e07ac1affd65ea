//! Finds the program in the new root, as the user that will run it, and executes it.

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt as _;

use rustix::fs::{Access, AtFlags, CWD, FileType, accessat, stat};
use rustix::io::Errno;

use crate::error::{ErrorKind, SandboxError};
use crate::spec::{ExecError, ExecErrorKind, Spec};
use crate::sys;

/// Searched when the environment has no `PATH`, as container runtimes do.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A command in the form that the kernel takes.
pub(crate) struct Program {
    arguments: Vec<CString>,
    environment: Vec<CString>,
    search: String,
}

/// Checks that a command can be passed to the kernel, before anything is started.
pub(crate) fn validate(spec: &Spec) -> Result<(), SandboxError> {
    let zero = |bytes: &[u8]| bytes.contains(&0);
    let wrong = if spec.args.is_empty() {
        "there is no program to run"
    } else if spec.args.iter().any(|argument| zero(argument.as_bytes())) {
        "an argument contains a zero byte"
    } else if spec.env.iter().any(|(name, value)| zero(name.as_bytes()) || zero(value.as_bytes())) {
        "an environment variable contains a zero byte"
    } else {
        return Ok(());
    };
    Err(SandboxError::new(ErrorKind::BadSpec, "run the step", wrong))
}

impl Program {
    /// The command of a validated specification.
    pub(crate) fn new(spec: &Spec) -> Self {
        let text = |bytes: Vec<u8>| CString::new(bytes).unwrap_or_default();
        let search = spec.env.iter().rev().find(|(name, _)| name == "PATH");
        Self {
            arguments: spec.args.iter().map(|argument| text(argument.as_bytes().to_vec())).collect(),
            environment: spec
                .env
                .iter()
                .map(|(name, value)| text(format!("{name}={value}").into_bytes()))
                .collect(),
            search: search.map_or(DEFAULT_PATH, |(_, value)| value.as_str()).to_owned(),
        }
    }

    /// The file to execute.
    pub(crate) fn find(&self) -> Result<CString, ExecError> {
        let name = self.name();
        if name.to_bytes().contains(&b'/') {
            return Ok(name.to_owned());
        }
        let mut kind = ExecErrorKind::NotInPath;
        for directory in self.search.split(':') {
            let directory = if directory.is_empty() { "." } else { directory };
            let mut path = directory.as_bytes().to_vec();
            path.push(b'/');
            path.extend_from_slice(name.to_bytes());
            let Ok(path) = CString::new(path) else { continue };
            match executable(&path) {
                Ok(true) => return Ok(path),
                Ok(false) | Err(Errno::ACCESS) => kind = ExecErrorKind::PermissionDenied,
                Err(_) => {}
            }
        }
        Err(self.error(kind))
    }

    /// Executes; returns only with the reason why not.
    pub(crate) fn execute(&self, path: &CStr) -> ExecError {
        let error = sys::execute(path, &self.arguments, &self.environment);
        let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
        self.error(match errno {
            Errno::NOENT | Errno::NOTDIR => ExecErrorKind::NotFound,
            Errno::ACCESS | Errno::PERM | Errno::ISDIR => ExecErrorKind::PermissionDenied,
            Errno::NOEXEC => ExecErrorKind::Format,
            other => ExecErrorKind::Other(other.raw_os_error()),
        })
    }

    fn name(&self) -> &CStr {
        self.arguments.first().map_or(c"", CString::as_c_str)
    }

    fn error(&self, kind: ExecErrorKind) -> ExecError {
        ExecError { program: self.name().to_string_lossy().into_owned(), kind }
    }
}

/// Whether a file is one that this user may execute.
fn executable(path: &CStr) -> Result<bool, Errno> {
    let found = stat(path)?;
    let file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
    Ok(file && accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS).is_ok())
}
