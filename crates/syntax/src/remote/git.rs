//! Addresses of git repositories with what of them is meant: `https://host/x.git#ref:dir`,
//! `git@host:x.git?branch=main&subdir=dir` and their like.

use std::fmt;

use kit::Redacted;

use super::url::{pairs, parts};
use super::web::login;

/// A git repository, and what of it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitRef {
    /// What git is told to fetch from: no login of http, no query, no fragment.
    pub remote: String,
    /// Host with optional port.
    pub host: String,
    /// Whether it is reached by ssh.
    pub ssh: bool,
    /// `user:password` of an http address, decoded.
    pub login: Option<Redacted<String>>,
    /// Branch, tag or commit; `None` for the default branch.
    pub reference: Option<String>,
    /// The commit that `reference` has to be, or the beginning of its name; hex digits in lower case.
    pub checksum: Option<String>,
    /// Directory within, clean and relative; `None` for the root.
    pub subdir: Option<String>,
    /// Whether `.git` is kept.
    pub keep_git_dir: Option<bool>,
    /// Whether submodules are fetched.
    pub submodules: Option<bool>,
    /// Times of the files.
    pub times: GitTimes,
    /// Whether `checksum` is fetched without asking what `reference` is.
    pub fetch_by_commit: bool,
    /// Whether it has the form `github.com/user/repository`, which is a path for `ADD`.
    pub looks_local: bool,
}

/// What the files of a checkout have as their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GitTimes {
    /// That of the checkout.
    #[default]
    Checkout,
    /// That of the commit.
    Commit,
}

impl fmt::Display for GitRef {
    /// The repository, and what of it is meant.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.remote)?;
        match (&self.reference, &self.subdir) {
            (None, None) => Ok(()),
            (reference, None) => write!(f, "#{}", reference.as_deref().unwrap_or_default()),
            (reference, Some(subdir)) => write!(f, "#{}:{subdir}", reference.as_deref().unwrap_or_default()),
        }
    }
}

/// Why a text is no [`GitRef`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotGit {
    /// It is something else.
    Other,
    /// It is meant to be one, but this is wrong with it.
    Malformed(String),
}

const SCHEMES: [&str; 4] = ["http", "https", "ssh", "git"];

impl GitRef {
    /// Reads an address. An http address is that of a repository when its path ends in `.git`, or with `known_git`.
    pub fn parse(text: &str, known_git: bool) -> Result<Self, NotGit> {
        if text.starts_with("./") || text.starts_with("../") {
            return Err(NotGit::Other);
        }
        let (mut git, query) = if text.starts_with("github.com/") {
            github(text)?
        } else if let Some(scheme) = scheme(text) {
            address(text, &scheme, known_git)?
        } else {
            scp(text)?
        };
        git.options(&query).and_then(|()| git.check()).map_err(NotGit::Malformed)?;
        Ok(git)
    }

    fn new(remote: String, host: String, fragment: &str) -> Self {
        let (reference, subdir) = fragment.split_once(':').unwrap_or((fragment, ""));
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            remote,
            host,
            ssh: false,
            login: None,
            reference: given(reference),
            checksum: None,
            subdir: given(subdir),
            keep_git_dir: None,
            submodules: None,
            times: GitTimes::Checkout,
            fetch_by_commit: false,
            looks_local: false,
        }
    }

    /// Takes in the query.
    fn options(&mut self, query: &[(String, String)]) -> Result<(), String> {
        let (mut tag, mut branch) = (None, None);
        for (at, (key, value)) in query.iter().enumerate() {
            if query[..at].iter().any(|(other, _)| other == key) {
                return Err(format!("`{key}` stands twice in the query"));
            }
            let is_switch = matches!(key.as_str(), "submodules" | "keep-git-dir" | "fetch-by-commit");
            if value.is_empty() && !is_switch {
                return Err(format!("`{key}` has no value in the query"));
            }
            match key.as_str() {
                "ref" => set(&mut self.reference, "ref", value)?,
                "subdir" => set(&mut self.subdir, "subdir", value)?,
                "checksum" | "commit" => set(&mut self.checksum, "checksum", value)?,
                "tag" => tag = Some(value),
                "branch" => branch = Some(value),
                "keep-git-dir" => self.keep_git_dir = Some(switch(key, value)?),
                "submodules" => self.submodules = Some(switch(key, value)?),
                "fetch-by-commit" => self.fetch_by_commit = switch(key, value)?,
                "mtime" => self.times = times(value)?,
                _ => return Err(format!("`{key}` is not known in the query of a git repository")),
            }
        }
        if tag.is_some() && branch.is_some() {
            return Err("`branch` and `tag` are both given".to_owned());
        }
        for (name, prefix) in [(tag, "refs/tags/"), (branch, "refs/heads/")] {
            if let Some(name) = name {
                let full = if name.starts_with(prefix) { name.clone() } else { format!("{prefix}{name}") };
                set(&mut self.reference, "ref", &full)?;
            }
        }
        Ok(())
    }

    /// Brings what was read into its canonical form and refuses what no repository can have.
    fn check(&mut self) -> Result<(), String> {
        self.subdir =
            self.subdir.take().map(|path| kit::path_below_root(&path)).filter(|path| !path.is_empty());
        if let Some(checksum) = self.checksum.take() {
            self.checksum = Some(commit_prefix(&checksum)?);
        }
        let full = self.checksum.as_deref().is_some_and(is_commit);
        if self.fetch_by_commit && !full {
            return Err("`fetch-by-commit` needs `commit` with the full name of a commit".to_owned());
        }
        if self.reference.is_none() && full {
            self.reference.clone_from(&self.checksum);
        }
        let name = self.reference.as_deref().unwrap_or_default();
        let odd = |byte: u8| byte <= b' ' || byte == 0x7f || b"~^:?*[\\".contains(&byte);
        if name.starts_with('-') || name.contains("..") || name.bytes().any(odd) {
            return Err(format!("`{}` cannot be the name of a branch, tag or commit", name.escape_debug()));
        }
        if self.remote.starts_with('-') || self.host.starts_with('-') {
            return Err(format!("`{}` cannot be a repository", self.remote));
        }
        Ok(())
    }
}

