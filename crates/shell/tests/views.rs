//! What rules ask: commands, words, where they stand, variables, redirections, wrappers, scripts in arguments.

use cooper_shell::{
    Access, Command, Dialect, If, Invocation, Kind, Link, Loop, Node, Parameter, Parse, Redirect, Word, parse,
};

fn bash(text: &str) -> Parse {
    parse(text, Dialect::Bash)
}

/// The first word of each command.
fn names<'a>(commands: impl IntoIterator<Item = Command<'a>>) -> Vec<String> {
    commands
        .into_iter()
        .map(|command| command.words().next().map_or(String::new(), |word| word.text().into_owned()))
        .collect()
}

#[test]
fn all_commands_are_found_in_order() {
    let check = |text: &str, expect: &[&str]| assert_eq!(names(bash(text).commands()), expect, "{text}");
    check("a b && c || d; e & f", &["a", "c", "d", "e", "f"]);
    check("if [ -f x ]; then a; else b; fi", &["[", "a", "b"]);
    check("a \"$(b | c)\" `d` <(e) ${x:-$(f)} $((1 + $(g)))", &["a", "b", "c", "d", "e", "f", "g"]);
    check("f() { a; }; A=$(b) > c", &["a", "", "b"]);
    check("cat <<E\n$(a)\nE\n", &["cat", "a"]);
    check("a=(x $(b))", &["", "b"]);
    check("# a\n", &[]);
}

#[test]
fn words_have_texts_and_pieces() {
    let check = |word: &str, literal: Option<&str>, text: &str| {
        let text_of = format!("a {word}");
        let parse = bash(&text_of);
        let found = parse.commands().next().unwrap().words().nth(1).expect(word);
        assert_eq!((found.literal().as_deref(), found.text().as_ref()), (literal, text), "{word}");
    };
    check("b", Some("b"), "b");
    check("'b c'\"d e\"\\ f", Some("b cd e f"), "b cd e f");
    check("\"a\\\"b\\$\\n\"", Some("a\"b$\\n"), "a\"b$\\n");
    check("$'a\\tb'", Some("a\tb"), "a\tb");
    check("a\\\nb", Some("ab"), "ab");
    check("''", Some(""), "");
    check("\"\"", Some(""), "");
    check("{}", Some("{}"), "{}");
    check("a~b=c,d", Some("a~b=c,d"), "a~b=c,d");
    check("$x/y", None, "$x/y");
    check("\"${x:-a b}\"'$z'", None, "${x:-a b}$z");
    check("*.c", None, "*.c");
    check("'*'", Some("*"), "*");
    check("{a,b}", None, "{a,b}");
    check("~/x", None, "~/x");
    check("\"a `b` c\"", None, "a `b` c");
    check("'a", Some("a"), "a");
    let sh = parse("a $'b'", Dialect::Posix);
    assert_eq!(sh.commands().next().unwrap().words().nth(1).unwrap().literal(), None);
}

#[test]
fn words_within_backquotes_lose_two_levels_of_backslashes() {
    let check = |text: &str, expect: &[&str]| {
        let parse = bash(text);
        let words =
            parse.commands().filter(|command| command.substitution().is_some()).flat_map(Command::words);
        assert_eq!(words.map(|word| word.text().into_owned()).collect::<Vec<_>>(), expect, "{text}");
    };
    check("`a \\$b \\\\c 'd\\\\e'`", &["a", "$b", "c", "d\\e"]);
    check("\"`a \\\"b c\\\"`\"", &["a", "b c"]);
    check("`a \\\"b`", &["a", "\"b"]);
    check("`a \\`b \\\\\\`c\\\\\\`\\``", &["a", "`b \\`c\\``", "b", "`c`", "c"]);
}

#[test]
fn quoting_of_expansions_is_known() {
    let parse = bash("a $b \"$c\" x\"y$d\"$e ${f}'$g' $(h) \"`i`\" $((j))");
    let words = parse.commands().next().unwrap().words();
    let shown = words.flat_map(|word| {
        word.expansions()
            .map(|piece| format!("{}{}", if piece.in_double_quotes { "q" } else { "u" }, piece.node.text()))
    });
    let expect = ["u$b", "q$c", "q$d", "u$e", "u${f}", "u$(h)", "q`i`", "u$((j))"];
    assert_eq!(shown.collect::<Vec<_>>(), expect);
    let word = parse.commands().next().unwrap().words().nth(3).unwrap();
    assert_eq!(word.unquoted_expansions().map(|piece| piece.node.text()).collect::<Vec<_>>(), ["$e"]);
    assert!(word.is_quoted() && !word.is_pattern() && word.is_split());
}

