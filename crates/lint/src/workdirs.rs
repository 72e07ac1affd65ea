//! Questions about WORKDIR.

use syntax::Statement;

use crate::context::Context;
use crate::model::Step;

/// The path of a WORKDIR when it is relative for sure.
pub(crate) fn relative_workdir(step: &Step<'_>) -> Option<String> {
    let Some(Statement::Workdir(word)) = step.statement else { return None };
    let path = step.expand(&word.value).unwrap_or_else(|| word.value.clone());
    if path.is_empty() {
        // A variable that is not there leaves nothing.
        return word.value.contains('$').then_some(path);
    }
    let drive = path.as_bytes().get(1) == Some(&b':');
    let absolute = path.starts_with(['/', '\\', '$', '%']) || drive;
    // `"$X/a"` is not known either.
    let unknown = path.trim_start_matches(['"', '\'']).starts_with(['$', '/', '\\']);
    (!absolute && !unknown).then_some(path)
}

/// The working directory before a step, as far as the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Before {
    /// No WORKDIR comes before: that of the base image.
    Base,
    /// It depends on something unknown.
    Unknown,
    /// An absolute path.
    Path(String),
}

/// The working directory that the stage, or those it is built on, have set before a step.
pub(crate) fn workdir_before(context: &Context<'_>, step: &Step<'_>) -> Before {
    let mut found = Before::Base;
    for other in context.steps_before(step) {
        if let Some(Statement::Workdir(word)) = other.statement {
            found = match (found, other.expand(&word.value)) {
                (_, Some(path)) if path.starts_with('/') => Before::Path(kit::absolute_path("/", &path)),
                (Before::Path(cwd), Some(path)) => Before::Path(kit::absolute_path(&cwd, &path)),
                _ => Before::Unknown,
            };
        }
    }
    found
}
