//! Sources that lie elsewhere: what an `ADD` or a context names, told by its text alone.
//!
//! The forms are those that `BuildKit` knows (Dockerfile reference, "ADD"; Docker documentation, "Build context").

mod git;
mod url;
mod web;

pub use git::{GitRef, GitTimes, NotGit, commit_prefix, is_commit};
pub use web::WebUrl;

/// Something that has to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// A git repository, or a directory of one.
    Git(GitRef),
    /// A file behind an http or https address.
    Web(WebUrl),
}

impl Remote {
    /// What a source of `ADD` names; `None` for a path. With `known_git` any http address is that of a repository.
    /// The error says what is wrong with an address that is none of a path either.
    pub fn of_source(text: &str, known_git: bool) -> Option<Result<Self, String>> {
        match GitRef::parse(text, known_git) {
            Ok(git) if git.looks_local => None,
            Ok(git) => Some(Ok(Self::Git(git))),
            Err(NotGit::Malformed(why)) => Some(Err(why)),
            Err(NotGit::Other) => WebUrl::parse(text).map(|url| url.map(Self::Web)),
        }
    }

    /// What a context names; `None` for a path. Here `github.com/user/repository` is one, too.
    pub fn of_context(text: &str) -> Option<Result<Self, String>> {
        match GitRef::parse(text, false) {
            Ok(git) => Some(Ok(Self::Git(git))),
            Err(NotGit::Malformed(why)) => Some(Err(why)),
            Err(NotGit::Other) => WebUrl::parse(text).map(|url| url.map(Self::Web)),
        }
    }
}
