//! Words with variables: expansion ends with a text or an error, and variables lie in the word.

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "word",
    run,
    seeds: &["a${B:-c}'d'\"$E\"\\$f", "${x#a*}${x%%.?}${x/b/c}${x//d}", "${a:?needed}${b+${c-d}}"],
    words: &[
        "${", "}", ":-", ":+", ":?", "?", "-", "+", "##", "#", "%%", "%", "//", "/", "*", "\\", "`", "\"",
        "'", "$", "$a", "a", " ", "\n", "é",
    ],
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let lookup = |name: &str| (name.len() % 2 == 1).then(|| "a b*c".to_owned());
    for escape in ['\\', '`'] {
        let _ = syntax::expand_word(&text, escape, &lookup);
        let _ = syntax::expand_words(&text, escape, &lookup);
        let _ = syntax::expand_heredoc(&text, escape, &lookup);
        for variable in syntax::variables(&text, escape) {
            assert!(variable.range.slice(&text).starts_with('$'));
        }
    }
}
