//! Rules for secrets and texts that are searched by them: whatever their bytes, what is found does not depend on how the
//! text comes, and lies within it.

use secrets::{Ignored, Rules, Search};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "secret_rules",
    run,
    seeds: &[
        "[[rules]]\nid = \"a\"\nregex = '''\\bkey_(\\w{4,8})'''\nkeywords = [\"key_\"]\n\0key_abcdef key_x",
        "[allowlist]\nregexes = ['''^x{2}$''']\n[[rules]]\nid = \"b\"\nregex = '''(?i)a+.*b'''\n\0aab\nAxxB",
        "[extend]\nuseDefault = true\n\0token = \"q8w3e7r1t5z9u2i4o6\"",
    ],
    words: &[
        "[[rules]]\n",
        "id = \"c\"\n",
        "regex = '''",
        "'''\n",
        "keywords = [\"k\"]\n",
        "key_",
        "{2,}",
        "(?i)",
        ".*",
        "\\b",
        "\0",
    ],
};

fn run(input: &[u8]) {
    let cut = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
    let (rules, text) = input.split_at(cut);
    let text = text.get(1..).unwrap_or_default();
    let rules = String::from_utf8_lossy(rules);
    let _ = Ignored::parse(&rules);
    check(secrets::builtin(), text);
    if let Ok(rules) = secrets::load("fuzz.toml", &rules, &|_| Err("there are no others".to_owned())) {
        check(&rules, text);
    }
}

fn check(rules: &Rules, text: &[u8]) {
    let found = |piece: usize| {
        let mut search = Search::new(rules, "a/file.txt");
        text.chunks(piece).for_each(|part| search.update(part));
        search.finish()
    };
    let whole = found(text.len().max(1));
    assert_eq!(found(7), whole);
    for one in &whole {
        let end = usize::try_from(one.offset).unwrap_or(usize::MAX).saturating_add(one.length);
        assert!(end <= text.len(), "{one:?}");
    }
}
