//! Texts that are made to be hard: deep, long, or open to the end.

mod invariants;

use std::time::{Duration, Instant};

use cooper_shell::{Dialect, parse};

/// Parts that go on without an end when they are repeated.
const REPEATED: &[&str] = &[
    "(",
    "((",
    "$(",
    "$((",
    "${x:-",
    "${x:",
    "${x[",
    "`",
    "\\`",
    "\"",
    "\"$(",
    "\"${x-",
    "\"`",
    "'",
    "$'",
    "$\"",
    "{",
    "{ ",
    "{a,",
    "{1..",
    "[",
    "[[ ",
    "[[ ( ",
    "[[ ! ",
    "[[ a =~ (",
    "if ",
    "if a; then ",
    "while ",
    "until a; do ",
    "for x in ",
    "for ((",
    "case ",
    "case x in a) ",
    "f() ",
    "function f ",
    "f() { ",
    "! ",
    "time ",
    "coproc ",
    "a=(",
    "a[",
    "a[$(",
    "<(",
    "<<E ",
    "<<E\n",
    "<<-E\n\t",
    "cat <<E\n$(",
    "@(",
    "@(a|",
    "!(",
    "\\",
    "\\\n",
    "#",
    "a && ",
    "a | ",
    "a;",
    "a\n",
    "&",
    ";;",
    "| ",
    ")",
    "}",
    "fi ",
    "done ",
    "> ",
    "2>",
    "~",
    "*",
    "$",
    "a=$((",
    "$[",
    "((a;",
    ",",
    "sh -c '",
    "x ",
    "  ",
    "\t\n",
    "}}",
    "{}",
    "[]",
    "[[:a:]",
    "a=(b=(",
    "a[;",
    "declare a[ ",
    "a=([",
    "[$",
    "a['",
];

#[test]
fn repetitions_are_read_without_overflow_in_time() {
    for piece in REPEATED {
        for text in
            [piece.repeat(5000), format!("{}a", piece.repeat(1000)), format!("\"{}", piece.repeat(1000))]
        {
            for dialect in [Dialect::Posix, Dialect::Bash] {
                let time = || {
                    let begin = Instant::now();
                    let tree = parse(&text, dialect);
                    assert_eq!(tree.print(), text);
                    begin.elapsed()
                };
                // Other work on the machine can slow down one run, but hardly three.
                let took =
                    (0..3).map(|_| time()).find(|took| *took < Duration::from_secs(3)).unwrap_or_else(time);
                assert!(took < Duration::from_secs(3), "{piece:?}: {took:?} for {} bytes", text.len());
            }
        }
    }
}

#[test]
fn deep_texts_keep_the_invariants() {
    for piece in REPEATED {
        for dialect in [Dialect::Posix, Dialect::Bash] {
            invariants::check(&piece.repeat(150), dialect);
        }
    }
}

#[test]
fn time_grows_with_the_text_only() {
    // Processor time, and the best of a few runs, as other work on the machine slows some of them down.
    let time = |text: &str| {
        let run = || kit::measured(|| assert!(!parse(text, Dialect::Bash).text().is_empty())).1.cpu;
        (0..4).map(|_| run()).min().unwrap_or_default().max(Duration::from_micros(100))
    };
    for piece in REPEATED {
        let (short, long) = (time(&piece.repeat(250)), time(&piece.repeat(8000)));
        // 32 times the text takes 32 times as long, not 1024 times; the rest is for the noise of the machine.
        assert!(long < short * 32 * 10, "{piece:?}: {short:?} for 250, {long:?} for 8000");
    }
}

#[test]
fn what_is_too_deep_is_said_once() {
    for piece in ["( ", "$(", "{ ", "if ", "\"$("] {
        let tree = parse(&piece.repeat(500), Dialect::Bash);
        let deep = tree.errors().iter().filter(|error| error.message.contains("too deeply")).count();
        assert_eq!(deep, 1, "{piece}");
    }
    assert!(parse(&format!("{}a{}", "( ".repeat(90), ")".repeat(90)), Dialect::Posix).errors().is_empty());
}
