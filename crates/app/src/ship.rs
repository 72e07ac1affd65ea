//! `cooper ship`: from a Dockerfile to an image at its registry that is checked, tested, signed and verified as who takes it
//! would verify it. The registry gets nothing unless all that came before passed.

mod steps;

use std::time::{Duration, Instant};

use image::{Digest, Reference};
use kit::{LineIndex, Redacted};
use registry::Progress;

use crate::build::{self, Observer};
use crate::trust::{self, Password};
use crate::{AppError, OutputKind, ProvenanceSpec, World};

/// What is shipped.
pub struct Request<'a> {
    /// What is built. Its first name says where the image goes.
    pub build: build::Request,
    /// File of the private key.
    pub key: &'a str,
    /// Gives its password; it is asked once, before all else.
    pub password: &'a Password<'a>,
    /// Files of tests, as for `cooper test`; without any the checks that `cooper test` has by itself.
    pub tests: Vec<String>,
    /// The most bytes of the files of an image, for the tests without a file.
    pub max_size: u64,
    /// Stop before anything leaves the machine.
    pub dry_run: bool,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All is well.
    Passed,
    /// It found something that keeps the image from being shipped.
    Stopped,
    /// It could not be done.
    Failed,
    /// It was not begun.
    Left,
}

impl End {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Left => "not reached",
        }
    }
}

/// A step, and what came of it.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// How it ended.
    pub end: End,
    /// What is to be known of it, a line each.
    pub lines: Vec<String>,
    /// What it took.
    pub took: Duration,
}

/// All steps, in their order.
#[derive(Debug)]
pub struct Report {
    /// Where the image goes.
    pub name: String,
    /// Digest of what the name stands for, once it was built.
    pub digest: Option<Digest>,
    /// The steps.
    pub steps: Vec<Step>,
    /// Whether the image is at its registry, verified.
    pub shipped: bool,
    /// Why a step could not be done.
    pub error: Option<AppError>,
}

impl Report {
    /// Whether no step stopped or failed.
    pub fn is_good(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.end, End::Passed | End::Left)) && self.error.is_none()
    }
}

/// Who is told while it goes on.
pub struct Audience<'a> {
    /// Sees the build.
    pub build: &'a dyn Observer,
    /// Sees what is sent.
    pub push: &'a dyn Progress,
    /// Sees each step that ended.
    pub step: &'a dyn Fn(&Step),
}

/// What the steps share.
struct Shipment<'a> {
    world: &'a World,
    request: &'a Request<'a>,
    build: build::Request,
    audience: &'a Audience<'a>,
    name: Reference,
    password: Redacted<Vec<u8>>,
    /// The public key, as PEM.
    public: String,
    /// The Dockerfile, its name and its text.
    dockerfile: Option<(String, String)>,
    built: Option<build::Outcome>,
}

/// What a step says: lines, and whether the next one may begin.
type Said = (Vec<String>, bool);

/// Ships an image. An error is a wrong request; what goes wrong in a step is in the report.
pub fn ship(world: &World, request: &Request<'_>, audience: &Audience<'_>) -> Result<Report, AppError> {
    let name = request.build.tags.first().cloned().ok_or_else(|| {
        AppError::usage("what is shipped needs a name")
            .help("`--tag NAME:TAG` says to which registry it goes")
    })?;
    if !request.build.outputs.is_empty() {
        return Err(AppError::usage("`ship` chooses itself where the image goes")
            .help("leave `--output`, `--push` and `--load` out; `--dry-run` keeps the image in the store"));
    }
    let mut build = request.build.clone();
    build.outputs = vec![crate::OutputSpec::new(OutputKind::Image { push: false }, None)];
    build.provenance.get_or_insert(ProvenanceSpec { max: false, builder_id: None, beside: true }).beside =
        true;
    // A key that cannot be used should not be found out after the build.
    let password = (request.password)()?;
    let public = trust::public(world, request.key, &|| Ok(password.clone()))?;
    let mut shipment =
        Shipment { world, request, build, audience, name, password, public, dockerfile: None, built: None };
    Ok(shipment.run())
}

impl Shipment<'_> {
    fn run(&mut self) -> Report {
        let mut report = Report {
            name: self.name.to_string(),
            digest: None,
            steps: Vec::new(),
            shipped: false,
            error: None,
        };
        let (mut passed, mut goes_on) = (true, true);
        for (name, step) in steps::ALL {
            let is_sent = self.request.dry_run && steps::LEAVING.contains(name);
            if !goes_on || is_sent {
                report.steps.push(Step { name, end: End::Left, lines: Vec::new(), took: Duration::ZERO });
                continue;
            }
            let begin = Instant::now();
            let said = step(self);
            let (end, lines) = match said {
                Ok((lines, true)) => (End::Passed, lines),
                Ok((lines, false)) => (End::Stopped, lines),
                Err(error) => {
                    let lines = vec![placed(&error)];
                    report.error = Some(error);
                    (End::Failed, lines)
                }
            };
            passed &= end == End::Passed;
            goes_on = passed || (end == End::Stopped && steps::LOOKING.contains(name));
            report.digest = self.digest();
            report.steps.push(Step { name, end, lines, took: begin.elapsed() });
            report.steps.iter().last().into_iter().for_each(self.audience.step);
        }
        report.shipped = passed && !self.request.dry_run;
        report
    }

    fn digest(&self) -> Option<Digest> {
        self.built.as_ref()?.top.as_ref().map(|top| top.digest)
    }
}

/// An error with its place in front, as findings have it.
fn placed(error: &AppError) -> String {
    let place = error.source.as_ref().map(|source| {
        let line = LineIndex::new(&source.text).line(source.range.start);
        format!("{}:{line} ", source.file)
    });
    format!("{}{}", place.unwrap_or_default(), error.message)
}
