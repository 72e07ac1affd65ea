//! `cooper sbom` and `cooper scan`: what is in an image, a file system or a project, which step brought it, and what is
//! known to be wrong with it.

mod check;
pub mod database;
mod facts_of;
mod origin;
mod secret;
mod subject;

pub use check::{Checked, check};
use std::cmp::Reverse;

use advisories::{Advisory, affected, asked};
use facts::{Inventory, Risk, Secret, Subject, Vulnerability};
use image::Platform;

use crate::{AppError, World};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// An image (a name or a digest of the store, `oci-layout://DIR`, an archive, a name at a registry), or a directory.
    pub target: String,
    /// `--platform`.
    pub platform: Option<Platform>,
    /// Whether secrets are looked for, and how.
    pub secrets: Option<SecretRules>,
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
}

/// What is wrong with it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What is in it.
    pub contents: Contents,
    /// What is wrong, the worst first.
    pub vulnerabilities: Vec<Vulnerability>,
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
    let secrets = secrets.into_iter().map(|(_, secret)| secret).collect();
    Ok(Contents { subject: opened.subject, inventory, secrets, notes })
}

/// Scans something for what is known to be wrong with it.
pub fn scan(world: &World, request: &Request) -> Result<Outcome, AppError> {
    let contents = contents(world, request)?;
    let database = database::open(world)?;
    let mut notes = contents.notes.clone();
    notes.extend(database.notes(world));
    let mut vulnerabilities = Vec::new();
    let (mut unknown, inventory) = (false, &contents.inventory);
    for (number, component) in inventory.components.iter().enumerate() {
        // The package that brought it answers for it: its distribution knows what it has mended.
        if component.owner.is_some() {
            continue;
        }
        let Some(ask) = asked(&component.package, inventory.distro.as_ref()) else {
            unknown |= component.package.ecosystem.is_distro();
            continue;
        };
        let Some(scheme) = versions::scheme(ask.scheme) else { continue };
        for (source, advisory) in database.find(&ask.shard, &ask.name)? {
            if let Some(found) = affected(&advisory, &ask.version, scheme) {
                vulnerabilities.push(vulnerability(number, source, advisory, found.fixed));
            }
        }
    }
    if unknown {
        let name = inventory.distro.as_ref().map_or("an unknown distribution", |distro| &distro.id);
        notes.push(format!("no source of advisories is known for the packages of {name}"));
    }
    notes.extend(database.missing(inventory));
    vulnerabilities
        .sort_by(|a, b| (Reverse(a.risk), a.component, &a.id).cmp(&(Reverse(b.risk), b.component, &b.id)));
    vulnerabilities.dedup_by(|a, b| (a.component, &a.id) == (b.component, &b.id));
    Ok(Outcome { contents, vulnerabilities, notes })
}

fn vulnerability(component: usize, source: &str, advisory: Advisory, fixed: Option<String>) -> Vulnerability {
    Vulnerability {
        id: advisory.id,
        aliases: advisory.aliases,
        risk: advisory.risk,
        summary: advisory.summary,
        component,
        fixed,
        source: source.to_owned(),
    }
}

/// Whether something is at least as bad as `least`.
pub fn reaches(outcome: &Outcome, least: Risk) -> bool {
    outcome.vulnerabilities.iter().any(|one| one.risk >= least)
        || outcome.contents.secrets.iter().any(|one| one.severity >= least)
}
