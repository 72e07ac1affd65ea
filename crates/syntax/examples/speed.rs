//! Measures the parser over the files below a directory, and ignore patterns over made-up paths:
//! `speed <directory>`.

#![expect(clippy::print_stdout, reason = "it prints figures")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const ROUNDS: u32 = 5;

fn main() {
    let Some(dir) = std::env::args_os().nth(1) else {
        println!("usage: speed <directory>");
        return;
    };
    let texts = texts(Path::new(&dir));
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("{} files, {bytes} bytes", texts.len());
    measure("parse", bytes, || {
        for text in &texts {
            black_box(cooper_syntax::parse(black_box(text)));
        }
    });
    let parses: Vec<_> = texts.iter().map(|text| cooper_syntax::parse(text)).collect();
    measure("statements", bytes, || {
        for parse in &parses {
            parse.instructions().for_each(|instruction| drop(black_box(instruction.statement(parse))));
        }
    });
    ignore();
}

const IGNORE: &str = "# typical\n.git\n.github\nnode_modules\n**/node_modules\n**/*.log\n*.md\n!README.md\n\
    dist\nbuild/**\n**/__pycache__\n**/*.py[co]\n.env*\ncoverage\ntests/**/fixtures\n!tests/keep/**\n\
    **/.DS_Store\ndocs/*/drafts\n*.tmp\n**/target/debug\n.vscode\n";

fn ignore() {
    let paths: Vec<String> = (0..20_000)
        .map(|at| format!("packages/part{}/src/module{}/file{at}.ts", at % 20, at % 300))
        .collect();
    let ignore = cooper_syntax::Ignore::parse(IGNORE);
    let bytes = paths.iter().map(String::len).sum();
    measure("20,000 paths against 20 ignore patterns", bytes, || {
        black_box(paths.iter().filter(|path| ignore.matches(black_box(path))).count());
    });
}

/// Prints the best of some rounds.
fn measure(what: &str, bytes: usize, work: impl Fn()) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed());
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = bytes as f64 / 1e6 / best.as_secs_f64();
    println!("{what}: {:.1} ms, {rate:.0} MB/s", best.as_secs_f64() * 1e3);
}

fn texts(dir: &Path) -> Vec<String> {
    let mut open: Vec<PathBuf> = vec![dir.to_owned()];
    let mut found = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(bytes) = std::fs::read(path) {
                found.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    found
}
