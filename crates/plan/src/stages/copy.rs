//! COPY, ADD and WORKDIR: what puts files into a stage.

use image::Chmod;
use stage::EdgeKind;
use syntax::Spanned;

use super::{Current, StageState, absolute, word_error};
use crate::lower::Planner;
use crate::{CopyOp, Op, PlanError, Source, history};

impl StageState {
    /// Adds the step of a COPY or ADD.
    pub(super) fn copy(
        &mut self,
        planner: &mut Planner<'_>,
        current: &Current,
        copy: &syntax::Copy,
        add: bool,
    ) -> Result<(), PlanError> {
        let from = match &copy.from {
            Some(from) => self.source(planner, EdgeKind::Copy, from, current)?,
            None => Source::Context(None),
        };
        let mut paths = Vec::new();
        for source in &copy.sources {
            paths.push(self.expand(planner, &source.value, source.range)?);
        }
        refuse_remote(copy, &paths, add)?;
        let dest = self.expand(planner, &copy.dest.value, copy.dest.range)?;
        let op = CopyOp {
            inline: self.inline(planner, copy)?,
            dest: self.dest(&dest),
            chown: self.expand_flag(planner, copy.chown.as_ref())?,
            chmod: self.chmod(planner, copy.chmod.as_ref())?,
            link: copy.link,
            parents: copy.parents,
            exclude: copy.exclude.iter().map(|pattern| pattern.value.clone()).collect(),
            unpack: copy.unpack,
            add,
            from,
            paths,
        };
        let created_by = history::copy(&op, &dest);
        self.push(planner, current, Op::Copy(Box::new(op)), created_by);
        Ok(())
    }

    fn expand_flag(
        &self,
        planner: &Planner<'_>,
        flag: Option<&Spanned<String>>,
    ) -> Result<Option<String>, PlanError> {
        flag.map(|flag| self.expand(planner, &flag.value, flag.range)).transpose()
    }

    fn chmod(
        &self,
        planner: &Planner<'_>,
        flag: Option<&Spanned<String>>,
    ) -> Result<Option<String>, PlanError> {
        let Some(flag) = flag else { return Ok(None) };
        let mode = self.expand(planner, &flag.value, flag.range)?;
        if !mode.is_empty() {
            Chmod::parse(&mode).map_err(|message| PlanError::at(flag.range, message))?;
        }
        Ok(Some(mode))
    }

    /// Names and contents of the sources that stand in the Dockerfile.
    fn inline(&self, planner: &Planner<'_>, copy: &syntax::Copy) -> Result<Vec<(String, String)>, PlanError> {
        let mut files = Vec::new();
        for heredoc in &copy.heredocs {
            let body = &heredoc.body;
            let content = if heredoc.expand {
                planner.uncertain.set(false);
                syntax::expand_heredoc(&body.value, planner.parse.escape(), &|name| {
                    self.lookup(planner, name)
                })
                .map_err(|error| word_error(planner, &error, body.range))?
            } else {
                body.value.clone()
            };
            files.push((heredoc.name.value.clone(), content));
        }
        Ok(files)
    }

    /// The target, absolute, with a trailing `/` where it has to be a directory.
    fn dest(&self, dest: &str) -> String {
        let is_dir = dest.ends_with('/') || matches!(dest, "" | "." | "..") || dest.ends_with("/.");
        let path = absolute(&self.cwd(), dest);
        if is_dir && path != "/" { format!("{path}/") } else { path }
    }

    /// Sets the working directory and makes it.
    pub(super) fn workdir(
        &mut self,
        planner: &mut Planner<'_>,
        current: &Current,
        path: &Spanned<String>,
    ) -> Result<(), PlanError> {
        let path = self.expand(planner, &path.value, path.range)?;
        let clean = absolute(&self.cwd(), &path);
        // An absolute path is kept as it is written, as BuildKit keeps it.
        self.config.working_dir = if path.starts_with('/') { path } else { clean.clone() };
        let path = clean;
        if path == "/" {
            self.note(format!("WORKDIR {path}"));
            return Ok(());
        }
        let op = Op::Mkdir { path: path.clone(), user: self.config.user.clone() };
        self.push(planner, current, op, format!("WORKDIR {path}"));
        Ok(())
    }
}

/// Sources that are not local: COPY has none, and ADD of them is not built by this version.
fn refuse_remote(copy: &syntax::Copy, paths: &[String], add: bool) -> Result<(), PlanError> {
    let remote = |path: &&String| {
        path.starts_with("http://")
            || path.starts_with("https://")
            || path.starts_with("git@")
            || path.starts_with("git://")
            || path.starts_with("ssh://")
    };
    let Some(path) = paths.iter().find(remote) else { return Ok(()) };
    let error =
        |message: String| PlanError::at(copy.sources.first().map_or(copy.dest.range, |s| s.range), message);
    if add {
        return Err(error(format!("`ADD` of the remote source `{path}` cannot be built here"))
            .help("download it in a `RUN` step and check its digest, or put it into the context"));
    }
    Err(error(format!("source `{path}` is a URL, which `COPY` does not take")).help("use `ADD`"))
}
