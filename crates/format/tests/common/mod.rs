//! The corpus of Dockerfiles, and base images that exist only here.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what fails here fails the test, and what is skipped is told"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use image::{Descriptor, Digest, ImageConfig, Platform, Reference, media_type};
use plan::{BaseImage, Bases, PlanOptions};

/// Any image, with nothing in it.
pub(crate) struct Fake;

impl Bases for Fake {
    fn image(&self, reference: &Reference, platform: &Platform) -> Result<BaseImage, (String, bool)> {
        Ok(BaseImage {
            reference: reference.clone(),
            manifest: Descriptor::of(media_type::MANIFEST, reference.to_string().as_bytes()),
            config: ImageConfig {
                os: platform.os.clone(),
                architecture: platform.architecture.clone(),
                ..ImageConfig::default()
            },
            layers: vec![(Digest::of(b"layer"), Descriptor::of(media_type::LAYER_GZIP, b"blob"))],
        })
    }

    fn context_image(&self, name: &str, platform: &Platform) -> Result<BaseImage, (String, bool)> {
        self.image(&name.parse().unwrap(), platform)
    }
}

pub(crate) fn options() -> PlanOptions {
    PlanOptions {
        build_args: BTreeMap::new(),
        platform: Platform::host(),
        platform_given: false,
        build_platform: Platform::host(),
        main: plan::MainContext::Directory,
        contexts: BTreeMap::new(),
        target: None,
        allowed: plan::Allowed::All,
        labels: BTreeMap::new(),
    }
}

/// Names and texts of the Dockerfiles in the directory that `COOPER_SHARED` names, or in `../shared` beside the
/// workspace. `None` when there are none; the reason is printed.
pub(crate) fn corpus(test: &str) -> Option<Vec<(String, String)>> {
    let archive = shared().join("corpus/dockerfiles.tar.xz");
    if !archive.is_file() {
        println!("NOT RUN: {test}: there is no `{}`; set COOPER_SHARED", archive.display());
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let status = Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(dir.path()).status().unwrap();
    assert!(status.success(), "tar could not unpack `{}`", archive.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir.path().join("dockerfiles")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "Dockerfile") {
            let content = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().display().to_string();
            files.push((name, String::from_utf8_lossy(&content).into_owned()));
        }
    }
    files.sort();
    Some(files)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests are told by the environment where their material is"
)]
fn shared() -> std::path::PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var_os("COOPER_SHARED").map_or_else(|| workspace.join("../shared"), Into::into)
}
