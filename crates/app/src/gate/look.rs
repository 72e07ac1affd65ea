//! What gates ask about an image, looked up when one asks.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;

use ::gate::{Base, Evidence, Known, Layer, Place, Problem, Scanned, Signer};
use facts::ImageFinding;
use image::{ContainerConfig, Digest, Reference};
use kit::LineIndex;
use lineage::Lineage;
use syntax::Keyword;

use super::Request;
use crate::scan::{self, Checked, SecretRules};
use crate::trust::{self, VerifyRequest, Who};
use crate::{AppError, FIXED_EPOCH, World, lint, verify};

/// Larger files are no Dockerfiles.
const MAX_DOCKERFILE: u64 = 8 << 20;

const NO_ADVISORIES: &str =
    "there are no advisories here: `cooper db update` or `cooper db import` brings some";

/// An image that is looked at.
pub(super) struct Look<'a> {
    world: &'a World,
    request: &'a Request,
    checked: Checked,
    layers: Vec<Layer>,
    /// The Dockerfile as it was built, or why it is not at hand.
    dockerfile: Known<(String, String)>,
    scanned: OnceCell<Known<(Scanned, Vec<String>)>>,
    problems: OnceCell<Known<Vec<Problem>>>,
    bases: OnceCell<Known<Vec<Base>>>,
}

impl<'a> Look<'a> {
    pub(super) fn new(world: &'a World, request: &'a Request) -> Result<Self, AppError> {
        let checked = scan::check(world, &scan_request(request))?;
        let dockerfile = match &request.dockerfile {
            Some(given) => Ok(given.clone()),
            None => dockerfile(world, request, checked.lineage.as_ref()),
        };
        let shares = checked.efficiency.layers.iter().zip(&checked.steps);
        let layer = |(share, step): (&facts::LayerShare, &facts::Origin)| Layer {
            size: share.size,
            step: step.instruction.clone().or_else(|| step.base.as_ref().map(|base| format!("FROM {base}"))),
            place: Place::of(step),
        };
        let layers = shares.map(layer).collect();
        let (scanned, problems, bases) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Ok(Self { world, request, checked, layers, dockerfile, scanned, problems, bases })
    }

    pub(super) fn digest(&self) -> Option<String> {
        self.checked.subject.digest.clone()
    }

    /// What a scan said of its answer, where there was one.
    pub(super) fn notes(&self) -> Vec<String> {
        let scanned = self.scanned.get().and_then(|scanned| scanned.as_ref().ok());
        scanned.map(|(_, notes)| notes.clone()).unwrap_or_default()
    }

    pub(super) fn into_dockerfile(self) -> Option<(String, String)> {
        self.dockerfile.ok()
    }

    fn scanned(&self) -> &Known<(Scanned, Vec<String>)> {
        self.scanned.get_or_init(|| {
            let found = scan::scan(self.world, &scan_request(self.request)).map_err(said)?;
            let known = scan::database::has_advisories(self.world);
            let scanned = Scanned {
                inventory: found.contents.inventory,
                unknown: (!known).then(|| NO_ADVISORIES.to_owned()),
                vulnerabilities: found.vulnerabilities,
                excused: found.excused,
                secrets: found.contents.secrets,
            };
            Ok((scanned, found.notes))
        })
    }

    fn problems(&self) -> Known<Vec<Problem>> {
        let (name, text) = self.dockerfile.clone()?;
        let request = lint::Request {
            paths: vec![name.clone()],
            text: Some(text.clone()),
            context: self.request.context.clone(),
            ..lint::Request::default()
        };
        let found = lint::lint(self.world, &request, None).map_err(said)?;
        let lines = LineIndex::new(&text);
        let problem = |one: facts::Finding| {
            let range = one.primary.range;
            let names = std::iter::once(one.rule).chain(one.aliases).map(str::to_owned).collect();
            let line = lines.line(range.start);
            let end_line = lines.line(range.end.saturating_sub(1).max(range.start));
            let place = Place { file: name.clone(), line, end_line };
            Problem { code: one.code.to_owned(), names, severity: one.severity, message: one.message, place }
        };
        Ok(found.findings.into_iter().map(problem).collect())
    }

    fn find_bases(&self) -> Known<Vec<Base>> {
        let lineage = self.checked.lineage.as_ref().ok_or_else(no_lineage)?;
        let mut found: BTreeMap<(String, String), Base> = BTreeMap::new();
        for node in &lineage.nodes {
            let Some(image) = &node.image else { continue };
            let name = image.reference.parse::<Reference>().map_or_else(
                |_| image.reference.clone(),
                |reference| format!("{}/{}", reference.registry(), reference.repository()),
            );
            let digest = image.digest.to_string();
            let place = Place { file: lineage.file.clone(), line: node.line, end_line: node.end_line };
            found.entry((name.clone(), digest.clone())).or_insert_with(|| {
                let created = self.created(&image.digest);
                Base { name, digest, created, place: Some(place) }
            });
        }
        Ok(found.into_values().collect())
    }

    /// When an image of the store was made. A time that stands for none is none.
    fn created(&self, digest: &Digest) -> Option<i64> {
        let store = self.world.store().ok()?;
        let file = fs::File::open(store.blob_path(digest)).ok()?;
        let bytes = kit::read_bounded(file, trust::MAX_MANIFEST).ok()?;
        let manifest = serde_json::from_slice(&bytes).ok()?;
        let created = store.config(&manifest).ok()?.created?;
        let seconds = ::trust::from_rfc3339(&created).ok()? / 1000;
        (seconds > FIXED_EPOCH).then_some(seconds)
    }

