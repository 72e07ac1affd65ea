//! What rules can ask of the project around a Dockerfile: its context, its registries, its package managers.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use image::{Digest, Platform, Reference};
use lint_rules::{Package, Project};
use syntax::Ignore;

use super::bases::BasePlatforms;
use crate::World;
use crate::lookup::Versions;

/// Larger files than this are no text that a rule reads.
const MAX_BYTES: u64 = 256 << 10;

/// The build context of a Dockerfile.
pub(crate) struct Around<'a> {
    dir: PathBuf,
    /// Whether the directory is the context for sure: it was said to be.
    is_certain: bool,
    ignore: Option<(String, Ignore)>,
    asked: Asked<'a>,
}

/// Whom rules may ask beyond the context.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    /// Registries and package indexes.
    pub(crate) lookups: Option<&'a Lookups<'a>>,
    /// The store and, where it matters, registries for the platforms of base images.
    pub(crate) bases: Option<&'a BasePlatforms<'a>>,
}

/// What was asked of registries and package indexes, once for all files.
pub(crate) struct Lookups<'a> {
    world: &'a World,
    digests: Mutex<BTreeMap<String, Option<Digest>>>,
    versions: Versions<'a>,
}

impl<'a> Lookups<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, digests: Mutex::default(), versions: Versions::new(world) }
    }

    fn digest(&self, image: &Reference) -> Option<Digest> {
        let key = image.to_string();
        if let Some(known) = self.digests.lock().ok()?.get(&key) {
            return *known;
        }
        let asked = self.world.client().ok().and_then(|client| client.head(image).ok().flatten());
        let digest = asked.map(|descriptor| descriptor.digest);
        self.digests.lock().ok()?.insert(key, digest);
        digest
    }
}

impl<'a> Around<'a> {
    /// The context of a file: `context` when it was given, else most likely the directory of the file.
    pub(crate) fn new(file: Option<&Path>, context: Option<&Path>, asked: Asked<'a>) -> Option<Self> {
        let dir = context.or_else(|| file?.parent())?.to_path_buf();
        let ignore = ignore(file, &dir);
        Some(Self { dir, is_certain: context.is_some(), ignore, asked })
    }

    /// A path of the context; `None` when it leads out of it.
    fn path(&self, path: &str) -> Option<PathBuf> {
        let relative = path.trim_start_matches('/');
        let inside = !relative.split('/').any(|part| part == "..");
        inside.then(|| self.dir.join(relative))
    }
}

/// The ignore file of a context: that of the Dockerfile when it is there, else that of the directory.
fn ignore(file: Option<&Path>, dir: &Path) -> Option<(String, Ignore)> {
    let own = file.map(|path| PathBuf::from(format!("{}.dockerignore", path.display())));
    own.into_iter().chain([dir.join(".dockerignore")]).find_map(|path| {
        let bytes = kit::read_bounded(File::open(&path).ok()?, crate::dockerfile::MAX_BYTES).ok()?;
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((name, Ignore::parse(&String::from_utf8_lossy(&bytes))))
    })
}

impl Project for Around<'_> {
    fn ignore(&self) -> Option<(&str, &Ignore)> {
        self.ignore.as_ref().map(|(name, ignore)| (name.as_str(), ignore))
    }

    fn has(&self, path: &str) -> Option<bool> {
        let exists = self.path(path)?.symlink_metadata().is_ok();
        (exists || self.is_certain).then_some(exists)
    }

    fn read(&self, path: &str) -> Option<String> {
        let path = self.path(path)?;
        let file = File::open(&path).ok().filter(|_| path.is_file())?;
        String::from_utf8(kit::read_bounded(file, MAX_BYTES).ok()?).ok()
    }

    fn digest(&self, image: &Reference) -> Option<Digest> {
        self.asked.lookups?.digest(image)
    }

    fn platform(&self, image: &Reference, wanted: &Platform) -> Option<Platform> {
        self.asked.bases?.of(image, wanted)
    }

    fn variables(&self, image: &Reference, wanted: &Platform) -> Option<Vec<String>> {
        self.asked.bases?.variables(image, wanted)
    }

    fn version(&self, package: &Package<'_>) -> Option<String> {
        self.asked.lookups?.versions.of(package)
    }
}

impl fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around")
            .field("dir", &self.dir)
            .field("is_certain", &self.is_certain)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_context_that_is_certain_lacks_files() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "text").unwrap();
        std::fs::write(dir.path().join(".dockerignore"), "b\n").unwrap();
        let file = dir.path().join("Dockerfile");
        let guessed = Around::new(Some(&file), None, Asked::default()).unwrap();
        assert_eq!((guessed.has("a"), guessed.has("/a"), guessed.has("b")), (Some(true), Some(true), None));
        assert_eq!(guessed.read("a").as_deref(), Some("text"));
        assert_eq!(guessed.ignore().map(|(name, _)| name), Some(".dockerignore"));
        let certain = Around::new(Some(&file), Some(dir.path()), Asked::default()).unwrap();
        assert_eq!((certain.has("b"), certain.has("../x"), certain.read("../x")), (Some(false), None, None));
        std::fs::write(dir.path().join("Dockerfile.dockerignore"), "c\n").unwrap();
        let own = Around::new(Some(&file), None, Asked::default()).unwrap();
        assert_eq!(own.ignore().map(|(name, _)| name), Some("Dockerfile.dockerignore"));
    }
}
