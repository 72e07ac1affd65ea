//! The submodules of a commit, as `.gitmodules` and the list of files say together.

use std::collections::BTreeMap;

use super::Commit;
use super::checkout::Listed;
use super::program::{Failure, Run};
use super::repo::Repo;
use crate::{FetchError, Result};

/// Mode of an entry that is a commit of another repository.
const LINK: &str = "160000";
/// More than these are refused.
const MAX_SUBMODULES: usize = 1000;

/// Another repository within one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Submodule {
    /// Its name in `.gitmodules`.
    pub(super) name: String,
    /// Where its files go, from the root of the repository.
    pub(super) path: String,
    /// Address as written.
    pub(super) url: String,
    pub(super) commit: String,
}

/// The submodules among `files`. Those that are never to be checked out (`update = none`) are left out.
pub(super) fn submodules(repo: &Repo<'_>, commit: &Commit, files: &[Listed]) -> Result<Vec<Submodule>> {
    let links: Vec<&Listed> = files.iter().filter(|file| file.mode == LINK).collect();
    if links.is_empty() {
        return Ok(Vec::new());
    }
    if links.len() > MAX_SUBMODULES {
        return Err(FetchError::asked("the repository has more than 1000 submodules"));
    }
    let blob = format!("{}:.gitmodules", commit.id);
    let args = ["config", "--null", "--blob", &blob, "--get-regexp", "^submodule\\."];
    let text = match repo.git(Run::default(), &args) {
        Ok(out) => String::from_utf8_lossy(&out).into_owned(),
        Err(Failure::Run(error)) => return Err(error),
        Err(Failure::Said(_)) => String::new(),
    };
    let declared = declared(&text);
    let mut out = Vec::new();
    for link in links {
        let path = String::from_utf8_lossy(&link.path).into_owned();
        let Some(known) = declared.get(&path) else { return Err(undeclared(&path)) };
        if known.update.as_deref() == Some("none") {
            continue;
        }
        let Some(url) = known.url.clone() else { return Err(undeclared(&path)) };
        check_name(&known.name)?;
        let (name, commit) = (known.name.clone(), link.id.clone());
        out.push(Submodule { name, path, url, commit });
    }
    Ok(out)
}

fn undeclared(path: &str) -> FetchError {
    FetchError::asked(format!("the submodule `{path}` has no address in `.gitmodules`"))
        .help("leave submodules out with `?submodules=false` behind the repository's address")
}

/// A name becomes a path below `.git/modules`, and must not leave it.
fn check_name(name: &str) -> Result<()> {
    let bad = |part: &str| matches!(part, "" | "." | "..");
    if name.split(['/', '\\']).any(bad) || name.chars().any(char::is_control) {
        return Err(FetchError::asked(format!(
            "`{}` cannot be the name of a submodule",
            name.escape_debug()
        )));
    }
    Ok(())
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Declared {
    name: String,
    url: Option<String>,
    update: Option<String>,
}

/// Reads `submodule.<name>.<key>\n<value>\0…`; by path.
fn declared(text: &str) -> BTreeMap<String, Declared> {
    let mut by_name: BTreeMap<&str, (Option<String>, Declared)> = BTreeMap::new();
    for record in text.split('\0') {
        let (key, value) = record.split_once('\n').unwrap_or((record, ""));
        let Some((name, key)) = key.strip_prefix("submodule.").and_then(|rest| rest.rsplit_once('.')) else {
            continue;
        };
        let (path, entry) = by_name.entry(name).or_default();
        name.clone_into(&mut entry.name);
        match key {
            "path" => *path = Some(value.trim_end_matches('/').to_owned()),
            "url" => entry.url = Some(value.to_owned()),
            "update" => entry.update = Some(value.to_owned()),
            _ => {}
        }
    }
    by_name.into_values().filter_map(|(path, entry)| Some((path?, entry))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_found_by_path() {
        let text = "submodule.a.b.path\nlib/a\0submodule.a.b.url\n../a\0submodule.c.path\nc/\0submodule.c.update\nnone\0other.x\n1\0";
        let found = declared(text);
        assert_eq!(found["lib/a"].name, "a.b");
        assert_eq!(found["lib/a"].url.as_deref(), Some("../a"));
        assert_eq!(found["c"].update.as_deref(), Some("none"));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn names_stay_within_their_directory() {
        for name in ["../x", "a/../../x", "", "a//b", "/a", "a\\..\\b", "a\nb"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["a", "lib/a", "a.b", "..a"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
    }
}
