//! Agreement with `BuildKit`: its parser's golden files, and the tables of its shell lexer.

mod common;

use common::{Material, files};

#[test]
fn the_dump_equals_that_of_buildkit() {
    let Some(material) = Material::open("conformance/buildkit.tar.xz", "golden-dump") else { return };
    let mut count = 0;
    for path in files(&material.path().join("buildkit/parser-testfiles")) {
        if path.file_name().is_some_and(|name| name == "Dockerfile") {
            let text = std::fs::read_to_string(&path).unwrap();
            let expect = std::fs::read_to_string(path.with_file_name("result")).unwrap();
            assert_eq!(cooper_syntax::parse(&text).dump().trim(), expect.trim(), "{}", path.display());
            count += 1;
        }
    }
    assert_eq!(count, 33, "golden files");
}

#[test]
fn what_buildkit_cannot_parse_has_errors() {
    let Some(material) = Material::open("conformance/buildkit.tar.xz", "golden-negative") else { return };
    let negative = files(&material.path().join("buildkit/parser-testfiles-negative"));
    assert_eq!(negative.len(), 4, "negative files");
    for path in negative {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!cooper_syntax::parse(&text).all_errors().is_empty(), "{}", path.display());
    }
}

#[test]
fn words_expand_as_in_buildkit() {
    let Some(material) = Material::open("conformance/buildkit.tar.xz", "golden-word") else { return };
    let table = std::fs::read_to_string(material.path().join("buildkit/envVarTest")).unwrap();
    let pairs = [("PWD", "/home"), ("SHELL", "bash"), ("KOREAN", "한국어"), ("NULL", "")];
    let lookup =
        |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let mut count = 0;
    for row in table.lines().filter(|row| !row.starts_with('#') && !row.trim().is_empty()) {
        let columns: Vec<&str> = row.split('|').map(str::trim).collect();
        let [platform, word, expect] = columns[..] else { panic!("malformed row `{row}`") };
        count += 1;
        if platform != "W" {
            let found = cooper_syntax::expand_word(word, '\\', &lookup);
            assert_eq!(found.map_or_else(|_| "error".to_owned(), |done| done.text), expect, "{row}");
        }
    }
    assert_eq!(count, 230, "rows");
}

#[test]
fn words_split_as_in_buildkit() {
    let Some(material) = Material::open("conformance/buildkit.tar.xz", "golden-words") else { return };
    let table = std::fs::read_to_string(material.path().join("buildkit/wordsTest")).unwrap();
    let mut env: Vec<(String, String)> = Vec::new();
    let mut count = 0;
    for row in table.lines().filter(|row| !row.starts_with('#') && !row.trim().is_empty()) {
        if let Some((name, value)) = row.strip_prefix("ENV ").and_then(|rest| rest.split_once('=')) {
            env.insert(0, (name.to_owned(), value.to_owned()));
            continue;
        }
        let (word, expect) = row.split_once('|').unwrap();
        let lookup = |name: &str| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let found = cooper_syntax::expand_words(word.trim(), '\\', &lookup);
        let shown = found.map_or_else(|_| "error".to_owned(), |words| words.join(","));
        // The table is read as the reference reads it: without the blanks before the expected words.
        assert_eq!(shown, expect.trim_start(), "{row}");
        count += 1;
    }
    assert_eq!(count, 24, "rows");
}
