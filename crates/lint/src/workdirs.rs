//! Questions about WORKDIR.

use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::paths::join;

/// The path of a WORKDIR when it is relative for sure.
pub(crate) fn relative_workdir(step: &Step<'_>) -> Option<String> {
    let Some(Statement::Workdir(word)) = step.statement else { return None };
    let path = step.expand(&word.value).unwrap_or_else(|| word.value.clone());
    let drive = path.as_bytes().get(1) == Some(&b':');
    let absolute = path.starts_with(['/', '\\', '$', '%']) || drive;
    // `"$X/a"` is not known either.
    let unknown = path.trim_start_matches(['"', '\'']).starts_with(['$', '/', '\\']);
    (!path.is_empty() && !absolute && !unknown).then_some(path)
}

/// The working directory that another WORKDIR of the stage, or of those it is built on, has set before a step; `None`
/// when there is none, and within when it is not known.
pub(crate) fn workdir_before(context: &Context<'_>, step: &Step<'_>) -> Option<Option<String>> {
    let mut found: Option<Option<String>> = None;
    for other in context.steps_before(step) {
        if let Some(Statement::Workdir(word)) = other.statement {
            let path = other.expand(&word.value);
            let cwd = found.flatten();
            found = Some(path.and_then(|path| match (cwd, path.starts_with('/')) {
                (_, true) => Some(join("/", &path)),
                (Some(cwd), false) => Some(join(&cwd, &path)),
                (None, false) => None,
            }));
        }
    }
    found
}
