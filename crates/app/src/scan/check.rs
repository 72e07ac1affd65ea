//! `cooper check`: a finished image against the checks, and how it uses its bytes.

use ::checks::{Image, Survey};
use ::secrets::builtin;
use facts::{Efficiency, ImageFinding, ImagePlace, Origin, Subject, SubjectKind};
use image::ContainerConfig;
use lineage::Lineage;
use store::Store;

use super::facts_of::{self, Opening};
use super::subject::{Opened, Source};
use super::{Request, origin, secret, subject};
use crate::{AppError, World, transfer};

/// Paths with wasted bytes that are told.
const PATHS: usize = 100;

/// What checks of an image found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The image.
    pub subject: Subject,
    /// What is wrong, the worst first.
    pub findings: Vec<ImageFinding>,
    /// How it uses its bytes.
    pub efficiency: Efficiency,
    /// The step that made each layer.
    pub steps: Vec<Origin>,
    /// How containers of it run.
    pub config: ContainerConfig,
    /// What its build left beside it.
    pub lineage: Option<Lineage>,
}

/// Checks an image.
pub fn check(world: &World, request: &Request) -> Result<Checked, AppError> {
    let store = world.store()?;
    let opened = subject::open(world, &store, &request.target, request.platform.as_ref())?;
    of_opened(world, &store, &opened)
}

/// Checks an image that is open.
pub(super) fn of_opened(world: &World, store: &Store, opened: &Opened) -> Result<Checked, AppError> {
    let config = match &opened.source {
        Source::Foreign(image) => image.config.clone(),
        Source::Store(image) => image.config.clone(),
        Source::Directory(path) => {
            let message = format!("`{}` is a directory and no image", path.display());
            return Err(
                AppError::usage(message).help("`cooper lint` checks Dockerfiles, `cooper scan` directories")
            );
        }
    };
    let count = facts_of::layers(opened);
    let surveys: Vec<Survey> = facts_of::in_parallel(world.cores, count, &|number| {
        let failed = |error| facts_of::unreadable(opened, number, &error);
        match facts_of::open_layer(world, store, opened, number)? {
            Opening::Layer(layer) => ::checks::of_layer(&layer).map_err(failed),
            Opening::Tar(mut tar) => {
                let survey = ::checks::of_tar(&mut tar).map_err(failed)?;
                tar.finish().map_err(failed)?;
                Ok(survey)
            }
        }
    })?;
    let mut image = Image::new(&config, &surveys);
    let is_name = opened.subject.kind == SubjectKind::Image && matches!(opened.source, Source::Store(_));
    image.name = is_name.then_some(opened.subject.name.as_str()).filter(|name| !is_digest(name));
    image.signed = match &opened.source {
        Source::Store(image) => Some(transfer::has_signature(store, &image.manifest_descriptor.digest)),
        Source::Foreign(_) | Source::Directory(_) => None,
    };
    let mut findings = ::checks::run(&image);
    let mut steps = origin::of_findings(world, store, opened, &mut findings)?;
    let of_findings = findings.iter_mut().filter_map(|one| one.origin.as_mut());
    secret::mask_steps(builtin(), of_findings.chain(&mut steps));
    let efficiency = ::checks::efficiency(&surveys, PATHS);
    let (subject, lineage) = (opened.subject.clone(), opened.lineage.clone());
    Ok(Checked { subject, findings, efficiency, steps, config: config.config, lineage })
}

/// Whether an image was asked for by its digest or a part of it, which is no name.
fn is_digest(name: &str) -> bool {
    name.starts_with("sha256:") || (name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What a finding is asked the lineage by: its path, where it has one.
pub(super) fn path_of(finding: &ImageFinding) -> &str {
    match &finding.place {
        ImagePlace::File { path } => path.trim_start_matches('/'),
        _ => "",
    }
}
