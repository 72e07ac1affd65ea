//! Trees of texts: what each construct becomes.

use cooper_shell::{Dialect, parse};

fn check(dialect: Dialect, cases: &[(&str, &str)]) {
    for (text, expect) in cases {
        let parse = parse(text, dialect);
        assert_eq!(parse.dump(), *expect, "{text}");
        assert_eq!(parse.print(), *text);
        assert_eq!(parse.errors(), [], "{text}");
    }
}

#[test]
fn commands_lists_and_pipelines() {
    check(
        Dialect::Posix,
        &[
            ("a b  c", "(simple a b c)"),
            ("a; b & c", "(simple a) ; (simple b) & (simple c)"),
            ("a && b || c; d", "(and-or (simple a) && (simple b) || (simple c)) ; (simple d)"),
            ("a | b |& c", "(pipeline (simple a) | (simple b) |& (simple c))"),
            ("! a | b", "(pipeline ! (simple a) | (simple b))"),
            ("# note\na # b\n\nb\n", "(simple a) (simple b)"),
            ("a \\\n b", "(simple a b)"),
            (
                "A=1 B= C=\"x y\" a D=2",
                "(simple (assignment A = 1) (assignment B = ) (assignment C = (word \"x y\")) a D=2)",
            ),
            ("A=1", "(simple (assignment A = 1))"),
            ("a[0]=x a+=y", "(simple (assignment a (subscript [ (expression 0) ]) = x) (assignment a += y))"),
            ("(a; b) > c", "(subshell ( (list (simple a) ; (simple b)) ) (redirect > c))"),
            (
                "{ a; b; } 2>&1 | c",
                "(pipeline (group { (list (simple a) ; (simple b) ;) } (redirect 2 >& 1)) | (simple c))",
            ),
        ],
    );
}

#[test]
fn compound_commands() {
    check(
        Dialect::Posix,
        &[
            (
                "if a; then b; elif c; then d; else e; fi",
                "(if if (condition (simple a) ;) then (list (simple b) ;) elif (condition (simple c) ;) then (list (simple d) ;) else (list (simple e) ;) fi)",
            ),
            ("if a\nthen\n b\nfi", "(if if (condition (simple a)) then (simple b) fi)"),
            (
                "while a; do b; done < c",
                "(while while (condition (simple a) ;) do (list (simple b) ;) done (redirect < c))",
            ),
            ("until a; do b; done", "(until until (condition (simple a) ;) do (list (simple b) ;) done)"),
            (
                "for x in a \"$b\" *; do c; done",
                "(for for x in a (word (double-quoted \" $b \")) (word (glob \"*\")) ; do (list (simple c) ;) done)",
            ),
            ("for x; do a; done", "(for for x ; do (list (simple a) ;) done)"),
            ("for x do a; done", "(for for x do (list (simple a) ;) done)"),
            ("for x\nin a b\ndo\nc\ndone", "(for for x in a b do (simple c) done)"),
            (
                "case $x in a | b*) c;; (d) e ;; *) esac",
                "(case case (word $x) in (case-item a | (word (literal \"b\") (glob \"*\")) ) (simple c) ;;) (case-item ( d ) (simple e) ;;) (case-item (word (glob \"*\")) ) (list)) esac)",
            ),
            (
                "case x in\n a)\n  b\n  ;;\n c) d\nesac",
                "(case case x in (case-item a ) (simple b) ;;) (case-item c ) (simple d)) esac)",
            ),
            ("f() { a; }", "(function f ( ) (group { (list (simple a) ;) }))"),
            ("f () ( a )", "(function f ( ) (subshell ( (simple a) )))"),
            ("f() echo x", "(function f ( ) (simple echo x))"),
            (
                "a > b 2>> c <d >| e <> f 2>&1 <&- >&3",
                "(simple a (redirect > b) (redirect 2 >> c) (redirect < d) (redirect >| e) (redirect <> f) (redirect 2 >& 1) (redirect <& -) (redirect >& 3))",
            ),
        ],
    );
}

