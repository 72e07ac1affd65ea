//! Which commit a branch, a tag or nothing means, as the server says it now.

use kit::edit_distance;
use syntax::{GitRef, is_commit};

use super::Commit;
use super::program::Run;
use super::remote::Remote;
use crate::{FetchError, Fetcher, Progress, Result};

/// Refs that are named when one is not found.
const MAX_NEAR: usize = 5;

/// Finds the commit and compares it with the checksum.
pub(super) fn resolve(fetcher: &Fetcher, git: &GitRef, progress: &dyn Progress) -> Result<Commit> {
    let commit = match (&git.reference, &git.checksum) {
        (Some(name), _) if is_commit(name) => Commit { id: name.clone(), name: None, tag: None },
        (name, Some(id)) if git.fetch_by_commit => Commit { id: id.clone(), name: name.clone(), tag: None },
        (name, _) => ask(fetcher, git, name.as_deref(), progress)?,
    };
    check(git, &commit)?;
    Ok(commit)
}

fn check(git: &GitRef, commit: &Commit) -> Result<()> {
    let Some(checksum) = &git.checksum else { return Ok(()) };
    if commit.id.starts_with(checksum) || commit.tag.as_ref().is_some_and(|tag| tag.starts_with(checksum)) {
        return Ok(());
    }
    let what = match &git.reference {
        Some(name) => format!("`{name}` of `{}`", git.remote),
        None => format!("the default branch of `{}`", git.remote),
    };
    let message = format!("{what} is the commit `{}`, and not `{checksum}`", commit.id);
    Err(FetchError::environment(message)
        .help("if the change is meant, put the new commit into `--checksum` or the address"))
}

fn ask(fetcher: &Fetcher, git: &GitRef, name: Option<&str>, progress: &dyn Progress) -> Result<Commit> {
    let remote = Remote::of(git);
    let list = |args: &[&str]| {
        let run = Run { remote: Some(&remote), ..Run::default() };
        let out = fetcher.git(run, args, progress);
        out.map_err(|failure| failure.about(&format!("failed to ask `{}` for its refs", remote.url)))
    };
    let Some(name) = name else {
        let out = list(&["ls-remote", "--symref", "--", &remote.url, "HEAD"])?;
        return default_branch(&String::from_utf8_lossy(&out)).ok_or_else(|| {
            FetchError::environment(format!("the repository `{}` has no default branch", remote.url))
                .help("name a branch, a tag or a commit: `…#main`")
        });
    };
    let peeled = format!("{name}^{{}}");
    let out = list(&["ls-remote", "--", &remote.url, name, &peeled])?;
    if let Some(commit) = choose(&String::from_utf8_lossy(&out), name) {
        return Ok(commit);
    }
    let out = list(&["ls-remote", "--heads", "--tags", "--refs", "--", &remote.url])?;
    Err(not_found(&remote, name, &String::from_utf8_lossy(&out)))
}

/// Lines of `ls-remote` as commit and ref.
fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once('\t')).filter(|(id, _)| is_commit(id))
}

fn default_branch(text: &str) -> Option<Commit> {
    let symbolic = text.lines().find_map(|line| line.strip_prefix("ref: ")?.strip_suffix("\tHEAD"));
    let (id, _) = lines(text).find(|(_, name)| *name == "HEAD")?;
    let name = symbolic.filter(|name| is_safe(name)).map(str::to_owned);
    Some(Commit { id: id.to_owned(), name, tag: None })
}

/// A full ref, else a branch, else a tag; of an annotated tag the commit.
fn choose(text: &str, name: &str) -> Option<Commit> {
    let find = |wanted: &str| lines(text).find(|(_, found)| *found == wanted).map(|(id, _)| id.to_owned());
    let short = |prefix: &str| format!("{prefix}{}", name.strip_prefix(prefix).unwrap_or(name));
    for full in [short("refs/"), short("refs/heads/"), short("refs/tags/")] {
        let Some(id) = find(&full) else { continue };
        let name = is_safe(&full).then(|| full.clone());
        return Some(match find(&format!("{full}^{{}}")) {
            Some(commit) => Commit { id: commit, name, tag: Some(id) },
            None => Commit { id, name, tag: None },
        });
    }
    None
}

