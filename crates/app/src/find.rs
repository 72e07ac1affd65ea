//! Finds the Dockerfiles that paths mean.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ignore::WalkBuilder;

use crate::{AppError, World};

/// How directories are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    /// Without what git ignores.
    Git,
    /// Everything but hidden directories.
    All,
}

/// What `paths` name: files, `-`, and the Dockerfiles below directories; none means the current directory. With a
/// directory that has none comes why. A path that leads nowhere is found to be so when it is read.
pub(crate) fn find(world: &World, paths: &[String], search: Search) -> Vec<(String, Result<(), AppError>)> {
    let here = [".".to_owned()];
    let mut out = Vec::new();
    for path in if paths.is_empty() { &here[..] } else { paths } {
        let full = world.path(path);
        if path == "-" || !full.is_dir() {
            out.push((path.clone(), Ok(())));
            continue;
        }
        let failed = match below(&full, search) {
            Err(error) => AppError::environment(format!("failed to search `{path}`: {error}")),
            Ok(found) if found.is_empty() => AppError::usage(format!("there is no Dockerfile in `{path}`")),
            Ok(found) => {
                out.extend(found.into_iter().map(|file| (file, Ok(()))));
                continue;
            }
        };
        out.push((path.clone(), Err(failed)));
    }
    out
}

/// Dockerfiles below a directory, sorted. Hidden directories and dependencies are not searched.
fn below(dir: &Path, search: Search) -> Result<Vec<String>, ignore::Error> {
    let git = search == Search::Git;
    let mut walk = WalkBuilder::new(dir);
    walk.standard_filters(false).hidden(false).require_git(false);
    walk.git_ignore(git).git_exclude(git).git_global(git).parents(git).ignore(git);
    walk.filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        !is_dir || entry.depth() == 0 || !(name == "node_modules" || name == "target" || is_hidden(&name))
    });
    let mut found = Vec::new();
    for entry in walk.build() {
        let entry = entry?;
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if is_file && is_dockerfile(entry.path(), &entry.file_name().to_string_lossy()) {
            found.push(entry.path().to_string_lossy().into_owned());
        }
    }
    found.sort();
    Ok(found)
}

/// `.devcontainer` and `.github` hold Dockerfiles of people, other hidden directories those of programs.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && !matches!(name, ".devcontainer" | ".github" | ".gitlab" | ".docker" | ".ci")
}

/// Known by its name, else by its first line.
fn is_dockerfile(path: &Path, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_name(&lower) || (!lower.contains('.') || lower.contains("docker")) && says_so(path)
}

/// Ends of names of files that are made into Dockerfiles, or are about them.
const OTHER: &[&str] = &[
    "bak",
    "dockerignore",
    "erb",
    "go",
    "in",
    "j2",
    "jinja",
    "jinja2",
    "js",
    "json",
    "md",
    "mustache",
    "orig",
    "py",
    "rb",
    "rs",
    "sh",
    "swp",
    "template",
    "tmpl",
    "toml",
    "tpl",
    "ts",
    "yaml",
    "yml",
];

/// `Dockerfile`, `Containerfile`, `Dockerfile.x`, `Dockerfile-x`, `x.Dockerfile`, in any case.
fn is_name(lower: &str) -> bool {
    let end = lower.rsplit_once('.').map_or("", |(_, end)| end);
    if OTHER.contains(&end) {
        return false;
    }
    ["dockerfile", "containerfile"].iter().any(|word| {
        lower == *word
            || lower.strip_prefix(word).is_some_and(|rest| rest.starts_with(['.', '-', '_']))
            || lower.strip_suffix(word).is_some_and(|rest| rest.ends_with('.'))
    })
}

/// Whether the first line is `# syntax=` of a Dockerfile, or starts the file with a program that builds it.
fn says_so(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(128).read_to_end(&mut start));
    let text = String::from_utf8_lossy(&start);
    let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().to_ascii_lowercase();
    let Some(comment) = first.strip_prefix('#') else { return false };
    let syntax = comment.trim_start().strip_prefix("syntax").map(str::trim_start);
    let program = comment.strip_prefix('!').unwrap_or_default();
    read.is_ok()
        && (syntax.is_some_and(|rest| rest.starts_with('=') && rest.contains("docker"))
            || program.contains("build")
                && ["docker", "podman", "buildah", "cooper"].iter().any(|name| program.contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockerfiles_are_known_by_name() {
        for name in ["dockerfile", "dockerfile.dev", "dockerfile-alpine", "api.dockerfile", "containerfile"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "dockerfile.dockerignore",
            "mydockerfile",
            "makefile",
            "dockerfiles",
            "dockerfile.j2",
            "dockerfile.md",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn directories_are_searched_without_what_git_ignores() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".gitignore", "/out\n*.tmp.Dockerfile\n!keep.tmp.Dockerfile\n");
        for path in [
            "Dockerfile",
            "out/Dockerfile",
            "a/b/Dockerfile.dev",
            "x.tmp.Dockerfile",
            "keep.tmp.Dockerfile",
            ".devcontainer/Dockerfile",
            ".cache/Dockerfile",
            "node_modules/x/Dockerfile",
        ] {
            write(path, "FROM a\n");
        }
        write("image", "# syntax=docker/dockerfile:1\nFROM a\n");
        write("run-me", "#!/usr/bin/env -S docker build -f\nFROM a\n");
        write("script", "#!/bin/sh\necho docker\n");
        let found = |search| -> Vec<String> {
            let names = below(dir.path(), search).unwrap();
            let begin = format!("{}/", dir.path().display());
            names.iter().map(|name| name.strip_prefix(&begin).unwrap().to_owned()).collect()
        };
        let kept = [
            ".devcontainer/Dockerfile",
            "Dockerfile",
            "a/b/Dockerfile.dev",
            "image",
            "keep.tmp.Dockerfile",
            "run-me",
        ];
        assert_eq!(found(Search::Git), kept);
        assert!(found(Search::All).contains(&"out/Dockerfile".to_owned()));
    }
}