    /// The instructions of the last stage that the image rests on: their keywords and places.
    fn last_stage_steps(&self) -> Vec<(Keyword, Place)> {
        let Ok((name, text)) = &self.dockerfile else { return Vec::new() };
        let parse = syntax::parse(text);
        let lines = LineIndex::new(text);
        let all: Vec<_> =
            parse.instructions().map(|one| (one.kind, lines.line(one.range.start), one)).collect();
        let last = self.checked.lineage.as_ref().and_then(|lineage| {
            let node = &lineage.nodes[*lineage.layers.last()?];
            Some(if node.image.is_some() { lineage.from_line? } else { node.line })
        });
        let before = |line: &u32| last.is_none_or(|last| *line <= last);
        let is_from = |(kind, line, _): &&(Keyword, u32, _)| *kind == Keyword::From && before(line);
        let Some(from) = all.iter().filter(is_from).map(|(_, line, _)| *line).max() else {
            return Vec::new();
        };
        let next = all.iter().filter(|(kind, line, _)| *kind == Keyword::From && *line > from);
        let end = next.map(|(_, line, _)| *line).min().unwrap_or(u32::MAX);
        let within = all.iter().filter(|(_, line, _)| (from..end).contains(line));
        let place = |line: u32, end: u32| Place {
            file: name.clone(),
            line,
            end_line: lines.line(end.saturating_sub(1)).max(line),
        };
        within.map(|(kind, line, one)| (*kind, place(*line, one.range.end))).collect()
    }
}

impl Evidence for Look<'_> {
    fn config(&self) -> &ContainerConfig {
        &self.checked.config
    }

    fn layers(&self) -> Known<&[Layer]> {
        Ok(&self.layers)
    }

    fn scan(&self) -> Known<&Scanned> {
        self.scanned().as_ref().map(|(scanned, _)| scanned).map_err(Clone::clone)
    }

    fn lint(&self) -> Known<&[Problem]> {
        let problems = self.problems.get_or_init(|| self.problems());
        problems.as_deref().map_err(Clone::clone)
    }

    fn checks(&self) -> Known<&[ImageFinding]> {
        Ok(&self.checked.findings)
    }

    fn bases(&self) -> Known<&[Base]> {
        self.bases.get_or_init(|| self.find_bases()).as_deref().map_err(Clone::clone)
    }

    fn signed(&self, signer: &Signer, kind: Option<&str>) -> Known<()> {
        let (who, root) = match signer {
            Signer::Key { key } => (Who::Key(key), None),
            Signer::Identity { identity, issuer, trusted_root } => {
                (Who::Identity(identity, issuer), Some(trusted_root.as_str()))
            }
        };
        let request = VerifyRequest { image: &self.request.image, who, root, kind, offline: false };
        let verdict = trust::verify(self.world, &request).map_err(said)?;
        if verdict.is_verified() {
            return Ok(());
        }
        let mut why: Vec<String> = verdict
            .evidence
            .iter()
            .filter_map(|one| one.result.as_ref().err())
            .map(|error| format!("{error} [{}]", error.reason().name()))
            .collect();
        why.dedup();
        Err(if why.is_empty() { "there is no signature beside it".to_owned() } else { why.join("; ") })
    }

    fn reproduced(&self) -> Known<()> {
        let digest = self.checked.subject.digest.as_ref().and_then(|text| text.parse::<Digest>().ok());
        let digest = digest.ok_or_else(|| "it has no digest".to_owned())?;
        let store = self.world.store().map_err(|error| error.to_string())?;
        if verify::is_recorded(&store, &digest) {
            return Ok(());
        }
        Err("no build of this store gave it twice".to_owned())
    }

    fn now(&self) -> i64 {
        self.world.seconds()
    }

    fn last_stage(&self) -> Option<Place> {
        self.last_stage_steps().into_iter().map(|(_, place)| place).next()
    }

    fn user_place(&self) -> Option<Place> {
        let steps = self.last_stage_steps();
        let user = steps.iter().rev().find(|(kind, _)| *kind == Keyword::User);
        user.or(steps.first()).map(|(_, place)| place.clone())
    }
}

fn scan_request(request: &Request) -> scan::Request {
    scan::Request {
        target: request.image.clone(),
        platform: request.platform.clone(),
        secrets: Some(SecretRules::default()),
        vex: request.vex.clone(),
        exceptions: request.exceptions.clone(),
        context: request.context.clone(),
        update: request.update,
    }
}

fn no_lineage() -> String {
    "its build left no lineage beside it, as `cooper build` does".to_owned()
}

/// The Dockerfile that the lineage names, when it is what was built.
fn dockerfile(world: &World, request: &Request, lineage: Option<&Lineage>) -> Known<(String, String)> {
    let lineage = lineage.ok_or_else(no_lineage)?;
    let file = &lineage.file;
    let path = world.path(request.context.as_deref().unwrap_or(".")).join(file);
    let opened = fs::File::open(&path)
        .map_err(|error| format!("`{file}` is not here: {error}; `--context DIR` says where"))?;
    let bytes = kit::read_bounded(opened, MAX_DOCKERFILE).map_err(|error| format!("`{file}`: {error}"))?;
    if Digest::of(&bytes) != lineage.file_digest {
        return Err(format!("`{file}` is not what the image was built from any more"));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("`{file}` is no text"))?;
    Ok((file.clone(), text))
}

fn said(error: AppError) -> String {
    let help = error.help.map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}{help}", error.message)
}