#[test]
fn redirections_and_here_documents() {
    check(
        Dialect::Posix,
        &[
            (
                "cat <<EOF\nx $y \\$z `w`\nEOF\nb",
                "(simple cat (redirect << EOF)) (heredoc-body (literal \"x \") $y (literal \" \") (escape \"\\\\$\") (literal \"z \") (backquote ` (simple w) `) (literal \"\\n\")) (heredoc-end \"EOF\") (simple b)",
            ),
            (
                "cat <<\"A B\" && c\nx\nA B\nd",
                "(and-or (simple cat (redirect << (word \"A B\"))) && (simple c)) (heredoc-body \"x\\n\") (heredoc-end \"A B\") (simple d)",
            ),
            (
                "cat <<\\EOF\nx\\\nEOF\ny",
                "(simple cat (redirect << (word (escape \"\\\\E\") (literal \"OF\")))) (heredoc-body \"x\\\\\\n\") (heredoc-end \"EOF\") (simple y)",
            ),
            (
                "cat <<EOF\nx\\\nEOF\nEOF\ny",
                "(simple cat (redirect << EOF)) (heredoc-body (literal \"x\") (literal \"EOF\\n\")) (heredoc-end \"EOF\") (simple y)",
            ),
            (
                "cat <<'EOF' <<-B > f\nx $y\nEOF\n\tp $z\n\t\tq\n\tB\nc",
                "(simple cat (redirect << (word 'EOF')) (redirect <<- B) (redirect > f)) (heredoc-body \"x $y\\n\") (heredoc-end \"EOF\") (heredoc-body (heredoc-tabs \"\\t\") (literal \"p \") $z (literal \"\\n\") (heredoc-tabs \"\\t\\t\") (literal \"q\\n\")) (heredoc-end \"\\tB\") (simple c)",
            ),
        ],
    );
}

