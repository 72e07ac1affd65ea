//! `cooper sbom` and `cooper scan`: what is in an image, a file system or a project, which step brought it, and what is
//! known to be wrong with it.

mod check;
pub mod database;
mod documents;
pub(crate) mod excuses;
mod facts_of;
mod findings;
mod origin;
mod page;
mod secret;
mod subject;
pub mod update;

use std::sync::Arc;

pub use ::checks::{Check, checks};
pub use check::{Checked, check};
use facts::{Excused, Inventory, Risk, Secret, Subject, Vulnerability};
use image::Platform;
pub use page::{Page, page};

pub(crate) use facts_of::ahead;
pub(crate) use secret::{masked, masked_value};
use subject::Opened;

use crate::{AppError, World};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// An image (a name or a digest of the store, `oci-layout://DIR`, an archive, a name at a registry), or a directory.
    pub target: String,
    /// `--platform`.
    pub platform: Option<Platform>,
    /// Whether secrets are looked for, and how.
    pub secrets: Option<SecretRules>,
    /// `--vex`: `OpenVEX` documents.
    pub vex: Vec<String>,
    /// `--exceptions`: a file in place of `.cooper/exceptions.toml`.
    pub exceptions: Option<String>,
    /// `--context`: where the Dockerfile of an image is looked for, to be shown on a page.
    pub context: Option<String>,
    /// `--update`: brings the database up to date first.
    pub update: bool,
}

/// How secrets are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretRules {
    /// A `gitleaks.toml`; without one that of the project, else own rules.
    pub file: Option<String>,
    /// A `.gitleaksignore`; without one that of the project.
    pub ignore: Option<String>,
}

/// What is in something.
#[derive(Debug, Clone)]
pub struct Contents {
    /// What was looked at.
    pub subject: Subject,
    /// What is in it.
    pub inventory: Inventory,
    /// Secrets, where they were looked for.
    pub secrets: Vec<Secret>,
    /// What is to be known of the answer.
    pub notes: Vec<String>,
    /// What was opened for it, so that nobody opens it again.
    opened: Arc<Opened>,
}

/// What is wrong with it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What is in it.
    pub contents: Contents,
    /// What is wrong, the worst first.
    pub vulnerabilities: Vec<Vulnerability>,
    /// What is wrong and does not count, with the reasons.
    pub excused: Vec<Excused>,
    /// Ecosystems and distributions of its packages about which there are no advisories here.
    pub unseen: Vec<String>,
    /// What is to be known of the answer.
    pub notes: Vec<String>,
}

/// Lists what is in something.
pub fn contents(world: &World, request: &Request) -> Result<Contents, AppError> {
    let store = world.store()?;
    let opened = subject::open(world, &store, &request.target, request.platform.as_ref())?;
    let mut notes = Vec::new();
    let known = request.secrets.as_ref().map(|wish| secret::rules(world, &opened, wish)).transpose()?;
    let layers = facts_of::all(world, &store, &opened, known.as_ref().map(secret::Known::rules))?;
    let mut inventory = ::scan::merge(&layers.iter().map(|(facts, _)| facts).collect::<Vec<_>>());
    let mut secrets = match &known {
        Some(known) => secret::all(&opened, &layers, known, &mut notes),
        None => Vec::new(),
    };
    origin::fill(world, &store, &opened, &mut inventory, &mut secrets)?;
    if let Some(known) = known.filter(|_| secret::is_said(secrets.iter().map(|(_, one)| one))) {
        let of_packages = inventory.components.iter_mut().map(|one| &mut one.origin);
        let of_secrets = secrets.iter_mut().map(|(_, one)| &mut one.origin);
        secret::mask_steps(known.rules(), of_packages.chain(of_secrets).flatten());
    }
    let secrets = secrets.into_iter().map(|(_, secret)| secret).collect();
    let subject = opened.subject.clone();
    Ok(Contents { subject, inventory, secrets, notes, opened: Arc::new(opened) })
}

/// Scans something for what is known to be wrong with it.
pub fn scan(world: &World, request: &Request) -> Result<Outcome, AppError> {
    let known = excuses::Excuses::read(world, request.exceptions.as_deref(), &request.vex)?;
    let mut notes = if request.update { update::before_scan(world)? } else { Vec::new() };
    let contents = contents(world, request)?;
    notes.extend(contents.notes.iter().cloned());
    let database = database::open(world)?;
    notes.extend(database.notes(world));
    let (found, more) = findings::find(&database, &contents.inventory)?;
    notes.extend(more);
    let unseen = database.missing(&contents.inventory);
    notes.extend(unseen.iter().map(|shard| format!("there are no advisories about `{shard}` here")));
    let (vulnerabilities, excused, more) = known.apply(&contents.subject, &contents.inventory, found);
    notes.extend(more);
    Ok(Outcome { contents, vulnerabilities, excused, unseen, notes })
}

/// Whether something is at least as bad as `least`.
pub fn reaches(outcome: &Outcome, least: Risk) -> bool {
    outcome.vulnerabilities.iter().any(|one| one.risk >= least)
        || outcome.contents.secrets.iter().any(|one| one.severity >= least)
}