#[test]
fn words_are_split_where_they_are_arguments() {
    let text = "$a $b > $c; d=$e; f=($g); for h in $i; do j; done; case $k in $l) m;; esac; [[ -n $n ]]; export o=$p; cat <<< $q";
    let parse = bash(text);
    let split =
        parse.nodes().filter_map(Word::cast).filter(|word| word.raw().starts_with('$') && word.is_split());
    assert_eq!(split.map(Word::raw).collect::<Vec<_>>(), ["$a", "$b", "$g", "$i"]);
}

#[test]
fn places_of_commands_are_known() {
    /// Of the command `x`: link, tested, conditional, in a subshell.
    fn check(text: &str, link: Link, tested: bool, conditional: bool, subshell: bool) {
        let parse = bash(text);
        let command = parse.commands().find(|command| command.name().as_deref() == Some("x")).expect(text);
        let found = (
            command.pipeline().unwrap().link(),
            command.is_tested(),
            command.is_conditional(),
            command.is_in_subshell(),
        );
        assert_eq!(found, (link, tested, conditional, subshell), "{text}");
    }
    check("x", Link::First, false, false, false);
    check("a; x", Link::Sequence, false, false, false);
    check("a\n# b\nx\n", Link::Sequence, false, false, false);
    check("a & x", Link::Beside, false, false, false);
    check("x & a", Link::First, false, false, true);
    check("a && x", Link::And, false, true, false);
    check("a || x; b", Link::Or, false, true, false);
    check("x || true", Link::First, true, false, false);
    check("a && x && b", Link::And, true, true, false);
    check("! x", Link::First, true, false, false);
    check("a | x", Link::First, false, false, true);
    check("(a; x)", Link::Sequence, false, false, true);
    check("{ x; } || a", Link::First, true, false, false);
    check("if x; then a; fi", Link::First, true, false, false);
    check("if a; then x; fi", Link::First, false, true, false);
    check("while a; do x; done", Link::First, false, true, false);
    check("for a in b; do x; done", Link::First, false, true, false);
    check("case a in b) x;; esac", Link::First, false, true, false);
    check("f() { x; }", Link::First, false, true, false);
    check("a $(b; x)", Link::Sequence, false, false, true);
}

#[test]
fn pipelines_lead_from_command_to_command() {
    let parse = bash("a | (b; c) | d > e");
    let commands: Vec<_> = parse.commands().collect();
    assert_eq!(commands[0].input(), None);
    assert_eq!(commands[0].output().map(Node::text), Some("(b; c)"));
    assert_eq!(commands[3].input().map(Node::kind), Some(Kind::Subshell));
    assert_eq!(commands[1].output(), None);
    assert_eq!(commands[0].pipeline().unwrap().commands().count(), 3);
    assert_eq!(commands[3].words_range().slice(parse.text()), "d");
}

#[test]
fn redirections_are_taken_apart() {
    let check = |text: &str, expect: &str| {
        let parse = bash(text);
        let redirects = parse.nodes().filter_map(Redirect::cast);
        let shown = redirects.map(|redirect| {
            let mark = |is: bool, mark: &'static str| if is { mark } else { "" };
            let fd = redirect.descriptor().map(|fd| fd.to_string()).unwrap_or_default();
            let target = redirect.target().map(|word| word.text().into_owned()).unwrap_or_default();
            let marks = [
                mark(redirect.writes(), " w"),
                mark(redirect.reads(), " r"),
                mark(redirect.duplicates(), " d"),
            ];
            format!("{fd}{} {target}{}", redirect.operator(), marks.concat())
        });
        assert_eq!(shown.collect::<Vec<_>>().join("; "), expect, "{text}");
    };
    check("a > b 2>> c < d", "> b w; 2>> c w; < d r");
    check("a 2>&1 >&- <&3 >& f", "2>& 1 d; >& - d; <& 3 d; >& f w");
    check("a &> b {fd}> c <> d >| e <<< f", "&> b w; > c w; <> d w r; >| e w; <<< f");
}

#[test]
fn here_documents_are_found_with_their_lines() {
    let check = |text: &str, expect: &[(&str, &str, bool, bool)]| {
        let parse = bash(text);
        let found: Vec<_> = parse.nodes().filter_map(|node| Redirect::cast(node)?.heredoc()).collect();
        let shown: Vec<_> = found
            .iter()
            .map(|doc| {
                (doc.redirect().target().unwrap().text(), doc.text(), doc.is_quoted(), doc.is_closed())
            })
            .collect();
        let shown: Vec<_> = shown
            .iter()
            .map(|(name, text, quoted, closed)| (name.as_ref(), text.as_ref(), *quoted, *closed))
            .collect();
        assert_eq!(shown, expect, "{text}");
    };
    check(
        "cat <<A <<'B' > f\na $x\nA\nb $x\nB\nc",
        &[("A", "a $x\n", false, true), ("B", "b $x\n", true, true)],
    );
    check("cat <<-A\n\t\ta\n\tb\\\n\tA\n\tA\n", &[("A", "a\nb\tA\n", false, true)]);
    check("cat <<-\\A\n\ta\n\t b\nA", &[("A", "a\n b\n", true, true)]);
    check("cat <<A\na", &[("A", "a", false, false)]);
    check("x=$(cat <<A\na\nA\n)", &[("A", "a\n", false, true)]);
    check("cat <<A", &[]);
}