#[test]
fn words_and_expansions() {
    check(
        Dialect::Posix,
        &[
            (
                "a \"b $c ${d} $(e) `f` \\\" \\n g\"",
                "(simple a (word (double-quoted \" (literal \"b \") $c (literal \" \") ${d} (literal \" \") (command-substitution $( (simple e) )) (literal \" \") (backquote ` (simple f) `) (literal \" \") (escape \"\\\\\\\"\") (literal \" \\\\n g\") \")))",
            ),
            (
                "a 'b'\"c\"d\\ e$f",
                "(simple a (word 'b' \"c\" (literal \"d\") (escape \"\\\\ \") (literal \"e\") $f))",
            ),
            (
                "a $x ${x} ${x:-y} ${x-\"y z\"} ${x:=$(a)} ${x+y} ${x?y} ${#x} ${x#*/} ${x##a} ${x%b} ${x%%c}",
                "(simple a (word $x) (word ${x}) (word (parameter ${ x :- y })) (word (parameter ${ x - (word \"y z\") })) (word (parameter ${ x := (word (command-substitution $( (simple a) ))) })) (word (parameter ${ x + y })) (word (parameter ${ x ? y })) (word (parameter ${ # x })) (word (parameter ${ x # (word (glob \"*\") (literal \"/\")) })) (word (parameter ${ x ## a })) (word (parameter ${ x % b })) (word (parameter ${ x %% c })))",
            ),
            (
                "a $1 ${10} $@ \"$*\" $# ${#} ${##} ${#-x} $? $$ $! $- $",
                "(simple a (word $1) (word (parameter ${ 10 })) (word $@) (word (double-quoted \" $* \")) (word $#) (word (parameter ${ # })) (word (parameter ${ # # })) (word (parameter ${ # - x })) (word $?) (word $$) (word $!) (word $-) (word (literal \"$\")))",
            ),
            (
                "a \"${x:-'y'}\" \"${x#'y'}\"",
                "(simple a (word (double-quoted \" (parameter ${ x :- 'y' }) \")) (word (double-quoted \" (parameter ${ x # (word 'y') }) \")))",
            ),
            (
                "a $(b; c) $( (d) ) $() $(\ne\n)",
                "(simple a (word (command-substitution $( (list (simple b) ; (simple c)) ))) (word (command-substitution $( (subshell ( (simple d) )) ))) (word (command-substitution $( (list) ))) (word (command-substitution $( (simple e) ))))",
            ),
            (
                "a `b \\`c\\`` \"`d \\\"e\\\"`\"",
                "(simple a (word (backquote ` (simple b (word (backquote \\` (simple c) \\`))) `)) (word (double-quoted \" (backquote ` (simple d (word \\\"e\\\")) `) \")))",
            ),
            (
                "a $((1 + x * (2 - $y))) $((x=1)) \"$((x++))\"",
                "(simple a (word (arithmetic $(( (expression 1 + x * ( 2 - $y )) )))) (word (arithmetic $(( (expression x = 1) )))) (word (double-quoted \" (arithmetic $(( (expression x ++) ))) \")))",
            ),
            ("((a))", "(subshell ( (subshell ( (simple a) )) ))"),
            (
                "a *.c b? [a-z]* [!x] [[:alpha:]] []a] [ a[ \"[x]\"",
                "(simple a (word (glob \"*\") (literal \".c\")) (word (literal \"b\") (glob \"?\")) (word (glob \"[a-z]\") (glob \"*\")) (word (glob \"[!x]\")) (word (glob \"[[:alpha:]]\")) (word (glob \"[]a]\")) [ a[ (word \"[x]\"))",
            ),
            (
                "a {b,c}d {} {1..3} {x {a,{b,c}} {a..z..2} x{}y",
                "(simple a (word (brace \"{\") (literal \"b\") (brace \",\") (literal \"c\") (brace \"}\") (literal \"d\")) {} (word (brace \"{\") (literal \"1..3\") (brace \"}\")) {x (word (brace \"{\") (literal \"a\") (brace \",\") (brace \"{\") (literal \"b\") (brace \",\") (literal \"c\") (brace \"}\") (brace \"}\")) (word (brace \"{\") (literal \"a..z..2\") (brace \"}\")) x{}y)",
            ),
            (
                "~/a ~b/c ~ \"~\" a~",
                "(simple (word (tilde \"~\") (literal \"/a\")) (word (tilde \"~b\") (literal \"/c\")) (word (tilde \"~\")) (word \"~\") a~)",
            ),
            ("[ -f a ] && test b", "(and-or (simple [ -f a ]) && (simple test b))"),
            ("time a", "(simple time a)"),
            ("[[ a == b && c ]]", "(conditional [[ (test a == b) && (test c) ]])"),
        ],
    );
}

