//! COPY, ADD and WORKDIR: what puts files into a stage.

use image::Chmod;
use stage::EdgeKind;
use syntax::Spanned;

use super::{Current, StageState, word_error};
use crate::lower::Planner;
use crate::remote::{RemoteFlags, of_source};
use crate::{CopyOp, CopySource, Op, PlanError, history};

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
            None => planner.main_context(self.index, current.range),
        };
        let (sources, shown) = self.sources(planner, copy, add)?;
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
            sources,
        };
        let created_by = history::copy(&op, &shown, &dest);
        self.push(planner, current, Op::Copy(Box::new(op)), created_by);
        Ok(())
    }

    /// What is copied, and how the history shows it.
    fn sources(
        &self,
        planner: &mut Planner<'_>,
        copy: &syntax::Copy,
        add: bool,
    ) -> Result<(Vec<CopySource>, Vec<String>), PlanError> {
        let checksum = match &copy.checksum {
            Some(flag) => Some(Spanned::new(self.expand(planner, &flag.value, flag.range)?, flag.range)),
            None => None,
        };
        let (mut sources, mut shown) = (Vec::new(), Vec::new());
        for source in &copy.sources {
            let text = self.expand(planner, &source.value, source.range)?;
            let (checksum, keep_git_dir) = (checksum.clone(), copy.keep_git_dir);
            let op = of_source(&text, &RemoteFlags { checksum, keep_git_dir, add, source })?;
            shown.push(without_login(&text, op.as_ref()));
            sources.push(match op {
                None => CopySource::Path(text),
                Some(op) => {
                    let file = match &op {
                        Op::Web(web) => Some(web.file_name.clone()),
                        _ => None,
                    };
                    CopySource::Remote { node: planner.remote_node(op, self.index, source.range), file }
                }
            });
        }
        // An empty one is none, for BuildKit, too.
        if let Some(flag) = checksum.as_ref().filter(|flag| !flag.value.is_empty()) {
            check_checksum(&sources, flag)?;
        }
        Ok((sources, shown))
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
        let path = kit::absolute_path(&self.cwd(), dest);
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
        let clean = kit::absolute_path(&self.cwd(), &path);
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

/// A checksum is that of exactly one remote source.
fn check_checksum(sources: &[CopySource], flag: &Spanned<String>) -> Result<(), PlanError> {
    let why = match sources {
        [CopySource::Remote { .. }] => return Ok(()),
        [_] | [] => "is for URLs and git repositories only",
        _ => "is for one source only",
    };
    Err(PlanError::at(flag.range, format!("`--checksum` {why}"))
        .help("write an `ADD` of its own for each source"))
}

/// A source for the history; a login is no part of an image.
fn without_login(text: &str, op: Option<&Op>) -> String {
    let has_login = match op {
        Some(Op::Web(web)) => web.url.login.is_some(),
        Some(Op::Git(git)) => git.git.login.is_some(),
        _ => false,
    };
    let Some((scheme, rest)) = text.split_once("://").filter(|_| has_login) else { return text.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{}", &rest[end..])
}