#[test]
fn parameters_are_taken_apart() {
    let check = |text: &str, name: &str, expect: &str| {
        let parse = bash(text);
        let found = parse.nodes().find_map(Parameter::cast).expect(text);
        let operands: Vec<_> = found.operands().map(|word| word.text().into_owned()).collect();
        let operator = found.operator().map(|operator| format!("{operator:?}")).unwrap_or_default();
        let marks = [
            (found.is_length(), "length"),
            (found.is_indirect(), "indirect"),
            (found.is_list(), "list"),
            (found.is_special(), "special"),
        ];
        let marks: Vec<_> = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
        assert_eq!(found.name(), name, "{text}");
        assert_eq!(format!("{operator} {} {}", operands.join(","), marks.join(" ")).trim(), expect, "{text}");
    };
    check("$x", "x", "");
    check("${x}", "x", "");
    check("$1", "1", "special");
    check("$@", "@", "list special");
    check("${#x}", "x", "length");
    check("${x:-a}", "x", "Default a");
    check("${x=a b}", "x", "Assign a b");
    check("${x+}", "x", "Alternative");
    check("${x?\"no\"}", "x", "Error no");
    check("${x##*/}", "x", "RemovePrefix */");
    check("${x%.c}", "x", "RemoveSuffix .c");
    check("${x//a/b}", "x", "Replace a,b");
    check("${x:1:2}", "x", "Substring");
    check("${x,,}", "x", "ChangeCase");
    check("${!x}", "x", "indirect");
    check("${!x@}", "x", "Names");
    check("${x[@]}", "x", "list");
    check("${x@Q}", "x", "Transform");
    check("${}", "", "special");
}

#[test]
fn uses_of_variables_are_found() {
    let check = |text: &str, expect: &str| {
        let parse = bash(text);
        let shown: Vec<_> = parse
            .variables()
            .iter()
            .map(|found| {
                assert_eq!(found.range.slice(text), found.name);
                format!("{}:{:?}", found.name, found.access)
            })
            .collect();
        assert_eq!(shown.join(" "), expect, "{text}");
    };
    check("a=$b; c=d e \"$f\"", "a:Assign b:Read c:Lend f:Read");
    check("export a b=c; readonly d=e", "a:ExportOnly b:Export d:Assign");
    check("read -r -p x a b; for c in d; do :; done", "a:Fill b:Fill c:Fill");
    check("echo ${a:-$b} ${c:=d} ${e+f}", "a:ReadIfSet b:Read c:Assign e:ReadIfSet");
    check("echo $((a + b++)) ; ((c = 1, d += e))", "a:Read b:Change c:Assign d:Change e:Read");
    check("unset a; local b c=1; printf -v d x; mapfile -t e", "a:Unset b:Assign c:Assign d:Assign e:Fill");
    check("a+=b c[1]=d", "a:Change c:Change");
    check("a <<E\n$b \\$c\nE\n", "b:Read");
    check("echo '$a' \\$b", "");
    assert!(Access::Fill.sets() && !Access::Lend.sets());
}

#[test]
fn compound_commands_are_taken_apart() {
    let parse =
        bash("if a; then b; elif c; then d; else e; fi; for x in 1 2; do f; done; while g; do h; done");
    let branch = parse.nodes().find_map(If::cast).unwrap();
    let texts: Vec<_> = branch.branches().map(|(test, then)| (test.text(), then.unwrap().text())).collect();
    assert_eq!(texts, [("a;", "b;"), ("c;", "d;")]);
    assert_eq!(branch.otherwise().unwrap().text(), "e;");
    let loops: Vec<_> = parse.nodes().filter_map(Loop::cast).collect();
    assert_eq!(loops[0].variable().unwrap().text(), "x");
    assert_eq!((loops[0].items().count(), loops[0].has_items()), (2, true));
    assert_eq!(loops[1].condition().unwrap().text(), "g;");
    assert_eq!(loops[1].body().unwrap().text(), "h;");
}

