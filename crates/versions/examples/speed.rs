//! How long a comparison of two versions takes: `cargo run --release -p cooper-versions --example speed -- SCHEME FILE`, where each line of the
//! file has two versions with a sign between them.

#![expect(clippy::print_stdout, reason = "a developer's command, not library code")]

use std::hint::black_box;
use std::time::Instant;

/// Each pair is compared so often.
const ROUNDS: u32 = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, path] = arguments.as_slice() else { return Err("usage: speed SCHEME FILE".into()) };
    let scheme = cooper_versions::scheme(name).ok_or("there is no such scheme")?;
    let text = std::fs::read_to_string(path)?;
    let pairs: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            words.next().zip(words.nth(1))
        })
        .collect();
    let round = || {
        let begin = Instant::now();
        for (a, b) in &pairs {
            black_box((scheme.compare)(black_box(a), black_box(b)));
        }
        begin.elapsed()
    };
    // The fastest one is the one that other work disturbed least.
    let fastest = (0..ROUNDS).map(|_| round()).min().unwrap_or_default();
    let count = u32::try_from(pairs.len())?.max(1);
    println!("{name}: {} ns a comparison, {count} pairs", (fastest / count).as_nanos());
    Ok(())
}
