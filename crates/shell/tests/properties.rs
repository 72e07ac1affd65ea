//! The invariants for made-up texts: pieces that mean something to a shell, in any order.

mod invariants;

use cooper_shell::Dialect;
use proptest::prelude::*;

const PIECES: &[&str] = &[
    "a",
    "echo ",
    "x=1 ",
    "x+=y",
    "a=(1 [2]=3",
    "x[1]=",
    "$x",
    "${x}",
    "${x:-",
    "${x#*/}",
    "${#x}",
    "${!x[@]}",
    "${x//a/b}",
    "${x:1:2}",
    "${x^^}",
    "${",
    "$(",
    "`",
    "\\`",
    "\"",
    "'",
    "$'\\n",
    "$\"",
    "$((1+",
    "$[",
    "((",
    "))",
    "(",
    ")",
    "{ ",
    "}",
    "{a,b}",
    "{1..3}",
    "[[ ",
    " ]]",
    "[",
    "]",
    "[a-z]",
    "[[:alpha:]]",
    "if ",
    "then ",
    "elif ",
    "else ",
    "fi ",
    "while ",
    "until ",
    "do ",
    "done ",
    "for ",
    "for x in ",
    "for ((",
    "in ",
    "case x in ",
    "esac ",
    "a) ",
    ";;",
    ";&",
    "select ",
    "function ",
    "f() ",
    "time ",
    "coproc ",
    "! ",
    "&&",
    "||",
    "|",
    "|&",
    "&",
    ";",
    "\n",
    "\r\n",
    ">",
    ">>",
    "2>&1",
    "&>f",
    "<<EOF",
    "<<-'E'",
    "<<\"A B\" ",
    "\nEOF\n",
    "\n\tE\n",
    "\nA B\n",
    "<<<",
    "{fd}>",
    "<(",
    ">(",
    "*",
    "?",
    "~",
    "~u/",
    "#",
    "\\\n",
    "\\",
    "$",
    "=",
    "!(",
    "@(a|",
    "==",
    "=~ ",
    "-f ",
    "<",
    "\t",
    " ",
    "é",
    "😀",
    "\0",
    "sh -c '",
    "eval \"",
    "set -e",
    "export A=",
    "read x ",
    "sudo -u a ",
    "shopt -s extglob\n",
    "x++",
    ",",
    "?:",
];

fn script() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_of_scripts_keep_the_invariants(text in script()) {
        for dialect in [Dialect::Posix, Dialect::Bash, Dialect::Zsh] {
            invariants::check(&text, dialect);
        }
    }

    #[test]
    fn scripts_of_any_bytes_keep_the_invariants(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        invariants::check(&String::from_utf8_lossy(&bytes), Dialect::Bash);
    }

    #[test]
    fn scripts_of_special_characters_keep_the_invariants(text in "[\\\\\"'`$(){}<>|&;#\\[\\]!*?=~ \n\ta-c]{0,60}") {
        for dialect in [Dialect::Posix, Dialect::Bash] {
            invariants::check(&text, dialect);
        }
    }

    /// What a quoted text stands for is the text.
    #[test]
    fn quoted_texts_are_read_back(text in "[ -~\n]{0,40}") {
        let quoted = format!("a '{}'", text.replace('\'', "'\\''"));
        let parse = invariants::check(&quoted, Dialect::Posix);
        let word = parse.commands().next().unwrap().words().nth(1).unwrap();
        prop_assert_eq!(word.literal().unwrap(), text);
    }
}
