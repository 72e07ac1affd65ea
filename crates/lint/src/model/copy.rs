//! COPY and ADD: which path comes from where and goes where.

use kit::TextRange;
use stage::{Source, Use};

use super::Step;
use crate::paths::{base_name, is_within, rest};

/// A COPY or ADD with its paths expanded.
#[derive(Debug)]
pub(crate) struct CopyStep {
    /// The stage that is copied from; `None` for the context and for what is no stage.
    pub(crate) from: Option<usize>,
    /// Whether it copies from the main context.
    pub(crate) is_context: bool,
    pub(crate) is_add: bool,
    pub(crate) sources: Vec<CopySource>,
    /// The target, absolute.
    pub(crate) dest: Option<String>,
    /// Whether the target is a directory for sure.
    pub(crate) dest_is_dir: bool,
}

/// A source.
#[derive(Debug)]
pub(crate) struct CopySource {
    /// After expansion: absolute for what comes from a stage, else relative to the context or a URL.
    pub(crate) path: Option<String>,
    pub(crate) range: TextRange,
}

impl CopyStep {
    pub(super) fn new(
        step: &Step<'_>,
        copy: &syntax::Copy,
        source: Option<&Use>,
        workdir: Option<&str>,
        is_add: bool,
    ) -> Self {
        let from = match source.map(|item| &item.source) {
            Some(Source::Stage(stage)) => Some(*stage),
            _ => None,
        };
        let path = |text: &str| {
            let expanded = step.expand(text)?;
            Some(if from.is_some() { kit::absolute_path("/", &expanded) } else { expanded })
        };
        let sources: Vec<CopySource> = copy
            .sources
            .iter()
            .map(|source| CopySource { path: path(&source.value), range: source.range })
            .collect();
        let dest = step.expand(&copy.dest.value);
        let many = sources.len() + copy.heredocs.len() > 1;
        let is_dir = |dest: &String| {
            dest.ends_with('/') || matches!(dest.as_str(), "." | "..") || dest.ends_with("/.")
        };
        Self {
            from,
            is_context: copy.from.is_none(),
            is_add,
            sources,
            dest_is_dir: many || dest.as_ref().is_some_and(is_dir),
            dest: dest.and_then(|dest| absolute(workdir, &dest)),
        }
    }

    /// Where a file `path` of the source stage lies after this copy; `None` when it is not copied for sure.
    pub(crate) fn carries(&self, path: &str) -> Option<(String, TextRange)> {
        let dest = self.dest.as_deref()?;
        self.sources.iter().find_map(|source| {
            let below = rest(path, source.path.as_deref()?)?;
            let to = match (below.is_empty(), self.dest_is_dir) {
                (true, true) => kit::absolute_path(dest, base_name(path)),
                (true, false) => dest.to_owned(),
                // The contents of a directory are copied, not the directory itself.
                (false, _) => kit::absolute_path(dest, below),
            };
            Some((to, source.range))
        })
    }

    /// Whether it can put something at `path` or above or below it.
    pub(crate) fn may_create(&self, path: &str) -> bool {
        let Some(dest) = self.dest.as_deref() else { return true };
        is_within(path, dest) || is_within(dest, path)
    }
}

/// A path made absolute; `None` when the working directory it is relative to is not known.
pub(super) fn absolute(workdir: Option<&str>, path: &str) -> Option<String> {
    match (workdir, path.starts_with('/')) {
        (_, true) => Some(kit::absolute_path("/", path)),
        (Some(cwd), false) => Some(kit::absolute_path(cwd, path)),
        (None, false) => None,
    }
}