#[test]
fn commands_of_bash() {
    check(
        Dialect::Bash,
        &[
            ("time -p a | b", "(pipeline time -p (simple a) | (simple b))"),
            ("! time a", "(pipeline ! time (simple a))"),
            (
                "[[ -f a && ( $b == c* || ! -z $d ) ]]",
                "(conditional [[ (test -f a) && (test-group ( (test (word $b) == (word (literal \"c\") (glob \"*\"))) || ! (test -z (word $d)) )) ]])",
            ),
            (
                "[[ $a =~ ^(b|c d)+$ ]] && e",
                "(and-or (conditional [[ (test (word $a) =~ (word (literal \"^(b|c d)+\") (literal \"$\"))) ]]) && (simple e))",
            ),
            (
                "[[ $a -gt 1 && b < c && x ]]",
                "(conditional [[ (test (word $a) -gt 1) && (test b < c) && (test x) ]])",
            ),
            (
                "[[ a == @(b|c*) ]]",
                "(conditional [[ (test a == (word (extended-glob @( b | (word (literal \"c\") (glob \"*\")) )))) ]])",
            ),
            (
                "((a = b + 1, c++)) && d",
                "(and-or (arithmetic-command (( (expression a = b + 1 , c ++) ))) && (simple d))",
            ),
            (
                "((a; b); c)",
                "(subshell ( (list (subshell ( (list (simple a) ; (simple b)) )) ; (simple c)) ))",
            ),
            (
                "for ((i = 0; i < 3; i++)); do a; done",
                "(for for (arithmetic-command (( (expression i = 0) ; (expression i < 3) ; (expression i ++) ))) ; do (list (simple a) ;) done)",
            ),
            ("for x in a; { b; }", "(for for x in a ; { (list (simple b) ;) })"),
            ("select x in a b; do c; done", "(select select x in a b ; do (list (simple c) ;) done)"),
            ("function f { a; }", "(function function f (group { (list (simple a) ;) }))"),
            ("function f() ( a )", "(function function f ( ) (subshell ( (simple a) )))"),
            ("f-g() { a; }", "(function f-g ( ) (group { (list (simple a) ;) }))"),
            ("coproc a b", "(coproc coproc (simple a b))"),
            ("coproc N { a; }", "(coproc coproc N (group { (list (simple a) ;) }))"),
            (
                "a=(b \"c d\" [3]=e $f) d+=(x) e[1+2]=y",
                "(simple (assignment a = (array ( b (word \"c d\") (word (assignment (subscript [ (expression 3) ]) = e)) (word $f) ))) (assignment d += (array ( x ))) (assignment e (subscript [ (expression 1 + 2) ]) = y))",
            ),
            (
                "declare -a x=(1 2) y z=\"w\"",
                "(simple declare -a (word (assignment x = (array ( 1 2 )))) y (word (assignment z = (word \"w\"))))",
            ),
            ("export A=b C", "(simple export (word (assignment A = b)) C)"),
            (
                "case a in b) c;& d) e;;& esac",
                "(case case a in (case-item b ) (simple c) ;&) (case-item d ) (simple e) ;;&) esac)",
            ),
            (
                "shopt -s extglob\nrm !(a|b) *.@(c|d)",
                "(simple shopt -s extglob) (simple rm (word (extended-glob !( a | b ))) (word (glob \"*\") (literal \".\") (extended-glob @( c | d ))))",
            ),
            (
                "if (a) then b; fi",
                "(if if (condition (subshell ( (simple a) ))) then (list (simple b) ;) fi)",
            ),
            ("{ (a) }", "(group { (subshell ( (simple a) )) })"),
        ],
    );
}

#[test]
fn words_of_bash() {
    check(
        Dialect::Bash,
        &[
            (
                "a <(b) > >(c) d<(e)",
                "(simple a (word (process-substitution <( (simple b) ))) (redirect > (word (process-substitution >( (simple c) )))) (word (literal \"d\") (process-substitution <( (simple e) ))))",
            ),
            (
                "a &> b &>> c >& d {fd}> e <<< \"x y\"",
                "(simple a (redirect &> b) (redirect &>> c) (redirect >& d) (redirect { fd } > e) (redirect <<< (word \"x y\")))",
            ),
            (
                "a $'b\\n\\'c' $\"d $e\" $\"f\"",
                "(simple a (word $'b\\n\\'c') (word (translated-quoted $\" (literal \"d \") $e \")) (word $\"f\"))",
            ),
            (
                "a ${x:1} ${x:1:-2} ${x/a/b} ${x//a} ${x/#a/b} ${x^} ${x,,} ${!x} ${!x*} ${!x[@]} ${x[1]} ${x[@]} ${x@Q} ${#x[@]}",
                "(simple a (word (parameter ${ x : (expression 1) })) (word (parameter ${ x : (expression 1) : (expression - 2) })) (word (parameter ${ x / a / b })) (word (parameter ${ x // a })) (word (parameter ${ x /# a / b })) (word (parameter ${ x ^  })) (word (parameter ${ x ,,  })) (word (parameter ${ ! x })) (word (parameter ${ ! x * })) (word (parameter ${ ! x (subscript [ @ ]) })) (word (parameter ${ x (subscript [ (expression 1) ]) })) (word (parameter ${ x (subscript [ @ ]) })) (word (parameter ${ x @Q })) (word (parameter ${ # x (subscript [ @ ]) })))",
            ),
            (
                "a $((x[1] + 16#ff)) $[1+2]",
                "(simple a (word (arithmetic $(( (expression x [ 1 ] + 16#ff) )))) (word (arithmetic $[ (expression 1 + 2) ])))",
            ),
            ("a |\n\n b &&\n# x\n c", "(and-or (pipeline (simple a) | (simple b)) && (simple c))"),
            (
                "a \"${x:-'y $z'}\" \"${x-\"$y\"}\"",
                "(simple a (word (double-quoted \" (parameter ${ x :- (word (literal \"'y $z'\")) }) \")) (word (double-quoted \" (parameter ${ x - (word (double-quoted \" $y \")) }) \")))",
            ),
        ],
    );
}

