//! The shell texts of thousands of Dockerfiles from the wild: invariants, places in the file, and whether dash and
//! bash think the same of them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what fails here fails the test, and what is skipped is told"
)]

mod invariants;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cooper_shell::{Dialect, Kind, parse};
use syntax::{Instruction, ShellText, ShellTextKind};

#[expect(clippy::disallowed_methods, reason = "tests find external data through the environment")]
fn archive() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("COOPER_SHARED").map_or(beside, PathBuf::from);
    Some(shared.join("corpus/dockerfiles.tar.xz")).filter(|path| path.is_file())
}

/// The Dockerfiles of the corpus. Says why when there are none.
fn dockerfiles() -> Vec<String> {
    let Some(archive) = archive() else {
        println!("not run: COOPER_SHARED names no directory with the corpus");
        return Vec::new();
    };
    let dir = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(dir.path()).status();
    if !unpacked.is_ok_and(|status| status.success()) {
        println!("not run: tar with xz is needed to unpack the corpus");
        return Vec::new();
    }
    let mut texts = BTreeMap::new();
    collect(dir.path(), &mut texts);
    assert!(texts.len() > 1000, "the corpus has {} files only", texts.len());
    texts.into_values().collect()
}

fn collect(dir: &Path, texts: &mut BTreeMap<PathBuf, String>) {
    for item in std::fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|end| end == "Dockerfile") {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            texts.insert(path, text);
        }
    }
}

#[test]
fn every_shell_text_of_the_corpus_keeps_the_invariants() {
    let (mut count, mut refused) = (0, 0);
    for file in dockerfiles() {
        let tree = syntax::parse(&file);
        for instruction in tree.instructions() {
            let Some(text) = instruction.shell_text(&tree) else { continue };
            for dialect in [Dialect::Posix, Dialect::Bash] {
                let script = invariants::check(&text.text, dialect);
                places(&file, instruction, &text, &script);
                count += 1;
                refused += usize::from(script.is_refused());
            }
        }
    }
    println!("{count} texts, {refused} of them refused");
    // Files of the wild are meant to build: what is refused is for other shells.
    assert!(refused * 50 <= count, "{refused} of {count} are refused");
}

/// Every node has its place in the instruction, and a leaf that stands there as a whole is what stands there.
fn places(file: &str, instruction: &Instruction, text: &ShellText, script: &cooper_shell::Parse) {
    assert_eq!(text.map.len() as usize, text.text.len());
    for node in script.nodes() {
        let place = text.source(node.range());
        assert!(file.get(place.range()).is_some(), "{node:?} is at {place:?}");
        assert_eq!(instruction.range.cover(place), instruction.range, "{node:?} is at {place:?}");
        let whole = place.len() == node.range().len() && text.kind != ShellTextKind::Exec;
        if whole && node.is_leaf() && node.kind() != Kind::HeredocEnd {
            assert_eq!(place.slice(file), node.text());
        }
    }
}

/// What is parsed by all shells in the same way is not asked for each time: one in so many is.
const ONE_IN: usize = 20;

#[test]
fn dash_and_bash_agree_with_the_corpus() {
    let files = dockerfiles();
    let mut scripts = std::collections::BTreeSet::new();
    for file in &files {
        let tree = syntax::parse(file);
        let runs = tree.instructions().filter(|item| item.kind == syntax::Keyword::Run);
        scripts.extend(runs.filter_map(|item| item.shell_text(&tree)).map(|text| text.text));
    }
    let asked: Vec<&String> = scripts
        .iter()
        .enumerate()
        .filter(|(at, text)| at % ONE_IN == 0 || is_hard(text))
        .map(|(_, text)| text)
        .collect();
    for (shell, dialect) in [("dash", Dialect::Posix), ("bash", Dialect::Bash)] {
        if Command::new(shell).args(["-c", ":"]).stdin(Stdio::null()).status().is_err() {
            println!("not run: there is no {shell} to compare with");
            continue;
        }
        let differences: Vec<&&String> =
            asked.iter().filter(|text| refuses(shell, text) != parse(text, dialect).is_refused()).collect();
        println!(
            "{shell}: {} of {} texts asked, {} differences",
            asked.len(),
            scripts.len(),
            differences.len()
        );
        assert!(differences.is_empty(), "{shell} thinks otherwise of: {differences:#?}");
    }
}

/// Whether there is more in a text than commands in a row.
fn is_hard(text: &str) -> bool {
    let script = parse(text, Dialect::Posix);
    script.is_refused()
        || script.nodes().any(|node| {
            node.kind().is_compound() && node.kind() != Kind::Subshell
                || matches!(node.kind(), Kind::HeredocBody | Kind::Backquote | Kind::Function)
        })
        || script.extensions().next().is_some()
}

/// Whether a shell finds an error without running the text.
fn refuses(shell: &str, text: &str) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("script");
    std::fs::write(&file, text).unwrap();
    let done = Command::new(shell).arg("-n").arg(&file).stdin(Stdio::null()).output().unwrap();
    // Some errors in conditions do not show in the exit status of bash.
    let errors = String::from_utf8_lossy(&done.stderr);
    !done.status.success() || errors.lines().any(|line| !line.contains("warning: "))
}
