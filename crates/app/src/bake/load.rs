//! Finds and reads build files.

use std::collections::BTreeMap;
use std::io::Read;

use bake_files::{BakeError, Config, DEFAULT_FILES, Input, OtherFile, SourceFile, Syntax};

use super::Request;
use crate::{AppError, World};

/// Larger files than this are no build files.
const MAX_BYTES: usize = 4 << 20;
/// More files are not named by others.
const MAX_OTHERS: usize = 64;

pub(super) struct Loaded {
    pub(super) config: Config,
    pub(super) files: Vec<SourceFile>,
}

/// The environment with the variables of the command line on top.
pub(super) fn vars(world: &World, request: &Request) -> BTreeMap<String, String> {
    let mut vars = if is_set(world, "BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP") {
        BTreeMap::new()
    } else {
        world.env.clone()
    };
    vars.extend(request.vars.clone());
    vars
}

pub(super) fn is_set(world: &World, name: &str) -> bool {
    world.env.get(name).is_some_and(|value| crate::build::is_true(value))
}

/// An error of a build file at its place.
pub(super) fn usage(error: BakeError, files: &[SourceFile]) -> AppError {
    let made = AppError { help: error.help, ..AppError::usage(error.message) };
    match error.place.and_then(|(number, range)| Some((files.get(number)?, range))) {
        Some((file, range)) => made.in_source(&file.name, &file.text, Some(range)),
        None => made,
    }
}

pub(super) fn load(world: &World, request: &Request, stdin: &mut dyn Read) -> Result<Loaded, AppError> {
    let mut files = Vec::new();
    for name in names(world, request)? {
        files.push(file(world, &name, stdin)?);
    }
    let dotenv = world.cwd.join(".env");
    let mut compose_vars = vars(world, request);
    if files.iter().any(|file| matches!(file.syntax, Syntax::Compose(_))) && dotenv.is_file() {
        let text = read_text(&mut std::fs::File::open(&dotenv)?, ".env")?;
        compose_vars = bake_files::dotenv(&text, &compose_vars).map_err(|error| usage(error, &[]))?;
    }
    let others = others(world, &files, &compose_vars, request)?;
    let input = Input {
        files,
        others,
        vars: vars(world, request),
        compose_vars,
        local_platform: super::local_platform(),
        now: world.seconds(),
    };
    let config = bake_files::read(&input).map_err(|error| usage(error, &input.files))?;
    Ok(Loaded { config, files: input.files })
}

/// The compose files that others name, and those that these name.
fn others(
    world: &World,
    files: &[SourceFile],
    compose_vars: &BTreeMap<String, String>,
    request: &Request,
) -> Result<BTreeMap<String, OtherFile>, AppError> {
    let mut open: Vec<String> = Vec::new();
    for file in files {
        if let Syntax::Compose(document) = &file.syntax {
            open.extend(bake_files::compose_files(document, compose_vars, ""));
        }
    }
    let mut others = BTreeMap::new();
    while let Some(name) = open.pop() {
        if others.contains_key(&name) {
            continue;
        }
        if others.len() >= MAX_OTHERS {
            return Err(AppError::usage("the compose files name too many others"));
        }
        let path = world.path(&name);
        let mut file = std::fs::File::open(&path)
            .map_err(|error| AppError::usage(format!("failed to read the compose file `{name}`: {error}")))?;
        let text = read_text(&mut file, &name)?;
        let document = yaml::json(&text)
            .map_err(|why| AppError::usage(format!("`{name}` cannot be read as YAML: {why}")))?;
        let mut own = vars(world, request);
        let dotenv = path.with_file_name(".env");
        if dotenv.is_file() {
            let text = read_text(&mut std::fs::File::open(&dotenv)?, ".env")?;
            own = bake_files::dotenv(&text, &own).map_err(|error| usage(error, &[]))?;
        }
        let dir = name.rsplit_once('/').map_or("", |(dir, _)| dir);
        open.extend(bake_files::compose_files(&document, &own, dir));
        others.insert(name, OtherFile { document, vars: own });
    }
    Ok(others)
}

/// The files that were named, else those of `BUILDX_BAKE_FILE`, else those that are there.
fn names(world: &World, request: &Request) -> Result<Vec<String>, AppError> {
    if !request.files.is_empty() {
        return Ok(request.files.clone());
    }
    if let Some(names) = world.env.get("BUILDX_BAKE_FILE").filter(|names| !names.is_empty()) {
        let separator = world.env.get("BUILDX_BAKE_FILE_SEPARATOR").map_or(":", String::as_str);
        return Ok(names.split(separator).map(str::to_owned).collect());
    }
    let found = DEFAULT_FILES.iter().filter(|name| world.path(name).is_file());
    let found: Vec<String> = found.map(|name| (*name).to_owned()).collect();
    if found.is_empty() {
        return Err(AppError::usage("there is no file to bake from")
            .help("write a `docker-bake.hcl`, or name a file with `-f`"));
    }
    Ok(found)
}

fn file(world: &World, name: &str, stdin: &mut dyn Read) -> Result<SourceFile, AppError> {
    let plain = name.strip_prefix("cwd://").unwrap_or(name);
    let text = if plain == "-" {
        read_text(stdin, "standard input")?
    } else {
        let path = world.path(plain);
        let mut file = std::fs::File::open(&path)
            .map_err(|error| AppError::usage(format!("failed to read `{plain}`: {error}")))?;
        read_text(&mut file, plain)?
    };
    let lower = plain.to_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| lower.ends_with(end));
    let compose = || {
        yaml::json(&text).map_err(|why| AppError::usage(format!("`{plain}` cannot be read as YAML: {why}")))
    };
    let syntax = if ends(&[".yml", ".yaml"]) {
        Syntax::Compose(compose()?)
    } else if ends(&[".json"]) {
        Syntax::Json
    } else if ends(&[".hcl"]) {
        Syntax::Hcl
    } else {
        match compose() {
            Ok(document) if document.get("services").is_some() => Syntax::Compose(document),
            _ if text.trim_start().starts_with('{') => Syntax::Json,
            _ => Syntax::Hcl,
        }
    };
    Ok(SourceFile { name: plain.to_owned(), text, syntax })
}

fn read_text(from: &mut dyn Read, name: &str) -> Result<String, AppError> {
    let bytes = kit::read_bounded(from, MAX_BYTES as u64)
        .map_err(|error| AppError::usage(format!("failed to read `{name}`: {error}")))?;
    String::from_utf8(bytes).map_err(|_| AppError::usage(format!("`{name}` is not UTF-8")))
}
