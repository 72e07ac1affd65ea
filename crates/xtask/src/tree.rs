//! The files of the workspace and what cargo says about its crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::source::Source;

/// Folders that a walk leaves out: they hold what is made, not what is written.
const MADE: [&str; 3] = [".git", "target", ".demo"];

/// The workspace as the checks see it.
pub struct Tree {
    root: PathBuf,
    texts: Vec<(String, String)>,
    sources: Vec<Source>,
    metadata: Value,
}

impl Tree {
    /// Reads the workspace that this crate is part of.
    ///
    /// The error says what could not be read or run.
    pub fn of_this_workspace() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .ok_or("crates/xtask lies in no workspace")?;
        let metadata = metadata(root)?;
        Ok(Self::new(root.to_path_buf(), texts(root)?, metadata))
    }

    /// A tree of these files (path below the root, text) and this answer of `cargo metadata`.
    pub fn new(root: PathBuf, texts: Vec<(String, String)>, metadata: Value) -> Self {
        let is_rust = |path: &str| Path::new(path).extension().is_some_and(|ext| ext == "rs");
        let sources =
            texts.iter().filter(|(path, _)| is_rust(path)).map(|(path, text)| Source::new(path, text));
        let mut sources: Vec<Source> = sources.collect();
        mark_test_modules(&mut sources);
        Self { root, texts, sources, metadata }
    }

    /// The folder of the workspace.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every text file as its path below the root and its text, sorted by path.
    pub fn texts(&self) -> &[(String, String)] {
        &self.texts
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str())
    }

    /// Every Rust file, sorted by path.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The packages of the workspace as `cargo metadata` describes them.
    pub fn packages(&self) -> &[Value] {
        self.metadata["packages"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The layer that a package declares: a number, or `None` for a crate of the layer `dev`.
    ///
    /// The error names a package that declares nothing.
    pub fn layer(package: &Value) -> Result<Option<u64>, String> {
        let layer = &package["metadata"]["arch"]["layer"];
        match (layer.as_u64(), layer.as_str()) {
            (Some(number), _) => Ok(Some(number)),
            (None, Some("dev")) => Ok(None),
            _ => Err(format!("{} declares no `[package.metadata.arch] layer`", package["name"])),
        }
    }
}

/// Marks the files, and what lies below them, that other files declare for tests alone.
fn mark_test_modules(sources: &mut [Source]) {
    let declared = |source: &Source| {
        let folder = source.module_folder();
        source.test_modules().into_iter().map(|name| format!("{folder}{name}")).collect::<Vec<_>>()
    };
    let stems: Vec<String> = sources.iter().flat_map(declared).collect();
    for source in sources {
        let rest = stems.iter().filter_map(|stem| source.path.strip_prefix(stem.as_str()));
        source.is_test |= rest.into_iter().any(|rest| rest == ".rs" || rest.starts_with('/'));
    }
}

/// What cargo knows of the workspace, without its dependencies and without the network.
fn metadata(root: &Path) -> Result<Value, String> {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root);
    let output = command.output().map_err(|error| format!("cannot run `{cargo} metadata`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("`cargo metadata` gave no JSON: {error}"))
}

/// The text files of the tree. Files that are not UTF-8 are no text and are left out.
fn texts(root: &Path) -> Result<Vec<(String, String)>, String> {
    let mut paths = match tracked(root) {
        Some(paths) => paths,
        None => walk(root, Path::new(""))?,
    };
    paths.sort();
    paths.dedup();
    let read = |path: String| fs::read_to_string(root.join(&path)).ok().map(|text| (path, text));
    Ok(paths.into_iter().filter_map(read).collect())
}

/// The files that git knows or would add; `None` where the tree is no clone or git is not installed.
fn tracked(root: &Path) -> Option<Vec<String>> {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let output = command.output().ok().filter(|output| output.status.success())?;
    let names = String::from_utf8(output.stdout).ok()?;
    Some(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// All files below `folder`, for a tree that is no clone.
fn walk(root: &Path, folder: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(root.join(folder))
        .map_err(|error| format!("cannot list `{}`: {error}", folder.display()))?;
    for entry in entries {
        let entry = entry.map_err(|error| format!("cannot list `{}`: {error}", folder.display()))?;
        let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match path.to_str() {
            _ if is_folder && MADE.iter().any(|made| name == *made) => {}
            _ if is_folder => found.extend(walk(root, &path)?),
            Some(path) => found.push(path.to_owned()),
            None => {}
        }
    }
    Ok(found)
}
