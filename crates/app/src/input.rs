//! What a build reads: its main context, and the Dockerfile.

use std::io::Read;
use std::path::PathBuf;

use build_engine::{Fetched, Received, Remotes};
use image::Digest;
use plan::{GitOp, MainContext, WebOp};
use store::{Merged, Store};
use syntax::{Remote, WebUrl};

use crate::build::{Observer, Request};
use crate::dockerfile::{self, MAX_BYTES, Source};
use crate::fetching::telling;
use crate::{AppError, World};

/// The main context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Main {
    /// There is none.
    Nothing,
    /// A directory of this machine.
    Directory(PathBuf),
    /// A tree that came from somewhere else.
    Tree {
        /// Its layer.
        layer: Digest,
        /// When it was made, where that is known.
        time: Option<i64>,
        /// Whether it is a commit of a repository.
        commit: bool,
    },
}

/// What a build reads.
pub(crate) struct Input {
    pub(crate) source: Source,
    pub(crate) main: Main,
}

/// Reads it.
pub(crate) struct Reader<'a> {
    pub(crate) world: &'a World,
    pub(crate) request: &'a Request,
    pub(crate) store: &'a Store,
    pub(crate) remotes: &'a Remotes<'a>,
    pub(crate) observer: &'a dyn Observer,
}

impl Main {
    /// The context as the planner sees it.
    pub(crate) const fn planned(&self) -> MainContext {
        match self {
            Self::Nothing | Self::Directory(_) => MainContext::Directory,
            Self::Tree { layer, .. } => MainContext::Tree(*layer),
        }
    }
}

impl Reader<'_> {
    /// Finds the context and the Dockerfile, wherever they are.
    pub(crate) fn read(&self, stdin: Option<&mut dyn Read>) -> Result<Input, AppError> {
        let Some(context) = self.request.context.as_deref() else {
            return Ok(Input { source: self.dockerfile(&Main::Nothing, stdin)?, main: Main::Nothing });
        };
        if context == "-" {
            return self.standard_input(stdin);
        }
        let path = self.world.path(context);
        if path.is_dir() {
            let main = Main::Directory(path.canonicalize().unwrap_or(path));
            return Ok(Input { source: self.dockerfile(&main, stdin)?, main });
        }
        let main = match Remote::of_context(context) {
            Some(Ok(Remote::Git(git))) => {
                let op = GitOp::new(git);
                let keep_git_dir = op.keep_git_dir || self.request.keeps_git_dir();
                tree(&self.git(&GitOp { keep_git_dir, ..op })?, true)
            }
            Some(Ok(Remote::Web(url))) => {
                let fetched = self.web(&WebOp::context(url))?;
                if !fetched.unpacked {
                    return self.lone_dockerfile(&fetched, context);
                }
                tree(&fetched, false)
            }
            Some(Err(why)) => {
                return Err(AppError::usage(format!("`{context}` cannot be a build context: {why}")));
            }
            None => {
                return Err(AppError::usage(format!("the build context `{context}` is not a directory"))
                    .help("give a directory, the URL of a git repository or of a tar archive, or `-`"));
            }
        };
        Ok(Input { source: self.dockerfile(&main, stdin)?, main })
    }

    /// An archive, or a Dockerfile without a context.
    fn standard_input(&self, stdin: Option<&mut dyn Read>) -> Result<Input, AppError> {
        if self.request.file.as_deref() == Some("-") {
            return Err(AppError::usage("standard input cannot be both the context and the Dockerfile")
                .help("leave out `-f -` when the Dockerfile comes from standard input"));
        }
        let stdin = stdin.ok_or_else(|| AppError::usage("there is no standard input to read"))?;
        match self.remotes.receive(stdin)? {
            Received::Tree(layer) => {
                let main = Main::Tree { layer, time: None, commit: false };
                Ok(Input { source: self.dockerfile(&main, None)?, main })
            }
            Received::Text(bytes) if bytes.is_empty() => {
                Err(AppError::usage("standard input is empty: neither a Dockerfile nor a tar archive came"))
            }
            Received::Text(bytes) => {
                self.refuse_file("standard input")?;
                Ok(Input { source: Source::stdin(bytes)?, main: Main::Nothing })
            }
        }
    }

    /// What an address has that is no archive: the Dockerfile, which is then the only file of its context.
    fn lone_dockerfile(&self, fetched: &Fetched, address: &str) -> Result<Input, AppError> {
        self.refuse_file(&format!("`{address}`"))?;
        let main = tree(fetched, false);
        let bytes = self.file(&fetched.layer, "context")?.unwrap_or_default();
        Ok(Input { source: Source::new(address, bytes, None)?, main })
    }

    fn refuse_file(&self, what: &str) -> Result<(), AppError> {
        let Some(file) = &self.request.file else { return Ok(()) };
        let message = format!("{what} is no tar archive but a Dockerfile, and `-f {file}` names another one");
        Err(AppError::usage(message).help("give one of them"))
    }

    /// The Dockerfile: from standard input, an address, or a file beside or within the context.
    fn dockerfile(&self, main: &Main, stdin: Option<&mut dyn Read>) -> Result<Source, AppError> {
        let file = self.request.file.as_deref();
        if let Some(url) = file.and_then(WebUrl::parse) {
            let url = url.map_err(AppError::usage)?;
            let (name, address) = (url.file_name.clone(), url.url.clone());
            let fetched = self.web(&WebOp::new(url))?;
            let bytes = self.file(&fetched.layer, &name)?.unwrap_or_default();
            return Source::new(&address, bytes, None);
        }
        match (main, file) {
            (Main::Tree { layer, .. }, file)
                if file.is_none_or(|file| file != "-" && !file.starts_with('/')) =>
            {
                self.within(layer, file)
            }
            (Main::Directory(path), file) => dockerfile::read(self.world, file, Some(path), stdin),
            (_, file) => dockerfile::read(self.world, file, None, stdin),
        }
    }

    fn within(&self, layer: &Digest, file: Option<&str>) -> Result<Source, AppError> {
        let names = file.map_or_else(|| vec!["Dockerfile", "dockerfile"], |file| vec![file]);
        for name in &names {
            if let Some(bytes) = self.file(layer, name)? {
                return Source::new(name, bytes, None);
            }
        }
        Err(AppError::usage(format!("there is no `{}` in the build context", names[0]))
            .help("name the Dockerfile with `-f`, relative to the root of the context"))
    }

    /// A file of a layer; nothing when there is none.
    fn file(&self, layer: &Digest, name: &str) -> Result<Option<Vec<u8>>, AppError> {
        let gone = || AppError::environment(format!("layer `{layer}` has gone from the store"));
        let layer = self.store.layer(layer)?.ok_or_else(gone)?;
        let merged = Merged::new(vec![layer])?;
        let Some(path) = merged.resolve(name.as_bytes(), true).found() else { return Ok(None) };
        let is_file = merged.get(&path).is_some_and(|entry| !entry.kind.is_dir());
        if is_file { Ok(Some(merged.read_file(&path, MAX_BYTES)?)) } else { Ok(None) }
    }

    fn git(&self, op: &GitOp) -> Result<Fetched, AppError> {
        Ok(telling(self.world, self.observer, &op.git.to_string(), |told| self.remotes.git(op, told))?)
    }

    fn web(&self, op: &WebOp) -> Result<Fetched, AppError> {
        Ok(telling(self.world, self.observer, &op.url.url, |told| self.remotes.web(op, told))?)
    }
}

const fn tree(fetched: &Fetched, commit: bool) -> Main {
    Main::Tree { layer: fetched.layer, time: fetched.time, commit }
}
