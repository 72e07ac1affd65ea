//! Shell texts: every text has a tree that gives the text again, in each language.

use shell::Dialect;

use super::dockerfile::inside;
use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "shell",
    run,
    seeds: &[
        "set -eux; apt-get update && apt-get install -y \"$PKGS\" | tee log || exit 1",
        "for x in a b; do case $x in a|b) echo ${x%%.*} ;; esac; done > out 2>&1 <<-E <<'F'\n\t$x\n\tE\n$y\nF\n",
        "if [[ -f a && ! $(cat a) =~ ^x ]]; then a=(1 2); ((i++)); f() { `ls`; }; fi # c",
    ],
    words: &[
        "$(",
        "${",
        "`",
        "((",
        "))",
        "[[",
        "]]",
        "if ",
        "then ",
        "fi",
        "do ",
        "done",
        "case ",
        "esac",
        "in ",
        ";;",
        "&&",
        "||",
        "|",
        ";",
        "&",
        "<<E\n",
        "\nE\n",
        "<<-",
        "<<<",
        ">&",
        "2>",
        "'",
        "\"",
        "\\",
        "\\\n",
        "$'",
        "{",
        "}",
        "(",
        ")",
        "#",
        "!",
        "=",
        "+=",
        "*",
        "function f ",
        " ",
        "\n",
        "x",
    ],
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for dialect in [Dialect::Posix, Dialect::Bash, Dialect::PowerShell] {
        let parse = shell::parse(&text, dialect);
        assert_eq!(parse.print(), text);
        for node in parse.nodes() {
            inside(&text, node.range());
        }
        for error in parse.errors() {
            inside(&text, error.range);
        }
        for command in parse.commands() {
            let _ = shell::Invocation::new(command).script();
        }
    }
}
