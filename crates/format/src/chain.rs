//! Moves line breaks from one side of `&&`, `||` and `|` to the other.

use crate::Chain;
use crate::instruction::Words;

/// Moves the breaks of a command as the style asks.
pub(crate) fn arrange(words: &mut Words<'_>, chain: Chain) {
    for at in 1..words.len() {
        let within = words.is_within_command(at - 1) && words.is_within_command(at);
        let joins = is_operator(words.word(at)) && within;
        // Beside another operator it is no command, and a line that begins with `#` would be a comment.
        let odd = |word: &str| is_operator(word) || word.trim_start().starts_with('#');
        if !joins || odd(words.word(at - 1)) || odd(words.word(at + 1)) {
            continue;
        }
        match chain {
            Chain::Keep => {}
            Chain::Leading => words.move_breaks(at, at - 1),
            Chain::Trailing => words.move_breaks(at - 1, at),
        }
    }
}

fn is_operator(word: &str) -> bool {
    matches!(word, "&&" | "||" | "|")
}