#[test]
fn a_text_of_another_language_is_one_leaf() {
    let parse = parse("Write-Host \"a\" | Out-Null", Dialect::PowerShell);
    assert_eq!(parse.dump(), "(foreign \"Write-Host \\\"a\\\" | Out-Null\")");
    assert_eq!((parse.errors().len(), parse.commands().count()), (0, 0));
    assert_eq!(cooper_shell::parse("", Dialect::Posix).dump(), "");
}

/// The first error, with the text it is about; `~` before errors that come late.
fn error(text: &str, dialect: Dialect) -> String {
    let parse = parse(text, dialect);
    assert_eq!(parse.print(), text);
    let Some(first) = parse.errors().first() else { return String::new() };
    let mark = if first.late { "~" } else { "" };
    format!("{mark}{} @{:?}", first.message, first.range.slice(text))
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let check = |text: &str, expect: &str| {
        for dialect in [Dialect::Posix, Dialect::Bash] {
            assert_eq!(error(text, dialect), expect, "{text}");
        }
    };
    check("a && ", "no command follows `&&` @\"&&\"");
    check("a | ; b", "no command follows `|` @\"|\"");
    check("; a", "`;` is not expected here @\";\"");
    check("a fi; fi", "`fi` is not expected here @\"fi\"");
    check("a )", "`)` is not expected here @\")\"");
    check("a (b)", "`(` is not expected here @\"(\"");
    check("(a", "the `)` that closes `(` is missing @\"\"");
    check("()", "no command follows `(` @\"(\"");
    check("{ a", "the `}` that belongs to `{` is missing @\"\"");
    check("if a; then b", "the `fi` that belongs to `if` is missing @\"\"");
    check("if a; b; fi", "the `then` that belongs to `if` is missing @\"\"");
    check("if a; then fi", "no command follows `then` @\"then\"");
    check("while a; done", "the `do` that belongs to `while` is missing @\"\"");
    check("for x in a; b", "the `do` that belongs to `for` is missing @\"\"");
    check("case a in b c) d;; esac", "the `)` behind the pattern is missing @\"\"");
    check("case a in b) c", "the `;;` or `esac` behind the pattern is missing @\"\"");
    check("if a; then b; fi c", "a `;` or a line end is missing before the next command @\"c\"");
    check("a \"b", "the closing `\"` is missing @\"\"");
    check("a 'b", "the closing `'` is missing @\"\"");
    check("a $(b", "the `)` that closes `$(` is missing @\"\"");
    check("a ${b", "the `}` that closes `${` is missing @\"\"");
    check("a ${b c}", "~`${b c}` is no expansion of a parameter @\"${b c}\"");
    check("a >", "no file follows `>` @\">\"");
    check("a <<", "no word follows `<<` @\"<<\"");
    check("a é b)é", "`)` is not expected here @\")\"");
    check("a <<E\n", "");
}

