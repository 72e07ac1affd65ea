//! Real Dockerfiles: none makes the rules panic, and each takes well under a millisecond.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cooper_lint::{LintOptions, lint};

/// The average over all files; without optimization it is some ten times as much as with it.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 20 } else { 1 });

#[expect(clippy::print_stdout, reason = "a test that cannot run says why")]
fn skip(why: &str) {
    println!("not run: {why}");
}

#[expect(clippy::disallowed_methods, reason = "tests find external data through the environment")]
fn archive() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("COOPER_SHARED").map_or(beside, PathBuf::from);
    Some(shared.join("corpus/dockerfiles.tar.xz")).filter(|path| path.is_file())
}

#[test]
fn every_file_of_the_corpus_is_checked_in_time() {
    let Some(archive) = archive() else { return skip("COOPER_SHARED names no directory with the corpus") };
    let dir = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(dir.path()).status();
    if !unpacked.is_ok_and(|status| status.success()) {
        return skip("tar with xz is needed to unpack the corpus");
    }
    let mut texts = Vec::new();
    collect(dir.path(), &mut texts);
    assert!(texts.len() > 1000, "the corpus has {} files only", texts.len());
    let begin = cpu_time();
    for text in &texts {
        for finding in lint("Dockerfile", text, &LintOptions::default()) {
            let places = finding.related.iter().map(|(place, _)| place).chain([&finding.primary]);
            assert!(
                places.into_iter().all(|place| text.get(place.range.range()).is_some()),
                "{}",
                finding.code
            );
        }
    }
    let Some((begin, end)) = begin.zip(cpu_time()) else {
        return skip("the kernel does not count the time of threads");
    };
    let each = end.saturating_sub(begin) / u32::try_from(texts.len()).unwrap();
    assert!(each < LIMIT, "{each:?} per file");
}

/// How long this thread has run: what else the machine does must not count.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn collect(dir: &Path, texts: &mut Vec<String>) {
    for item in std::fs::read_dir(dir).expect("the directory was just made") {
        let path = item.expect("the directory was just made").path();
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|end| end == "Dockerfile") {
            texts.extend(std::fs::read_to_string(path));
        }
    }
}
