//! Sources that lie elsewhere: what is fetched, and the nodes that do it.

use image::{Digest, Platform};
use kit::{Hasher, TextRange};
use syntax::{GitRef, Remote, Spanned, WebUrl, commit_prefix};

use crate::lower::Planner;
use crate::op::fields;
use crate::{NodeId, Op, PlanError};

/// A file of a web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOp {
    /// Where it is.
    pub url: WebUrl,
    /// The name it gets.
    pub file_name: String,
    /// The digest it must have.
    pub checksum: Option<Digest>,
    /// Whether it becomes the tree that it holds, when it is an archive.
    pub unpack: bool,
}

/// A tree of a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitOp {
    /// The repository and what of it is meant.
    pub git: GitRef,
    /// Whether `.git` is kept.
    pub keep_git_dir: bool,
    /// Whether submodules are fetched.
    pub submodules: bool,
}

impl WebOp {
    /// A file with the name that its address gives it.
    pub fn new(url: WebUrl) -> Self {
        Self { file_name: url.file_name.clone(), url, checksum: None, unpack: false }
    }

    /// A context: unpacked when it is an archive, else the single file `context`.
    pub fn context(url: WebUrl) -> Self {
        Self { file_name: "context".to_owned(), unpack: true, ..Self::new(url) }
    }

    /// What it is: content that is pinned is the same from wherever it comes.
    pub(crate) fn hash(&self, hash: &mut Hasher) {
        let identity = self.checksum.map_or_else(|| self.url.url.clone(), |digest| digest.to_string());
        fields(hash, "web", [identity.as_str(), &self.file_name, if self.unpack { "unpack" } else { "" }]);
    }
}

impl GitOp {
    /// What an address says by itself.
    pub fn new(git: GitRef) -> Self {
        Self { keep_git_dir: git.keep_git_dir == Some(true), submodules: git.submodules != Some(false), git }
    }

    /// What it is: a commit is the same from wherever it comes, unless the place is written into `.git`.
    pub(crate) fn hash(&self, hash: &mut Hasher) {
        let git = &self.git;
        let reference = git.reference.as_deref().unwrap_or_default();
        let pinned = syntax::is_commit(reference) && !self.keep_git_dir;
        let place = if pinned { "" } else { git.remote.as_str() };
        let flag = |set: bool| if set { "1" } else { "0" };
        let subdir = git.subdir.as_deref().unwrap_or_default();
        let times = if git.times == syntax::GitTimes::Commit { "commit" } else { "checkout" };
        let flags = [flag(self.keep_git_dir), flag(self.submodules), times];
        fields(hash, "git", [place, reference, subdir].into_iter().chain(flags));
    }
}

/// The flags of ADD that are about remote sources.
pub(crate) struct RemoteFlags<'a> {
    pub(crate) checksum: Option<Spanned<String>>,
    pub(crate) keep_git_dir: Option<bool>,
    /// Whether it is ADD.
    pub(crate) add: bool,
    pub(crate) source: &'a Spanned<String>,
}

impl RemoteFlags<'_> {
    /// The checksum, if there is one: an empty one, as a variable can leave it, is none.
    fn given_checksum(&self) -> Option<&Spanned<String>> {
        self.checksum.as_ref().filter(|flag| !flag.value.is_empty())
    }
}

/// The remote that a source names; `None` for a path.
pub(crate) fn of_source(text: &str, flags: &RemoteFlags<'_>) -> Result<Option<Op>, PlanError> {
    let range = flags.source.range;
    let known_git = flags.add && flags.keep_git_dir.is_some();
    let remote = match Remote::of_source(text, known_git) {
        None => return Ok(None),
        Some(Ok(remote)) => remote,
        Some(Err(why)) => return Err(PlanError::at(range, why)),
    };
    if !flags.add {
        let what = if matches!(remote, Remote::Git(_)) { "a git repository" } else { "a URL" };
        let message = format!("source `{}` is {what}, which `COPY` does not take", shown(&remote));
        return Err(PlanError::at(range, message).help("use `ADD`"));
    }
    Ok(Some(match remote {
        Remote::Web(url) => {
            let checksum = flags.given_checksum().map(digest).transpose()?;
            Op::Web(Box::new(WebOp { checksum, ..WebOp::new(url) }))
        }
        Remote::Git(git) => Op::Git(Box::new(git_op(git, flags)?)),
    }))
}

fn digest(flag: &Spanned<String>) -> Result<Digest, PlanError> {
    flag.value.parse().map_err(|_| {
        let message = format!("`{}` is not the checksum of a file", flag.value);
        PlanError::at(flag.range, message)
            .help("write `sha256:` and 64 hex digits; other algorithms are not known")
    })
}

fn git_op(mut git: GitRef, flags: &RemoteFlags<'_>) -> Result<GitOp, PlanError> {
    if let Some(flag) = flags.given_checksum() {
        let given = commit_prefix(&flag.value).map_err(|why| PlanError::at(flag.range, why))?;
        if git.checksum.as_ref().is_some_and(|own| *own != given) {
            let message = format!("`--checksum={given}` contradicts the commit in the address");
            return Err(PlanError::at(flag.range, message).help("keep one of them"));
        }
        git.checksum = Some(given);
    }
    let own = git.keep_git_dir.or(flags.keep_git_dir);
    if flags.keep_git_dir.is_some_and(|flag| Some(flag) != own) {
        let message = "`--keep-git-dir` contradicts `keep-git-dir` in the address";
        return Err(PlanError::at(flags.source.range, message).help("keep one of them"));
    }
    Ok(GitOp { keep_git_dir: own == Some(true), ..GitOp::new(git) })
}

/// An address for people, without a login.
pub(crate) fn shown(remote: &Remote) -> &str {
    match remote {
        Remote::Web(url) => &url.url,
        Remote::Git(git) => &git.remote,
    }
}

impl Planner<'_> {
    /// The node that fetches something, once for each thing that is the same.
    pub(crate) fn remote_node(&mut self, op: Op, stage: usize, range: TextRange) -> NodeId {
        // The platform has no part in what is fetched.
        let platform = Platform::new("", "", None);
        let digest = op.digest(&platform);
        if let Some(node) = self.remotes.get(&digest) {
            return *node;
        }
        let mut origin = self.base_origin(stage, range);
        origin.text = match &op {
            Op::Web(web) => format!("fetch {}", web.url.url),
            Op::Git(git) => format!("fetch {}", git.git),
            _ => origin.text,
        };
        origin.step = 0;
        let node = self.push(op, None, &platform, origin);
        self.remotes.insert(digest, node);
        node
    }
}
