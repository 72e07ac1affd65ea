//! Files and what `docker buildx bake --print` makes of them: `tests/cases/*.txt`, whose last part was written by bake itself.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{Config, DEFAULT_FILES, Input, OtherFile, SourceFile, Syntax, Wanted, read};
use serde_json::Value;

struct Case {
    env: BTreeMap<String, String>,
    args: Vec<String>,
    files: Vec<(String, String)>,
}

fn parse(text: &str) -> Case {
    let mut case = Case { env: BTreeMap::new(), args: Vec::new(), files: Vec::new() };
    let mut parts = text.split("\n-- ");
    for line in parts.next().unwrap().lines() {
        if let Some((name, value)) = line.strip_prefix("env: ").and_then(|pair| pair.split_once('=')) {
            case.env.insert(name.to_owned(), value.to_owned());
        } else if let Some(args) = line.strip_prefix("args:") {
            case.args = args.split_whitespace().map(str::to_owned).collect();
        } else {
            panic!("what is `{line}`?");
        }
    }
    for part in parts {
        let (name, content) = part.split_once(" --").unwrap();
        case.files.push((name.to_owned(), content.trim_start_matches('\n').to_owned() + "\n"));
    }
    case
}

/// What bake would print.
fn run(case: &Case) -> Result<String, String> {
    let (mut names, mut wanted, mut push, mut load) = (Vec::new(), Wanted::default(), false, false);
    let mut args = case.args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-f" => names.push(args.next().unwrap().clone()),
            "--set" => wanted.set.push(args.next().unwrap().clone()),
            "--push" => push = true,
            "--load" => load = true,
            name => wanted.names.push(name.to_owned()),
        }
    }
    if names.is_empty() {
        names = DEFAULT_FILES.map(str::to_owned).to_vec();
    }
    let find = |name: &String| case.files.iter().find(|(file, _)| file == name);
    let mut input =
        Input { vars: case.env.clone(), local_platform: "linux/amd64".to_owned(), ..Input::default() };
    for (name, text) in names.iter().filter_map(find) {
        let syntax = match Path::new(name).extension().unwrap().to_str().unwrap() {
            "hcl" => Syntax::Hcl,
            "json" => Syntax::Json,
            _ => Syntax::Compose(yaml(text)),
        };
        input.files.push(SourceFile { name: name.clone(), text: text.clone(), syntax });
    }
    let is_yaml = |(name, _): &&(String, String)| {
        Path::new(name).extension().is_some_and(|end| end == "yml") && !names.contains(name)
    };
    for (name, text) in case.files.iter().filter(is_yaml) {
        let beside = name.rsplit_once('/').map_or(".env".to_owned(), |(dir, _)| format!("{dir}/.env"));
        let vars = crate::dotenv(find(&beside).map_or("", |(_, text)| text), &case.env).unwrap();
        input.others.insert(name.clone(), OtherFile { document: yaml(text), vars });
    }
    let dotenv = find(&".env".to_owned()).map_or("", |(_, text)| text);
    input.compose_vars = crate::dotenv(dotenv, &case.env).unwrap();
    let config: Config = read(&input).map_err(|error| format!("{error} {:?}", error.place))?;
    let mut resolved = config.resolve(&wanted, &case.env).map_err(|error| error.to_string())?;
    if push {
        resolved.push();
    }
    if load {
        resolved.load();
    }
    Ok(resolved.text())
}

fn yaml(text: &str) -> Value {
    use yaml_rust2::Yaml;
    fn value(yaml: &Yaml) -> Value {
        match yaml {
            Yaml::String(text) => Value::String(text.clone()),
            Yaml::Boolean(bool) => Value::Bool(*bool),
            Yaml::Integer(number) => (*number).into(),
            Yaml::Real(text) => text.parse::<f64>().unwrap().into(),
            Yaml::Array(items) => items.iter().map(value).collect(),
            Yaml::Hash(map) => {
                map.iter().map(|(key, item)| (key.as_str().unwrap().to_owned(), value(item))).collect()
            }
            _ => Value::Null,
        }
    }
    value(&yaml_rust2::YamlLoader::load_from_str(text).unwrap()[0])
}

#[test]
fn files_that_others_name_are_found() {
    let document = yaml(
        "include: [a.yml, {path: [b/c.yml, '${X}.yml']}]\nservices: {s: {extends: {file: ../d.yml, service: t}}, u: {extends: s}}",
    );
    let vars = BTreeMap::from([("X".to_owned(), "x".to_owned())]);
    let check =
        |dir: &str, expect: [&str; 4]| assert_eq!(crate::compose_files(&document, &vars, dir), expect);
    check("", ["a.yml", "b/c.yml", "x.yml", "../d.yml"]);
    check("deep/er", ["deep/er/a.yml", "deep/er/b/c.yml", "deep/er/x.yml", "deep/d.yml"]);
}

#[test]
fn targets_are_those_of_bake() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut wrong = Vec::new();
    let mut count = 0;
    for item in std::fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let case = parse(&std::fs::read_to_string(&path).unwrap());
        let (kind, expect) = case.files.last().unwrap().clone();
        count += 1;
        match (kind.as_str(), run(&case)) {
            ("expect", Ok(made)) => {
                if made.trim() != expect.trim() {
                    let differs = made.lines().zip(expect.lines()).find(|(a, b)| a != b);
                    wrong.push(format!("{name}: {differs:?}"));
                }
            }
            ("expect error", Err(_)) => {}
            (_, made) => wrong.push(format!("{name}: {made:?}")),
        }
    }
    assert!(count > 25, "only {count} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
