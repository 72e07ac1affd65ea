//! Finds and reads a Dockerfile and the ignore file that goes with it.

use std::io::Read;
use std::path::{Path, PathBuf};

use kit::TextRange;
use syntax::Ignore;

use crate::{AppError, ErrorClass, World};

/// Larger Dockerfiles and ignore files than this are refused.
pub(crate) const MAX_BYTES: u64 = 16 << 20;

/// A Dockerfile in hand.
pub(crate) struct Source {
    /// Name for messages: as given, or relative to the current directory.
    pub(crate) name: String,
    pub(crate) text: String,
    /// Where it is; `None` when it is no file of this machine.
    pub(crate) path: Option<PathBuf>,
}

impl Source {
    /// A Dockerfile of some name.
    pub(crate) fn new(name: &str, bytes: Vec<u8>, path: Option<PathBuf>) -> Result<Self, AppError> {
        Ok(Self { text: text(bytes, name)?, name: name.to_owned(), path })
    }

    /// What tells it from other Dockerfiles of this machine.
    pub(crate) fn identity(&self) -> Option<image::Digest> {
        let path = self.path.as_ref()?;
        let path = path.canonicalize().unwrap_or_else(|_| path.clone());
        Some(image::Digest::of(path.as_os_str().as_encoded_bytes()))
    }

    /// A Dockerfile that came by standard input.
    pub(crate) fn stdin(bytes: Vec<u8>) -> Result<Self, AppError> {
        Self::new("<stdin>", bytes, None)
    }
}

/// Reads `-f FILE`, or `Dockerfile` (then `dockerfile`) of the context. `stdin` is read for `-`.
pub(crate) fn read(
    world: &World,
    file: Option<&str>,
    context: Option<&Path>,
    stdin: Option<&mut dyn Read>,
) -> Result<Source, AppError> {
    if file == Some("-") {
        let input =
            stdin.ok_or_else(|| AppError::usage("there is no standard input to read the Dockerfile from"))?;
        return Source::stdin(kit::read_bounded(input, MAX_BYTES)?);
    }
    let path = match (file, context) {
        (Some(file), _) => world.path(file),
        (None, Some(context)) => default_path(context),
        (None, None) => default_path(&world.cwd),
    };
    let name = shown(world, &path);
    let bytes = std::fs::File::open(&path).and_then(|file| kit::read_bounded(file, MAX_BYTES));
    let bytes = bytes.map_err(|error| {
        AppError::usage(format!("failed to read the Dockerfile `{name}`: {error}"))
            .help("name it with `-f FILE`, or run in the directory that holds it")
    })?;
    Source::new(&name, bytes, Some(path))
}

fn text(bytes: Vec<u8>, name: &str) -> Result<String, AppError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        AppError::usage(format!("`{name}` is not UTF-8 text: byte {at} begins no character"))
            .help("convert it, for example with `iconv -t UTF-8`")
    })
}

fn default_path(context: &Path) -> PathBuf {
    let upper = context.join("Dockerfile");
    let lower = context.join("dockerfile");
    if !upper.exists() && lower.exists() { lower } else { upper }
}

/// A path relative to the current directory when it is below it.
pub(crate) fn shown(world: &World, path: &Path) -> String {
    path.strip_prefix(&world.cwd).unwrap_or(path).display().to_string()
}

/// The ignore file of a context: `<Dockerfile>.dockerignore` when it is there, else `.dockerignore`.
pub(crate) fn ignore(dockerfile: Option<&Path>, context: &Path) -> Result<Ignore, AppError> {
    let beside = dockerfile.map(|path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".dockerignore");
        PathBuf::from(name)
    });
    for path in beside.into_iter().chain([context.join(".dockerignore")]) {
        match std::fs::File::open(&path) {
            Ok(file) => {
                let bytes = kit::read_bounded(file, MAX_BYTES)?;
                return parsed(&String::from_utf8_lossy(&bytes), &path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(AppError::environment(format!("failed to read `{}`: {error}", path.display())));
            }
        }
    }
    Ok(Ignore::parse(""))
}

/// An ignore file whose patterns are all patterns; `BuildKit` refuses others, too.
fn parsed(text: &str, path: &Path) -> Result<Ignore, AppError> {
    let ignore = Ignore::parse(text);
    let Some(wrong) = ignore.errors().first() else { return Ok(ignore) };
    let before: usize = text.split_inclusive('\n').take(wrong.line as usize - 1).map(str::len).sum();
    let line = text[before..].lines().next().unwrap_or_default();
    let range = TextRange::of(before..before + line.len());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Err(AppError::new(ErrorClass::Build, wrong.message.clone()).in_source(&name, text, Some(range)))
}
