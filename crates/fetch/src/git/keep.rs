//! `.git` of a checkout, put together so that the same commit gives the same bytes (with the same git): one pack without
//! deltas, an index without times, no logs, no hooks, no names besides the one that was asked for.

use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::Commit;
use super::program::Run;
use super::repo::Repo;
use super::submodules::Submodule;
use crate::{FetchError, Result};

/// What a `.git` is made of.
pub(super) struct Kept<'a> {
    pub(super) repo: &'a Repo<'a>,
    pub(super) commit: &'a Commit,
    /// The address of `origin`, without a login.
    pub(super) url: &'a str,
    pub(super) submodules: &'a [Submodule],
    /// Where the files are, for a submodule; beside those of the main repository its `.git` lies.
    pub(super) work_tree: Option<&'a Path>,
}

impl Kept<'_> {
    /// Makes the directory `dir`. `index` is that of the checkout, `scratch` a place for throw-away files.
    pub(super) fn write(&self, dir: &Path, index: &Path, scratch: &Path) -> Result<()> {
        let local = |error: std::io::Error| failed(dir, &error);
        for inner in ["objects/pack", "refs/heads", "refs/tags"] {
            fs::create_dir_all(dir.join(inner)).map_err(local)?;
        }
        let id = &self.commit.id;
        fs::write(dir.join("HEAD"), format!("{id}\n")).map_err(local)?;
        fs::write(dir.join("shallow"), format!("{id}\n")).map_err(local)?;
        fs::write(dir.join("config"), self.config(dir)).map_err(local)?;
        if let Some(name) = &self.commit.name {
            let text = match &self.commit.tag {
                Some(tag) => format!("# pack-refs with: peeled fully-peeled sorted \n{tag} {name}\n^{id}\n"),
                None => format!("# pack-refs with: peeled fully-peeled sorted \n{id} {name}\n"),
            };
            fs::write(dir.join("packed-refs"), text).map_err(local)?;
        }
        fs::copy(index, dir.join("index")).map_err(local)?;
        self.pack(&dir.join("objects/pack/pack"), scratch)
    }

    /// Packs the commit with its files, and the tag object where there is one.
    fn pack(&self, base: &Path, scratch: &Path) -> Result<()> {
        let about = || format!("failed to pack the commit `{}`", self.commit.id);
        let mut args = vec!["rev-list", "--objects", "--no-walk", &self.commit.id];
        args.extend(self.commit.tag.as_deref());
        let listed = self.repo.git(Run::default(), &args).map_err(|failure| failure.about(&about()))?;
        let text = String::from_utf8_lossy(&listed);
        let mut ids: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
        ids.extend(self.commit.tag.as_deref());
        ids.sort_unstable();
        ids.dedup();
        let path = scratch.join("objects");
        fs::write(&path, ids.join("\n") + "\n").map_err(|error| failed(&path, &error))?;
        let stdin = fs::File::open(&path).map_err(|error| failed(&path, &error))?;
        let base = base.to_str().ok_or_else(|| FetchError::environment("the store's path is not UTF-8"))?;
        let args = [
            "pack-objects",
            "--quiet",
            "--threads=1",
            "--window=0",
            "--depth=0",
            "--no-reuse-delta",
            "--no-reuse-object",
            base,
        ];
        let run = Run { stdin: Some(stdin), ..Run::default() };
        self.repo.git(run, &args).map(drop).map_err(|failure| failure.about(&about()))?;
        // An index for walking backwards, which git makes itself when it wants one.
        for item in
            fs::read_dir(Path::new(base).parent().unwrap_or(Path::new("."))).into_iter().flatten().flatten()
        {
            if item.path().extension().is_some_and(|extension| extension == "rev") {
                let _ = fs::remove_file(item.path());
            }
        }
        Ok(())
    }

    fn config(&self, dir: &Path) -> String {
        let long = self.commit.id.len() == 64;
        let mut out = format!(
            "[core]\n\trepositoryformatversion = {}\n\tfilemode = true\n\tbare = false\n",
            u8::from(long)
        );
        if let Some(tree) = self.work_tree {
            let _ = writeln!(out, "\tworktree = {}", quoted(&relative(dir, tree).display().to_string()));
        }
        if long {
            out.push_str("[extensions]\n\tobjectformat = sha256\n");
        }
        let _ = write!(
            out,
            "[remote \"origin\"]\n\turl = {}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
            quoted(self.url)
        );
        for submodule in self.submodules {
            let name = submodule.name.replace('\\', "\\\\").replace('"', "\\\"");
            let _ =
                write!(out, "[submodule \"{name}\"]\n\tactive = true\n\turl = {}\n", quoted(&submodule.url));
        }
        out
    }
}

/// A value of a configuration file.
fn quoted(value: &str) -> String {
    let escaped: String = value.chars().filter(|c| !c.is_control()).collect();
    format!("\"{}\"", escaped.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Makes the `.git` file of a submodule whose files are in `target` and whose repository will be `dir`.
pub(super) fn link(target: &Path, dir: &Path) -> Result<()> {
    fs::write(target.join(".git"), format!("gitdir: {}\n", relative(target, dir).display()))
        .map_err(|error| failed(target, &error))
}

/// The way from one directory to another; both are absolute and clean.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - shared);
    up.chain(to[shared..].iter().copied()).collect()
}

fn failed(path: &Path, error: &std::io::Error) -> FetchError {
    FetchError::environment(format!("failed to write `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_between_directories() {
        let check = |from: &str, to: &str, expect: &str| {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(expect), "{from} {to}");
        };
        check("/w/lib/a", "/w/.git/modules/a", "../../.git/modules/a");
        check("/w/.git/modules/a", "/w/lib/a", "../../../lib/a");
        check("/w/a", "/w/a/b", "b");
    }

    #[test]
    fn values_are_quoted() {
        assert_eq!(quoted("https://h/a \"b\"\\\n[x]"), "\"https://h/a \\\"b\\\"\\\\[x]\"");
    }
}
