//! Exceptions from gates: the entries of `.cooper/exceptions.toml` that name a gate.

use std::collections::BTreeSet;

use ::gate::Stop;
use facts::Excuse;

use crate::scan::excuses::{Exception, Excuses, is_package};

/// The numbers of the exceptions that excused something.
pub(super) type Used = BTreeSet<usize>;

/// The exception for what stops an image.
pub(super) fn of(excuses: &Excuses, stop: &Stop, used: &mut Used) -> Option<Excuse> {
    let fits = |exception: &Exception| {
        let is_gate = exception.gate.as_ref().is_some_and(|name| stop.gate.is_called(name));
        let is_id =
            exception.id.as_ref().is_none_or(|id| stop.ids.iter().any(|one| one.eq_ignore_ascii_case(id)));
        let is_about = exception.package.as_ref().is_none_or(|wanted| {
            stop.package.as_ref().is_some_and(|(name, purl)| is_package(wanted, name, purl))
        });
        is_gate && is_id && is_about
    };
    let mut all = excuses.all().iter().enumerate().filter(|(_, exception)| fits(exception));
    let (at, exception) = all.find(|(_, exception)| !excuses.has_ended(exception))?;
    used.insert(at);
    Some(excuses.excuse(exception))
}

/// What is to be said of exceptions that excuse nothing. Those of gates that were not asked may yet be needed.
pub(super) fn notes(excuses: &Excuses, used: &Used, skipped: &[&str]) -> Vec<String> {
    let unused = excuses.all().iter().enumerate().filter(|(at, exception)| {
        let is_asked = |name: &String| !skipped.contains(&name.as_str());
        !used.contains(at) && exception.gate.as_ref().is_some_and(is_asked)
    });
    unused.map(|(_, exception)| excuses.note(exception)).collect()
}
