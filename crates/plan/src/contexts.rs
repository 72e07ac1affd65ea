//! Contexts: the main one, and those that `--build-context` names.

use image::{Digest, Platform, context_name};
use kit::TextRange;

use crate::lower::Planner;
use crate::{GitOp, NodeId, Op, PlanOptions, Source, WebOp};

/// The main context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MainContext {
    /// A directory of this machine, or nothing at all.
    #[default]
    Directory,
    /// A tree that was fetched before, by the id of its layer.
    Tree(Digest),
}

/// What `--build-context NAME=…` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedContext {
    /// A directory of this machine.
    Directory,
    /// An image, wherever it is; [`crate::Bases::context_image`] finds it.
    Image,
    /// Nothing at all.
    Scratch,
    /// A tree of a git repository.
    Git(Box<GitOp>),
    /// A file of a web server, or the tree it holds.
    Web(Box<WebOp>),
}

impl PlanOptions {
    /// The context of a name for a platform: `name::platform` goes before `name`. The first is its key.
    pub(crate) fn context(&self, name: &str, platform: &Platform) -> Option<(&str, &NamedContext)> {
        let name = context_name(name);
        let find = |key: &str| self.contexts.get_key_value(key).map(|(key, context)| (key.as_str(), context));
        find(&format!("{name}::{platform}")).or_else(|| find(&name))
    }
}

impl Planner<'_> {
    /// Where the paths of COPY and of mounts without `from` are.
    pub(crate) fn main_context(&mut self, stage: usize, range: TextRange) -> Source {
        match self.options.main {
            MainContext::Directory => Source::Context(None),
            MainContext::Tree(tree) => Source::Node(self.remote_node(Op::Tree(tree), stage, range)),
        }
    }

    /// The node of a context that is neither a directory nor an image.
    pub(crate) fn context_node(
        &mut self,
        context: &NamedContext,
        stage: usize,
        range: TextRange,
    ) -> Option<NodeId> {
        match context {
            NamedContext::Directory | NamedContext::Image => None,
            NamedContext::Scratch => Some(self.scratch(stage, range)),
            NamedContext::Git(git) => Some(self.remote_node(Op::Git(git.clone()), stage, range)),
            NamedContext::Web(web) => Some(self.remote_node(Op::Web(web.clone()), stage, range)),
        }
    }
}
