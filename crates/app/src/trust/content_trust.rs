//! Docker Content Trust, which is no more: where it is still asked for, and what does the same now.

use std::fs::File;
use std::path::Path;

use crate::World;

/// The variables that switch it on or name its server.
const VARIABLES: [&str; 2] = ["DOCKER_CONTENT_TRUST", "DOCKER_CONTENT_TRUST_SERVER"];
/// Files in which builds are described.
const FILES: [&str; 8] = [
    "Dockerfile",
    "Containerfile",
    ".gitlab-ci.yml",
    "Jenkinsfile",
    "azure-pipelines.yml",
    ".circleci/config.yml",
    ".travis.yml",
    "Makefile",
];
/// The directory of workflows.
const WORKFLOWS: &str = ".github/workflows";
/// Larger files are not looked into.
const MAX: u64 = 1 << 20;
const MOST_WORKFLOWS: usize = 64;

/// Where Docker Content Trust is asked for, with the way out; nothing where it is nowhere.
pub fn content_trust(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    let is_set = |name: &&&str| {
        world.env.get(**name).is_some_and(|value| !["", "0", "false"].contains(&value.as_str()))
    };
    found.extend(VARIABLES.iter().filter(is_set).map(|name| format!("the variable `{name}` is set")));
    let flows = std::fs::read_dir(world.path(WORKFLOWS)).into_iter().flatten().filter_map(Result::ok);
    let flows =
        flows.take(MOST_WORKFLOWS).map(|item| format!("{WORKFLOWS}/{}", item.file_name().to_string_lossy()));
    let mut files: Vec<String> = FILES.iter().map(|file| (*file).to_owned()).chain(flows).collect();
    files.sort();
    for file in files {
        found.extend(
            lines(&world.path(&file)).into_iter().map(|line| format!("`{file}` line {line} asks for it")),
        );
    }
    let home = world.env.get("HOME").map(|home| Path::new(home).join(".docker/trust/private"));
    if home.is_some_and(|dir| std::fs::read_dir(dir).is_ok_and(|mut items| items.next().is_some())) {
        found.push("`~/.docker/trust/private` has keys of it".to_owned());
    }
    let way_out = "Docker Content Trust is no more";
    let help = "`cooper sign` and `verify` do what it did, and `[trust]` of `cooper.toml` asks it of bases";
    found.into_iter().map(|place| format!("{way_out}, and {place}; {help}")).collect()
}

/// The lines of a file that name one of the variables.
fn lines(path: &Path) -> Vec<usize> {
    let bytes = File::open(path).and_then(|file| kit::read_bounded(file, MAX)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let names = |line: &str| !line.trim_start().starts_with('#') && line.contains(VARIABLES[0]);
    text.lines().enumerate().filter(|(_, line)| names(line)).map(|(at, _)| at + 1).collect()
}