#[test]
fn wrappers_do_not_hide_a_command() {
    let check = |text: &str, name: &str, args: &str| {
        let parse = bash(text);
        let found = Invocation::new(parse.commands().next().expect(text));
        let shown: Vec<_> = found.args().iter().map(|arg| arg.text.as_ref()).collect();
        assert_eq!((found.name(), shown.join(" ").as_str()), (name, args), "{text}");
    };
    check("make x", "make", "x");
    check("sudo -E apt-get update", "apt-get", "update");
    check("sudo -u app env A=b /usr/bin/make x", "make", "x");
    check("timeout 10 nice -n 5 make", "make", "");
    check("xargs -0 -n1 rm -f", "rm", "-f");
    check("exec gosu app:app \"$@\"", "$@", "");
    check("\"$VENV\"/bin/pip install", "pip", "install");
    check("command -v make", "command", "-v make");
    check("sudo -s", "sudo", "-s");
    check("A=b", "", "");
    check("A=b > c", "", "");
    check("'/usr/bin/a b' c", "a b", "c");
    let parse = bash("sudo env A=b make");
    let found = Invocation::new(parse.commands().next().unwrap());
    assert_eq!(found.wrappers().map(|word| word.text.as_ref()).collect::<Vec<_>>(), ["sudo", "env"]);
    assert_eq!(found.range().slice(parse.text()), "sudo env A=b make");
}

#[test]
fn options_are_found_with_their_values() {
    let parse = bash("curl -fsSLo /x --retry=3 --output \"/y z\" -H a $u");
    let found = Invocation::new(parse.commands().next().unwrap());
    assert!(found.option("-L").is_some() && found.option("--retry").is_some());
    assert!(found.option("-k").is_none());
    assert_eq!(found.value(&["--output"]).map(|(value, _)| value), Some("/y z"));
    assert_eq!(found.value(&["--retry"]).map(|(value, _)| value), Some("3"));
    assert_eq!(found.operands().map(|arg| arg.text.as_ref()).collect::<Vec<_>>(), ["/x", "/y z", "a", "$u"]);
    assert_eq!(found.args().iter().map(|arg| arg.expands).filter(|expands| *expands).count(), 1);
}

#[test]
fn scripts_in_arguments_are_found_with_their_places() {
    /// The script, whether it is literal, and the place of its last word.
    fn check(text: &str, script: &str, literal: bool, last: &str) {
        let parse = bash(text);
        let found = Invocation::new(parse.commands().next().unwrap()).script().expect(text);
        assert_eq!((found.text.as_str(), found.is_literal), (script, literal), "{text}");
        let inner = found.parse();
        let word = inner.commands().last().unwrap().words().last().unwrap();
        assert_eq!(found.map.source(word.range()).slice(text), last, "{text}");
    }
    check("sh -c 'a && b c'", "a && b c", true, "c");
    check("sudo bash -exc \"a \\\"b c\\\"\"", "a \"b c\"", true, "\\\"b c\\\"");
    check("bash -o pipefail -c 'a | b' x y", "a | b", true, "b");
    check("'sh' '-c' 'echo '\\''b'\\'' c'", "echo 'b' c", true, "c");
    check("bash -c $'a\\nb \\x63'", "a\nb c", true, "\\x63");
    check("bash -c \"cd $dir && make\"", "cd $dir && make", false, "make");
    check("su - app -c 'a b'", "a b", true, "b");
    check("eval 'a b'", "a b", true, "b");
    check("bash <<EOF\na\nb c\nEOF\n", "a\nb c\n", true, "c");
    check("sudo sh -ex <<'EOF'\necho $a\nEOF\n", "echo $a\n", true, "$a");
    check("sh -s <<EOF\necho $a b\nEOF\n", "echo $a b\n", false, "b");
    for text in [
        "sh x.sh",
        "sh -c",
        "bash -x y -c 'z'",
        "make -c 'a'",
        "eval a b",
        "python -c 'a'",
        "sh -s -- -c",
        "sh x <<E\na\nE\n",
        "cat <<E\na\nE\n",
    ] {
        let parse = bash(text);
        assert!(Invocation::new(parse.commands().next().unwrap()).script().is_none(), "{text}");
    }
    let parse = bash("dash -c 'a'; zsh -c 'b'");
    let dialects: Vec<_> =
        parse.commands().filter_map(|command| Some(Invocation::new(command).script()?.dialect)).collect();
    assert_eq!(dialects, [Dialect::Posix, Dialect::Zsh]);
}

#[test]
fn the_innermost_node_around_an_offset_is_found() {
    let parse = bash("a \"b $c\"");
    let at = |offset| parse.node_at(offset).kind();
    assert_eq!(
        (at(0), at(1), at(2), at(3), at(5)),
        (Kind::Word, Kind::Blank, Kind::Operator, Kind::Literal, Kind::Parameter)
    );
    let node = parse.node_at(5);
    assert_eq!(parse.node(node.id()), node);
    assert!(node.ancestors().any(|node| node.kind() == Kind::DoubleQuoted));
}
