//! `cooper init` and `cooper ci init`: the files that a project begins with.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use scaffold::{File, Language, Project};

use crate::{AppError, World};

/// Larger files of a project are not read.
const MAX_FILE: u64 = 256 << 10;
/// More names in a directory are not looked at.
const MAX_NAMES: usize = 10_000;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// A language, or a provider of CI.
    pub kind: String,
    /// The project's directory.
    pub dir: String,
    /// Whether files that are there are replaced.
    pub force: bool,
}

/// Writes a Dockerfile, a `.dockerignore` and a `cooper.toml`; their paths.
pub fn init(world: &World, request: &Request) -> Result<Vec<String>, AppError> {
    let all = scaffold::languages();
    let language = find(&request.kind, all, |one| one.name, "language")?;
    let project = project(world, &request.dir, Some(language))?;
    write(world, request, &language.files(&project))
}

/// Writes the pipeline of a provider; its path.
pub fn pipeline(world: &World, request: &Request) -> Result<Vec<String>, AppError> {
    let provider = find(&request.kind, scaffold::providers(), |one| one.name, "provider of CI")?;
    write(world, request, &[provider.file(&project(world, &request.dir, None)?)])
}

fn find<T>(
    kind: &str,
    all: &[&'static T],
    name: impl Fn(&T) -> &'static str,
    what: &str,
) -> Result<&'static T, AppError> {
    all.iter().copied().find(|one| name(one) == kind).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|one| name(one)).collect();
        AppError::usage(format!("`{kind}` is no {what} that is known; use {}", names.join(", ")))
    })
}

/// What is in the directory of a project.
fn project(world: &World, dir: &str, language: Option<&Language>) -> Result<Project, AppError> {
    let path = world.path(dir);
    let failed = |error: std::io::Error| AppError::usage(format!("`{dir}` cannot be read: {error}"));
    let whole = path.canonicalize().map_err(failed)?;
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut files = BTreeMap::new();
    for item in fs::read_dir(&path).map_err(failed)?.take(MAX_NAMES) {
        let name = item.map_err(failed)?.file_name().to_string_lossy().into_owned();
        let is_read = language.is_some_and(|language| language.reads.contains(&name.as_str()));
        let text = if is_read { text(&path.join(&name)) } else { String::new() };
        files.insert(name, text);
    }
    Ok(Project { name, files })
}

/// The text of a file that only helps to guess: one that cannot be read says nothing.
fn text(path: &Path) -> String {
    let file = fs::File::open(path).ok().filter(|file| file.metadata().is_ok_and(|meta| meta.is_file()));
    let bytes = file.and_then(|file| kit::read_bounded(file, MAX_FILE).ok()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writes all files, or none where one of them is there and is to stay.
fn write(world: &World, request: &Request, files: &[File]) -> Result<Vec<String>, AppError> {
    let root = world.path(&request.dir);
    let there: Vec<_> = files.iter().filter(|file| root.join(file.path).symlink_metadata().is_ok()).collect();
    if !request.force && !there.is_empty() {
        let names: Vec<_> = there.iter().map(|file| format!("`{}`", file.path)).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        return Err(AppError::usage(format!("{} {verb} there already", names.join(", ")))
            .help("`--force` replaces what is there"));
    }
    for file in files {
        let path = root.join(file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        kit::write_atomic(&path, file.text.as_bytes())?;
    }
    Ok(files.iter().map(|file| file.path.to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use facts::Severity;
    use lint_rules::LintOptions;

    use super::*;

    /// Projects of each language in which something else is decided.
    const PROJECTS: &[(&str, &[(&str, &str)])] = &[
        ("go", &[]),
        ("go", &[("go.mod", "module example.com/shop\n\ngo 1.25\n"), ("cmd", "")]),
        ("java", &[]),
        ("java", &[("build.gradle", "")]),
        ("node", &[]),
        ("node", &[("package.json", r#"{"scripts":{"build":"tsc"}}"#), ("package-lock.json", "")]),
        ("node", &[("package.json", r#"{"scripts":{"build":"tsc"}}"#), ("yarn.lock", "")]),
        ("node", &[("package.json", r#"{"scripts":{"build":"tsc"}}"#), ("pnpm-lock.yaml", "")]),
        ("node", &[("pnpm-lock.yaml", "")]),
        ("node", &[("yarn.lock", "")]),
        ("python", &[]),
        ("python", &[("uv.lock", "")]),
        ("python", &[("poetry.lock", "")]),
        ("python", &[("pyproject.toml", "")]),
        ("rust", &[]),
        ("rust", &[("Cargo.lock", ""), ("Cargo.toml", "[package]\nname = \"shop\"\n")]),
    ];

    #[test]
    fn what_is_written_has_no_findings_of_all_rules() {
        for (name, files) in PROJECTS {
            let language = scaffold::languages().iter().find(|one| one.name == *name).unwrap();
            let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            let written = language.files(&Project { name: "shop".to_owned(), files });
            let options = LintOptions { select: vec!["all".to_owned()], ..LintOptions::default() };
            let found = lint_rules::lint("Dockerfile", &written[0].text, &options);
            let bad: Vec<_> = found.iter().filter(|one| one.severity.reaches(Severity::Warning)).collect();
            assert!(bad.is_empty(), "{name}: {bad:#?}\n{}", written[0].text);
            crate::Settings::parse("cooper.toml", &written[2].text).unwrap();
            assert_eq!(syntax::parse(&written[0].text).errors().len(), 0);
        }
    }
}