/// The beginning of a commit's name in lower case; an error when it is none.
pub fn commit_prefix(text: &str) -> Result<String, String> {
    if text.is_empty() || text.len() > 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("`{}` is not the name of a commit, or its beginning", text.escape_debug()));
    }
    Ok(text.to_ascii_lowercase())
}

/// Whether a text is the full name of a commit, of either hash.
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn set(target: &mut Option<String>, name: &str, value: &str) -> Result<(), String> {
    match target {
        Some(before) if before != value => Err(format!("`{name}` is given twice: `{before}` and `{value}`")),
        _ => {
            *target = Some(value.to_owned());
            Ok(())
        }
    }
}

/// A truth value as Go reads it; nothing is true.
fn switch(key: &str, value: &str) -> Result<bool, String> {
    match value {
        "" | "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("`{key}={value}` is neither true nor false")),
    }
}

fn times(value: &str) -> Result<GitTimes, String> {
    match value {
        "checkout" => Ok(GitTimes::Checkout),
        "commit" => Ok(GitTimes::Commit),
        _ => Err(format!("`mtime={value}` is not known; use `checkout` or `commit`")),
    }
}

type Read = (GitRef, Vec<(String, String)>);

/// The scheme in lower case, when it is of letters and digits alone.
fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once("://")?;
    let fits = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| scheme.to_ascii_lowercase())
}

fn address(text: &str, scheme: &str, known_git: bool) -> Result<Read, NotGit> {
    if !SCHEMES.contains(&scheme) {
        return Err(NotGit::Other);
    }
    let is_web = scheme.starts_with("http");
    // What is no address of a web server is no path either; the one who reads those says what is wrong.
    let parts = parts(text).map_err(|why| if is_web { NotGit::Other } else { NotGit::Malformed(why) })?;
    if is_web && !known_git && parts.path.strip_suffix(".git").is_none() {
        return Err(NotGit::Other);
    }
    if parts.host.is_empty() {
        return Err(NotGit::Malformed(format!("the repository `{text}` has no host")));
    }
    // A login by http is handed to git apart; of one by ssh the name belongs to the address.
    let user = parts.user.filter(|_| !is_web).and_then(|user| user.split(':').next());
    let at = user.map(|user| format!("{user}@")).unwrap_or_default();
    if user.is_some_and(|user| user.starts_with('-')) {
        return Err(NotGit::Malformed(format!("`{text}` has a user name that begins with `-`")));
    }
    let remote = format!("{scheme}://{at}{}{}", parts.host, parts.raw_path);
    let mut git = GitRef::new(remote, parts.host.to_owned(), &parts.fragment);
    git.ssh = scheme == "ssh";
    git.login = login(parts.user.filter(|_| is_web));
    let query = pairs(parts.query.unwrap_or_default()).map_err(NotGit::Malformed)?;
    Ok((git, query))
}

/// `github.com/user/repository[#ref:dir]`.
fn github(text: &str) -> Result<Read, NotGit> {
    let whole = format!("https://{text}");
    let parts = parts(&whole).map_err(|_| NotGit::Other)?;
    let remote = format!("https://{}{}", parts.host, parts.raw_path);
    let mut git = GitRef::new(remote, parts.host.to_owned(), &parts.fragment);
    git.looks_local = true;
    let query = pairs(parts.query.unwrap_or_default()).map_err(NotGit::Malformed)?;
    Ok((git, query))
}

/// `user@host:path[?query][#ref:dir]`, as scp and git write it.
fn scp(text: &str) -> Result<Read, NotGit> {
    let (user, rest) = text.split_once('@').ok_or(NotGit::Other)?;
    let (host, rest) = rest.split_once(':').ok_or(NotGit::Other)?;
    let word = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    if !word(user, b"-_") || !word(host, b"-.") || rest.contains('\n') {
        return Err(NotGit::Other);
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if path.is_empty() {
        return Err(NotGit::Malformed(format!("the repository `{text}` has no path")));
    }
    let mut git = GitRef::new(format!("{user}@{host}:{path}"), host.to_owned(), fragment);
    git.ssh = true;
    Ok((git, pairs(query).map_err(NotGit::Malformed)?))
}

#[cfg(test)]
mod tests;
