//! `cooper comply`: what benchmarks and checklists ask of an image, or of a directory with its Dockerfiles, and the evidence.

use ::comply::{Found, Known, Source};
use facts::{Compliance, Finding, Origin};
use image::Platform;

use crate::{AppError, World, lint, locate, scan};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// An image, or a directory.
    pub target: String,
    /// `--dockerfile`: the Dockerfile of an image.
    pub dockerfile: Option<String>,
    /// `--platform`.
    pub platform: Option<Platform>,
}

/// What was found out.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The items.
    pub items: Vec<Compliance>,
    /// What is to be known of the answer.
    pub notes: Vec<String>,
}

/// Judges all items.
pub fn comply(world: &World, request: &Request) -> Result<Outcome, AppError> {
    let is_image =
        locate::image_file(world, &request.target).is_some() || !world.path(&request.target).is_dir();
    let (mut known, mut notes) = (Known::default(), Vec::new());
    let wish = scan::Request {
        target: request.target.clone(),
        platform: request.platform.clone(),
        secrets: Some(scan::SecretRules::default()),
        ..scan::Request::default()
    };
    if is_image {
        known.sources.push(Source::Image);
        for one in scan::check(world, &wish)?.findings {
            let place = with_origin(one.place.text(), one.origin.as_ref());
            known.found.push(Found { name: one.check.to_owned(), message: one.message, place });
        }
    }
    let dockerfile = if is_image { request.dockerfile.as_ref() } else { Some(&request.target) };
    if let Some(path) = dockerfile {
        rules(world, path, &mut known)?;
    }
    contents(world, &wish, &mut known, &mut notes)?;
    Ok(Outcome { items: ::comply::judge(&known), notes })
}

/// What the rules find in Dockerfiles.
fn rules(world: &World, path: &str, known: &mut Known) -> Result<(), AppError> {
    let wish = lint::Request {
        paths: vec![path.to_owned()],
        select: vec!["all".to_owned()],
        ..lint::Request::default()
    };
    let mut outcome = lint::lint(world, &wish, None)?;
    if let Some(error) = outcome.errors.pop() {
        return Err(error);
    }
    if !outcome.files.is_empty() {
        known.sources.push(Source::Dockerfile);
    }
    let text = |one: &Finding| {
        outcome.files.iter().find(|(name, _)| *name == one.primary.file).map(|(_, text)| text)
    };
    let found = outcome.findings.iter().map(|one| {
        let line = text(one).map_or(1, |text| kit::LineIndex::new(text).line(one.primary.range.start));
        let place = format!("{}:{line}", one.primary.file);
        Found { name: one.rule.to_owned(), message: one.message.clone(), place }
    });
    known.found.extend(found);
    Ok(())
}

/// What the packages and the files hold: flaws that have a fix, and secrets.
fn contents(
    world: &World,
    wish: &scan::Request,
    known: &mut Known,
    notes: &mut Vec<String>,
) -> Result<(), AppError> {
    let contents = if scan::database::has_advisories(world) {
        let outcome = scan::scan(world, wish)?;
        // What nobody has looked at cannot pass.
        if outcome.unseen.is_empty() {
            known.sources.push(Source::Scan);
        } else {
            let names: Vec<_> = outcome.unseen.iter().map(|name| format!("`{name}`")).collect();
            notes.push(format!(
                "there are no advisories about {} here; `cooper db update` brings them",
                names.join(", ")
            ));
        }
        let components = &outcome.contents.inventory.components;
        for one in outcome.vulnerabilities.iter().filter(|one| one.fixed.is_some()) {
            let Some(component) = components.get(one.component) else { continue };
            let (package, fixed) = (&component.package, one.fixed.as_deref().unwrap_or_default());
            let message = format!("{} in {} {}, fixed in {fixed}", one.id, package.name, package.version);
            let path = component.places.first().map(|place| place.path.clone()).unwrap_or_default();
            let place = with_origin(path, component.origin.as_ref());
            known.found.push(Found { name: "vulnerable-package".to_owned(), message, place });
        }
        outcome.contents
    } else {
        notes.push(
            "there are no advisories here, so packages were not scanned; `cooper db update` brings them"
                .to_owned(),
        );
        scan::contents(world, wish)?
    };
    for secret in contents.secrets {
        let place = with_origin(secret.place.text(), secret.origin.as_ref());
        known.found.push(Found { name: "secret".to_owned(), message: secret.description, place });
    }
    Ok(())
}

/// A place with the line of the Dockerfile that made it so, where that is known.
fn with_origin(place: String, origin: Option<&Origin>) -> String {
    let Some(origin) = origin else { return place };
    match (&origin.file, origin.copied_on.or(origin.line)) {
        (Some(file), Some(line)) => format!("{place} ({file}:{line})"),
        _ => format!("{place} (layer {})", origin.layer),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn items_name_rules_and_checks_that_exist() {
        let rules = lint_rules::rules().iter().map(|rule| rule.name);
        let checks = ::checks::checks().iter().map(|check| check.name);
        let known: BTreeSet<_> = rules.chain(checks).chain(["vulnerable-package", "secret"]).collect();
        for item in ::comply::items() {
            let unknown: Vec<_> = item.against.iter().filter(|name| !known.contains(*name)).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", item.number);
        }
    }
}