/// Whether a ref of a server can be written down as it is.
fn is_safe(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && !part.starts_with(['.', '-']) && part.strip_suffix(".lock").is_none()
    };
    let odd = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    name.starts_with("refs/") && name.split('/').all(part) && !name.contains("..") && !name.contains(odd)
}

fn not_found(remote: &Remote, name: &str, text: &str) -> FetchError {
    let plain = |full: &str| {
        let short = full.strip_prefix("refs/heads/").or_else(|| full.strip_prefix("refs/tags/"));
        short.unwrap_or(full).to_owned()
    };
    let wanted = plain(name);
    let mut near: Vec<(usize, String)> = lines(text)
        .map(|(_, full)| plain(full))
        .map(|found| (edit_distance(&wanted.to_lowercase(), &found.to_lowercase()), found))
        .collect();
    near.sort();
    near.dedup();
    let close = near.first().filter(|(distance, _)| *distance <= wanted.len().div_ceil(3));
    let error =
        FetchError::environment(format!("the repository `{}` has no branch or tag `{name}`", remote.url));
    if let Some((_, found)) = close {
        return error.help(format!("did you mean `{found}`?"));
    }
    let is_short = name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_short {
        return error.help("a commit is named by all of its 40 digits");
    }
    let names: Vec<String> = near.iter().take(MAX_NEAR).map(|(_, name)| format!("`{name}`")).collect();
    match (names.is_empty(), near.len() > names.len()) {
        (true, _) => error.help("it has no branches and no tags"),
        (false, true) => error.help(format!("it has {} and others", names.join(", "))),
        (false, false) => error.help(format!("it has {}", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn a_branch_goes_before_a_tag_and_a_full_ref_before_both() {
        let text = format!(
            "{A}\trefs/heads/x\n{B}\trefs/tags/x\n{A}\trefs/tags/v2\n{B}\trefs/tags/v2^{{}}\n{B}\trefs/pull/1/head\n{A}\trefs/remotes/x/v2\n"
        );
        let check = |name: &str, expect: Option<(&str, &str, Option<&str>)>| {
            let found = choose(&text, name);
            let found = found.as_ref().map(|commit| {
                (commit.id.as_str(), commit.name.as_deref().unwrap_or("-"), commit.tag.as_deref())
            });
            assert_eq!(found, expect, "{name}");
        };
        check("x", Some((A, "refs/heads/x", None)));
        check("heads/x", Some((A, "refs/heads/x", None)));
        check("tags/x", Some((B, "refs/tags/x", None)));
        check("refs/tags/x", Some((B, "refs/tags/x", None)));
        check("v2", Some((B, "refs/tags/v2", Some(A))));
        check("pull/1/head", Some((B, "refs/pull/1/head", None)));
        check("y", None);
        check("", None);
    }

    #[test]
    fn the_default_branch_is_what_head_leads_to() {
        let text = format!("ref: refs/heads/main\tHEAD\n{A}\tHEAD\n{B}\trefs/remotes/o/HEAD\n");
        let found = default_branch(&text).unwrap();
        assert_eq!((found.id.as_str(), found.name.as_deref()), (A, Some("refs/heads/main")));
        let detached = default_branch(&format!("{A}\tHEAD\n")).unwrap();
        assert_eq!((detached.id.as_str(), detached.name), (A, None));
        assert_eq!(default_branch(""), None);
        for evil in [
            "refs/heads/../../x",
            "refs/heads/.x",
            "refs/heads/a b",
            "/etc/passwd",
            "refs/heads/-x",
            "refs//x",
        ] {
            let found = default_branch(&format!("ref: {evil}\tHEAD\n{A}\tHEAD\n")).unwrap();
            assert_eq!(found.name, None, "{evil}");
        }
    }

    #[test]
    fn a_missing_ref_is_told_with_the_nearest() {
        let remote = Remote::of(&GitRef::parse("https://h/a.git", false).unwrap());
        let text = format!("{A}\trefs/heads/main\n{B}\trefs/tags/v1.0\n");
        let help = |name: &str| not_found(&remote, name, &text).help.unwrap();
        assert!(help("mian").contains("did you mean `main`"), "{}", help("mian"));
        assert!(help("c844f43").contains("40 digits"), "{}", help("c844f43"));
        assert!(help("something-else").contains("`main`, `v1.0`"), "{}", help("something-else"));
    }
}