#[test]
fn some_errors_are_those_of_one_shell() {
    let check = |text: &str, posix: &str, bash: &str| {
        assert_eq!(
            (error(text, Dialect::Posix).as_str(), error(text, Dialect::Bash).as_str()),
            (posix, bash),
            "{text}"
        );
    };
    check("a `if`", "no command follows `if` @\"if\"", "~no command follows `if` @\"if\"");
    check("!", "no command follows `!` @\"\"", "");
    check("f() a", "", "the body of the function is missing: a command like `{ …; }` @\"\"");
    check("[[ a b ]]", "", "`&&` or `||` is missing between two conditions @\"\"");
    check("[[ a", "", "the `]]` that closes `[[` is missing @\"\"");
    check(
        "a !(b)",
        "`(` is not expected here @\"(\"",
        "`shopt -s extglob` is needed on an earlier line for this pattern @\"!(\"",
    );
    check("a[ b", "", "the `]` of the subscript is missing @\"\"");
    check(
        "for a-b in c; do d; done",
        "`a-b` is not the name of a variable @\"a-b\"",
        "~`a-b` is not the name of a variable @\"a-b\"",
    );
}

#[test]
fn what_sh_does_not_have_is_listed() {
    let check = |text: &str, expect: &[&str], refused: bool| {
        let parse = parse(text, Dialect::Posix);
        let found: Vec<String> =
            parse.extensions().map(|found| format!("{:?} {}", found.kind, found.range.slice(text))).collect();
        assert_eq!(found, expect, "{text}");
        assert_eq!((parse.is_refused(), parse.errors().len()), (refused, 0), "{text}");
    };
    check("a=b; [ -f $a ] && b > c 2>&1 | d ${a:-b} $((a+1))", &[], false);
    check("diff <(a) b", &["ProcessSubstitution <(a)"], true);
    check("a=(b) a+=c a[1]=d", &["Array (b)", "Append +=", "ArrayElement [1]"], true);
    check("[[ -f a ]] && b &> c", &["Conditional [[ -f a ]]", "RedirectBoth &>"], false);
    check("&> a", &["RedirectBothFirst &>"], true);
    check("a >& b >& 2 <<< c |& d", &["RedirectBothOld >&", "HereString <<<", "PipeBoth |&"], true);
    check("&> a", &["RedirectBothFirst &>"], true);
    check("a {b,c} $'d' $\"e\"", &["BraceExpansion {", "AnsiQuoted $'d'", "TranslatedQuoted $\"e\""], false);
    check(
        "a ${b:1} ${b/c/d} ${b^^} ${!b} ${b@Q} ${b[0]}",
        &["Substring :", "Replace /", "ChangeCase ^^", "Indirect !", "Transform @Q", "ArrayElement [0]"],
        false,
    );
    check("function a { b; }", &["FunctionKeyword function"], true);
    check("a-b() { c; }", &["FunctionName a-b"], true);
    check("select a in b; do c; done", &["Select select a in b; do c; done"], true);
    check(
        "for ((a = 1; a < 2; a++)); do b; done",
        &["ArithmeticFor ((a = 1; a < 2; a++))", "Increment ++"],
        true,
    );
    check(
        "((a)) && b $((c ** 2)) $((16#ff))",
        &["ArithmeticCommand ((a))", "Power **", "NumberBase 16#ff"],
        false,
    );
    check(
        "a 10> b < /dev/tcp/c/80 \"$(< d)\"",
        &["LongDescriptor 10", "NetworkFile < /dev/tcp/c/80", "FileSubstitution $(< d)"],
        false,
    );
    check("for a in b; { c; }", &["BraceFor {"], true);
    check("case a in b) c;& d) e;; esac", &["CaseFallThrough ;&"], true);
    check("a $((b) | c)", &["AmbiguousArithmetic $((b) | c)"], true);
}
