//! Small builds whose results are those of Docker 28, case by case. The tables beside this file hold contexts,
//! Dockerfiles and what came of them; `scripts/agreement.py` fills the results in.
//!
//! A case begins with `=== name` and lists its context, one entry a line: `d MODE PATH`, `f MODE PATH [TEXT]` (else the
//! path is the content), `p MODE PATH` a pipe, `l PATH -> TARGET`, `h PATH = FIRST` a hard link, `x PATH KEY=VALUE` an
//! extended attribute, `t PATH` an archive, whose entries follow indented, with `UID:GID` behind the mode.
//! Sections follow: `--- args` of the command, `--- Dockerfile`, and either `--- refused`, or `--- files` and, where it is
//! asked for, `--- config`. `@context` and `@archive` stand behind what has the time of the context or archive.

mod config;
mod context;
mod listing;

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::lab::{Lab, base, has_several_ids, missing};

/// A case of a table.
#[derive(Default)]
struct Case {
    name: String,
    context: Vec<String>,
    args: Vec<String>,
    dockerfile: Vec<String>,
    refused: bool,
    files: Vec<String>,
    config: Option<Vec<String>>,
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut section = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push(Case { name: name.to_owned(), ..Case::default() });
            section = "context";
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(name) = line.strip_prefix("--- ") {
            section = name;
            case.refused |= name == "refused";
            if name == "config" {
                case.config = Some(Vec::new());
            }
            continue;
        }
        match section {
            "Dockerfile" => case.dockerfile.push(line.to_owned()),
            _ if line.trim().is_empty() => {}
            "context" => case.context.push(line.to_owned()),
            "args" => case.args.extend(line.split_whitespace().map(str::to_owned)),
            "files" => case.files.push(line.to_owned()),
            "config" => case.config.get_or_insert_default().push(line.to_owned()),
            other => panic!("`{line}` is in the section `{other}`"),
        }
    }
    cases
}

/// What a build gives that is not as the table says.
fn differences(case: &Case, base: Option<&Path>) -> Option<String> {
    let lab = Lab::without_steps();
    context::make(&case.context, &lab.context());
    let path = lab.path().join("Dockerfile");
    fs::write(&path, case.dockerfile.join("\n").trim_end().to_owned() + "\n").unwrap();
    let base = base.map(|base| format!("busybox=oci-layout://{}", base.display()));
    let mut args =
        vec!["build", "--progress", "plain", "--no-reproducible", "--network", "none", "-t", "app"];
    args.extend(["-f", "Dockerfile", "-o", "type=tar,dest=out.tar"]);
    args.extend(base.iter().flat_map(|base| ["--build-context", base]));
    args.extend(case.args.iter().map(String::as_str));
    args.push("context");
    let ran = lab.run(&args);
    if (ran.code != 0) != case.refused {
        return Some(format!("{}: exit code {}\n{}", case.name, ran.code, ran.err));
    }
    if case.refused {
        return None;
    }
    let mut found = listing::of(&lab.path().join("out.tar"));
    let mut expect = case.files.clone();
    if let Some(config) = &case.config {
        expect.extend(config.iter().cloned());
        found.extend(config::of(&lab.run(&["inspect", "--config", "app"]).out));
    }
    (found != expect).then(|| {
        let only = |these: &[String], those: &[String], sign: char| -> String {
            these
                .iter()
                .filter(|line| !those.contains(line))
                .map(|line| format!("  {sign} {line}\n"))
                .collect()
        };
        format!("{}:\n{}{}", case.name, only(&expect, &found, '-'), only(&found, &expect, '+'))
    })
}

/// Compares every case of a table, a few at a time.
fn check(text: &str, base: Option<&Path>) {
    let cases = read(text);
    assert!(!cases.is_empty(), "the table has cases");
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    wrong.lock().unwrap().extend(differences(case, base));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

macro_rules! tables {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(include_str!(concat!(stringify!($name), ".cases")), None);
        })*

        /// Every table of the folder is a test.
        #[test]
        fn all_tables_are_read() {
            let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/agreement");
            let names = fs::read_dir(dir).unwrap().map(|item| item.unwrap().file_name().into_string().unwrap());
            let mut found: Vec<String> =
                names.filter_map(|name| name.strip_suffix(".cases").map(str::to_owned)).collect();
            found.sort();
            let mut listed = vec![$(stringify!($name)),*, "run", "steps"];
            listed.sort_unstable();
            assert_eq!(found, listed);
        }
    };
}

tables! { add config exclude heredoc ignore link links mode owner place stages variables wildcard }

/// The same with a base image, for tables whose steps run as several users.
fn check_steps(text: &str) {
    let Some(_) = Lab::new() else { return };
    if !has_several_ids() {
        return missing("steps of several users need ranges in /etc/subuid and /etc/subgid, or root");
    }
    check(text, Some(base()));
}

#[test]
fn steps() {
    check_steps(include_str!("steps.cases"));
}

#[test]
fn run() {
    check_steps(include_str!("run.cases"));
}
