//! `cooper gate`: whether an image is what the table `[gate]` of `cooper.toml` asks for.

mod exceptions;
mod look;
mod render;

use ::gate::{Gate, Policy, Stop, gates};
use facts::Excuse;
use image::Platform;
pub use render::rules;

use self::look::Look;
use crate::config::SettingsFile;
use crate::scan::excuses::Excuses;
use crate::{AppError, World};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The image: a name or a digest of the store, `oci-layout://DIR`, an archive, or a name at a registry.
    pub image: String,
    /// `--platform`.
    pub platform: Option<Platform>,
    /// Directory in which its Dockerfile is looked for; the current one where none is named.
    pub context: Option<String>,
    /// `--exceptions`: a file in place of `.cooper/exceptions.toml`.
    pub exceptions: Option<String>,
    /// `--vex`: `OpenVEX` documents.
    pub vex: Vec<String>,
    /// `--update`: brings the advisories up to date first.
    pub update: bool,
    /// Names of gates that are not asked.
    pub except: Vec<String>,
    /// The Dockerfile, its name and its text, where it is known already.
    pub dockerfile: Option<(String, String)>,
}

/// The verdict.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The image as it was called.
    pub image: String,
    /// Its digest.
    pub digest: Option<String>,
    /// Each gate that was asked, in the order of the policy.
    pub gates: Vec<Judged>,
    /// Gates that were not asked.
    pub skipped: Vec<&'static str>,
    /// What is to be known of the answer.
    pub notes: Vec<String>,
    /// The file of the policy: its name as it is shown, and its text.
    pub policy: (String, String),
    /// The Dockerfile, where it is at hand.
    pub dockerfile: Option<(String, String)>,
}

/// What a gate said.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The gate.
    pub gate: &'static Gate,
    /// Its line in the policy, from 1.
    pub line: Option<u32>,
    /// What stops the image.
    pub stops: Vec<Stop>,
    /// What would, and is excused.
    pub excused: Vec<(Stop, Excuse)>,
}

impl Outcome {
    /// Whether no gate stops the image.
    pub fn passes(&self) -> bool {
        self.gates.iter().all(|judged| judged.stops.is_empty())
    }
}

/// Names of the gates that a test does not hold for, to be left out by [`Request::except`].
pub(crate) fn but(is_asked: impl Fn(&Gate) -> bool) -> Vec<String> {
    gates().iter().filter(|gate| !is_asked(gate)).map(|gate| gate.name.to_owned()).collect()
}

/// Asks the gates of an image.
pub fn gate(world: &World, request: &Request) -> Result<Outcome, AppError> {
    let file = world.settings.file.as_ref();
    let policy = policy(world, file)?;
    let known = Excuses::read(world, request.exceptions.as_deref(), &request.vex)?;
    let look = Look::new(world, request)?;
    let mut used = exceptions::Used::default();
    let (mut judged, mut skipped, mut said) = (Vec::new(), Vec::new(), Vec::new());
    for rule in &policy.rules {
        if request.except.iter().any(|name| rule.gate.is_called(name)) {
            skipped.push(rule.gate.name);
            continue;
        }
        let (mut stops, mut excused) = (Vec::new(), Vec::new());
        let judgement = rule.judge(&look);
        said.extend(judgement.notes);
        for stop in judgement.stops {
            match exceptions::of(&known, &stop, &mut used) {
                Some(excuse) => excused.push((stop, excuse)),
                None => stops.push(stop),
            }
        }
        judged.push(Judged { gate: rule.gate, line: rule.line, stops, excused });
    }
    let mut notes = look.notes();
    notes.extend(said);
    notes.extend(exceptions::notes(&known, &used, &skipped));
    Ok(Outcome {
        image: request.image.clone(),
        digest: look.digest(),
        gates: judged,
        skipped,
        notes,
        policy: file.map(|file| (file.shown(world), file.text.clone())).unwrap_or_default(),
        dockerfile: look.into_dockerfile(),
    })
}

fn policy(world: &World, file: Option<&SettingsFile>) -> Result<Policy, AppError> {
    let table = &world.settings.gate;
    if table.is_empty() {
        return Err(AppError::usage("there is no policy: `cooper.toml` has no table `[gate]`").help(
            format!(
                "its keys are {}; `cooper rule NAME` says what each asks",
                gates().iter().map(|gate| gate.name).collect::<Vec<_>>().join(", ")
            ),
        ));
    }
    Policy::read(table, |key| file?.line(&["gate", key])).map_err(|error| {
        let range = file.and_then(|file| file.range(&["gate", &error.key]));
        let made = AppError::usage(error.to_string());
        match file {
            Some(file) => made.in_source(&file.shown(world), &file.text, range),
            None => made,
        }
    })
}
