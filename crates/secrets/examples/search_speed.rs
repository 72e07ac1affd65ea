//! How fast a tree is searched, and what is found: `search_speed RULES DIR`, `-` for own rules. Prints `path:rule:line`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use std::fs;
use std::path::Path;
use std::time::Instant;

use cooper_secrets::{Rules, Search, builtin, is_binary, load};

fn main() {
    let mut args = std::env::args().skip(1);
    let (rules, dir) = (args.next().expect("rules"), args.next().expect("a directory"));
    let begin = Instant::now();
    let text = if rules == "-" { String::new() } else { fs::read_to_string(&rules).expect("the rules") };
    let loaded = (rules != "-").then(|| load(&rules, &text, &|_| Err("no".to_owned())).expect("rules"));
    let rules: &Rules = loaded.as_ref().unwrap_or_else(|| builtin());
    let ready = begin.elapsed();
    Search::new(rules, "x").finish();
    let mut warm = Search::new(rules, "x");
    warm.update(b"warm");
    warm.finish();
    let first = begin.elapsed();
    let mut bytes = 0;
    let begin = Instant::now();
    walk(rules, Path::new(&dir), "", &mut bytes);
    let spent = begin.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "a figure")]
    let speed = bytes as f64 / 1e6 / spent.as_secs_f64();
    eprintln!("rules {ready:?}, first search {first:?}, {bytes} bytes in {spent:?}: {speed:.0} MB/s");
}

fn walk(rules: &Rules, dir: &Path, within: &str, bytes: &mut u64) {
    let mut entries: Vec<_> = fs::read_dir(dir).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            walk(rules, &entry.path(), &format!("{name}/"), bytes);
        } else if kind.is_file() {
            let mut search = Search::new(rules, &name);
            if !search.is_skipped() {
                let content = fs::read(entry.path()).unwrap_or_default();
                if !is_binary(&content) {
                    *bytes += content.len() as u64;
                    search.update(&content);
                }
            }
            for one in search.finish() {
                println!("{name}:{}:{}", one.rule, one.line);
            }
        }
    }
}
