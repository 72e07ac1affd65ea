//! The time of a build: what no time of its result is later than.

use std::collections::BTreeMap;

use build_engine::Remotes;
use plan::{GitOp, Op, WebOp};
use stage::StageGraph;
use syntax::{Parse, Remote};

use crate::build::{Observer, in_dockerfile};
use crate::fetching::telling;
use crate::input::Main;
use crate::{AppError, ContextSpec, FIXED_EPOCH, World};

/// The argument and the variable that set it.
pub(crate) const NAME: &str = "SOURCE_DATE_EPOCH";

/// The time of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch {
    /// Seconds since 1970.
    pub(crate) seconds: i64,
    /// Where it is from.
    pub(crate) why: &'static str,
}

/// What the time may be taken from.
pub(crate) struct Finder<'a> {
    pub(crate) world: &'a World,
    pub(crate) store: &'a store::Store,
    pub(crate) remotes: &'a Remotes<'a>,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) main: &'a Main,
    pub(crate) contexts: &'a BTreeMap<String, ContextSpec>,
    pub(crate) source: &'a crate::dockerfile::Source,
    pub(crate) parse: &'a Parse,
}

impl Finder<'_> {
    /// The time that is asked for: a build argument, else the variable, else the default of a global `ARG`.
    pub(crate) fn given(
        &self,
        graph: &StageGraph,
        options: &plan::PlanOptions,
    ) -> Result<Option<i64>, AppError> {
        let default = || {
            let arg = graph.global_args.iter().rfind(|arg| arg.name.value == NAME)?;
            arg.value.known().map(str::to_owned)
        };
        let text = options.build_args.get(NAME).or_else(|| self.world.env.get(NAME)).cloned();
        let Some(text) = text.or_else(default).filter(|text| !text.is_empty()) else { return Ok(None) };
        if let Ok(seconds) = text.parse::<i64>()
            && seconds >= 0
        {
            return Ok(Some(seconds));
        }
        if text == "context" {
            return self.main_time()?.map(Some).ok_or_else(|| no_time("the build context"));
        }
        let key = image::context_name(&text);
        if let Some(spec) = self.contexts.get(&key) {
            return self
                .context_time(spec)?
                .map(Some)
                .ok_or_else(|| no_time(&format!("the context `{text}`")));
        }
        let found = plan::epoch_source(self.parse, graph, options, &text);
        match found.map_err(|error| in_dockerfile(error, self.source))? {
            Some(op) => self.op_time(&op)?.map(Some).ok_or_else(|| no_time(&format!("the stage `{text}`"))),
            None => Err(AppError::usage(format!(
                "`{NAME}={text}` is neither a number of seconds since 1970 nor a context or a stage"
            ))
            .help("other values are `context`, the name of a context, and that of a stage with one remote `ADD`")),
        }
    }

    /// The time when none is asked for: that of the commit that the context is, else a fixed one.
    pub(crate) fn default(&self) -> Epoch {
        let commit = match self.main {
            Main::Directory(path) => fetch::commit_time(path),
            Main::Tree { time, commit: true, .. } => *time,
            Main::Tree { .. } | Main::Nothing => None,
        };
        commit.map_or(Epoch { seconds: FIXED_EPOCH, why: "fixed" }, |seconds| Epoch {
            seconds,
            why: "the commit of the context",
        })
    }

    fn main_time(&self) -> Result<Option<i64>, AppError> {
        match self.main {
            Main::Directory(path) => Ok(fetch::commit_time(path)),
            Main::Tree { time: Some(time), .. } => Ok(Some(*time)),
            Main::Tree { layer, time: None, .. } => Ok(build_engine::newest(self.store, layer)?),
            Main::Nothing => Ok(None),
        }
    }

    fn context_time(&self, spec: &ContextSpec) -> Result<Option<i64>, AppError> {
        match spec {
            ContextSpec::Directory(path) => Ok(fetch::commit_time(&self.world.cwd.join(path))),
            ContextSpec::Remote(Remote::Git(git)) => {
                self.op_time(&Op::Git(Box::new(GitOp::new(git.clone()))))
            }
            ContextSpec::Remote(Remote::Web(url)) => {
                self.op_time(&Op::Web(Box::new(WebOp::context(url.clone()))))
            }
            ContextSpec::Image(_)
            | ContextSpec::Layout { .. }
            | ContextSpec::Built(_)
            | ContextSpec::Scratch => Ok(None),
        }
    }

    /// The time of what is fetched: of the commit, or of the file as the server says, or of the newest file within.
    fn op_time(&self, op: &Op) -> Result<Option<i64>, AppError> {
        match op {
            Op::Git(op) => {
                let time = telling(self.world, self.observer, &op.git.remote, |told| {
                    self.remotes.git_time(op, told)
                });
                Ok(Some(time?))
            }
            Op::Web(op) => {
                let fetched =
                    telling(self.world, self.observer, &op.url.url, |told| self.remotes.web(op, told))?;
                if fetched.time.is_some() {
                    return Ok(fetched.time);
                }
                let whole = WebOp { unpack: true, ..(**op).clone() };
                let fetched =
                    telling(self.world, self.observer, &op.url.url, |told| self.remotes.web(&whole, told))?;
                let newest = build_engine::newest(self.store, &fetched.layer)?;
                Ok(newest.filter(|_| fetched.unpacked))
            }
            _ => Ok(None),
        }
    }
}

fn no_time(what: &str) -> AppError {
    AppError::usage(format!("{what} says no time that `{NAME}` could be"))
        .help("what says one is a commit of git, a file with a `Last-Modified`, or an archive")
}
