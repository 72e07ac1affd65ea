//! Measures the parser over the files below a directory: `speed <directory>`.

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
