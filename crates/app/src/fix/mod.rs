//! `cooper fix`: mends what the rules find.

mod verify;

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use facts::{Finding, Safety};
pub use lint_rules::{Applied, LeftOut};
use lint_rules::{FixChoice, Fixed, Project};

pub use self::verify::{Build, Verdict};
use crate::build::Observer;
use crate::dockerfile::Source;
use crate::lint::around::{Around, Asked, Lookups};
use crate::lint::choices::Choices;
use crate::{AppError, World, lint};

/// What is to be mended, and how.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The files, and which rules count.
    pub lint: lint::Request,
    /// Whether fixes that may change the image are applied, too.
    pub unsafe_fixes: bool,
    /// Whether changed files are written.
    pub write: bool,
    /// How images are built before and after, when fixes are kept only if that shows no difference.
    pub verify: Option<Build>,
}

/// A file and what became of it.
#[derive(Debug)]
pub struct File {
    /// Its name as given, or relative to the current directory.
    pub name: String,
    /// The text as it was and as it is to be.
    pub old: String,
    /// The same when nothing was to be done.
    pub new: String,
    /// What was done.
    pub applied: Vec<Applied>,
    /// What was not done, and why.
    pub left_out: Vec<LeftOut>,
    /// Files that were added, or are to be.
    pub created: Vec<String>,
    /// How many findings there were and are.
    pub findings: (usize, usize),
    /// How many of those that are left have a fix that may change the image, where neither such fixes nor single rules
    /// were asked for.
    pub unsafe_fixes: usize,
    /// What the builds before and after showed.
    pub verdict: Option<Verdict>,
}

/// What became of all files.
#[derive(Debug)]
pub struct Outcome {
    /// Those that could be read.
    pub files: Vec<File>,
    /// What failed.
    pub errors: Vec<AppError>,
}

/// Mends all files of a request.
pub fn fix(
    world: &World,
    request: &Request,
    observer: &dyn Observer,
    mut stdin: Option<&mut dyn Read>,
) -> Result<Outcome, AppError> {
    let choices = Choices::new(world, &request.lint)?;
    let (sources, mut errors) = lint::sources(world, &request.lint, &mut stdin);
    let lookups = request.lint.lookup.then(|| Lookups::new(world));
    let asked = Asked { lookups: lookups.as_ref(), bases: None };
    let fixer = Fixer { world, request, choices: &choices, asked, observer };
    let mut files = Vec::new();
    for source in &sources {
        match fixer.one(source) {
            Ok(file) => files.push(file),
            Err(error) => errors.push(error),
        }
    }
    Ok(Outcome { files, errors })
}

/// Takes back the files that fixes add: builds before and after read the context as it is.
fn leave_files_out(text: &str, fixed: &mut Fixed) {
    if fixed.creates.is_empty() {
        return;
    }
    fixed.creates.clear();
    let lines = kit::LineIndex::new(text);
    let adds =
        fixed.findings.iter().filter(|found| found.fix.as_ref().is_some_and(|fix| !fix.creates.is_empty()));
    let why = "a file that it adds is not part of the builds that are compared";
    fixed.left_out.extend(adds.map(|found| LeftOut {
        code: found.code,
        line: lines.line(found.primary.range.start),
        why: why.to_owned(),
    }));
}

struct Fixer<'a> {
    world: &'a World,
    request: &'a Request,
    choices: &'a Choices,
    asked: Asked<'a>,
    observer: &'a dyn Observer,
}

impl Fixer<'_> {
    fn one(&self, source: &Source) -> Result<File, AppError> {
        let context = self.request.lint.context.as_ref().map(|path| self.world.path(path));
        let before = lint::check(self.choices, context.as_deref(), self.asked, source).len();
        let mut fixed = self.fixed(source, context.as_deref(), &BTreeSet::new());
        let mut verdict = None;
        if let Some(build) = self.request.verify.as_ref().filter(|_| fixed.text != source.text) {
            let verifier = verify::Verifier { world: self.world, build, observer: self.observer, source };
            let (kept, found) =
                verifier.run(fixed, |without| self.fixed(source, context.as_deref(), without))?;
            fixed = kept;
            verdict = Some(found);
        }
        if self.request.verify.is_some() {
            leave_files_out(&source.text, &mut fixed);
        }
        let unsafe_fixes = fixed.findings.iter().filter(|finding| self.is_withheld(finding)).count();
        let created = self.write(source, context.as_deref(), &fixed)?;
        Ok(File {
            name: source.name.clone(),
            old: source.text.clone(),
            findings: (before, fixed.findings.len()),
            new: fixed.text,
            applied: fixed.applied,
            left_out: fixed.left_out,
            created,
            unsafe_fixes,
            verdict,
        })
    }

    /// Whether a finding has a fix that is not applied without being asked for.
    fn is_withheld(&self, finding: &Finding) -> bool {
        let request = self.request;
        let is_withheld = !request.unsafe_fixes && request.lint.select.is_empty();
        is_withheld && finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Unsafe)
    }

    fn fixed(&self, source: &Source, context: Option<&Path>, without: &BTreeSet<&'static str>) -> Fixed {
        let safety = if self.request.unsafe_fixes { Safety::Unsafe } else { Safety::Safe };
        let around = Around::new(source.path.as_deref(), context, self.asked);
        let mut options = self.choices.options_for(&source.name);
        options.project = around.as_ref().map(|around| around as &dyn Project);
        let choice = FixChoice { safety, without: without.clone() };
        lint_rules::fix(&source.name, &source.text, &options, &choice)
    }

    /// Writes what has changed, if asked to; which files are new.
    fn write(&self, source: &Source, context: Option<&Path>, fixed: &Fixed) -> Result<Vec<String>, AppError> {
        let Some(path) = source.path.as_deref() else { return Ok(Vec::new()) };
        let failed = |error: std::io::Error| {
            AppError::environment(format!("failed to write `{}`: {error}", source.name))
        };
        if self.request.write && fixed.text != source.text {
            kit::replace_atomic(path, fixed.text.as_bytes()).map_err(failed)?;
        }
        let Some(dir) = context.or_else(|| path.parent()) else { return Ok(Vec::new()) };
        let mut created = Vec::new();
        for (name, text) in &fixed.creates {
            let new = dir.join(name);
            let inside = !name.starts_with('/') && !name.split('/').any(|part| part == "..");
            if !inside || new.symlink_metadata().is_ok() {
                continue;
            }
            if self.request.write {
                kit::write_atomic(&new, text.as_bytes()).map_err(failed)?;
            }
            created.push(crate::dockerfile::shown(self.world, &new));
        }
        Ok(created)
    }
}
