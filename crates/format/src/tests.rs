//! What becomes of small files.

use super::*;

fn formatted(text: &str, style: Style) -> String {
    let once = format(&syntax::parse(text), style).unwrap_or_else(|refusal| panic!("{text:?}: {refusal:?}"));
    let twice = format(&syntax::parse(&once), style).unwrap();
    assert_eq!(twice, once, "twice: {text:?}");
    once
}

fn check(text: &str, expect: &str) {
    assert_eq!(formatted(text, Style::default()), expect, "{text:?}");
}

/// What is right already.
fn stays(text: &str) {
    check(text, text);
}

#[test]
fn keywords_are_written_in_one_case() {
    check("from a as b\nhealthcheck none\n", "FROM a AS b\nHEALTHCHECK NONE\n");
    check("FROM a\nhealthcheck --retries=3  cmd  x  y\n", "FROM a\nHEALTHCHECK --retries=3 CMD x  y\n");
    check("FROM as As As\n", "FROM as AS As\n");
    let lower = Style { keyword_case: Case::Lower, ..Style::default() };
    assert_eq!(formatted("FROM a AS B\nRun X\n", lower), "from a as B\nrun X\n");
    let keep = Style { keyword_case: Case::Keep, ..Style::default() };
    assert_eq!(formatted("From  a As B\n", keep), "From a As B\n");
}

#[test]
fn words_have_one_blank_between_them() {
    check("  FROM\t a   AS  b  \n", "FROM a AS b\n");
    check("FROM a\nCOPY  --from=x   --link  a\tb   /c/ \n", "FROM a\nCOPY --from=x --link a b /c/\n");
    check(
        "FROM a\nRUN   --mount=type=cache,target=/x  a   b\n",
        "FROM a\nRUN --mount=type=cache,target=/x a   b\n",
    );
    check("FROM a\nENV  A=1   B='x  y'  C=\"z  \"\n", "FROM a\nENV A=1 B='x  y' C=\"z  \"\n");
    check("FROM a\nEXPOSE  80   81\nVOLUME  /a   /b\n", "FROM a\nEXPOSE 80 81\nVOLUME /a /b\n");
    check("ARG  A='b  c'   D\nFROM a\n", "ARG A='b  c' D\nFROM a\n");
    check("FROM a\nCOPY --  a   b\n", "FROM a\nCOPY -- a b\n");
}

#[test]
fn values_with_blanks_stay() {
    stays("FROM a\nENV A  b   c\nLABEL d  e  f\n");
    stays("FROM a\nWORKDIR /a  b\nUSER a  b\nMAINTAINER a  b\n");
    stays("FROM a\nCMD a   b\nENTRYPOINT c   d\nHEALTHCHECK CMD e   f\n");
    stays("FROM a\nONBUILD run  a   b \n");
    stays("FROM a\nCMD a   b \\\n  c\nENV A  b   \\\n\t# why\n\t\tc\n");
}

#[test]
fn json_arrays_are_spaced_evenly() {
    check("FROM a\nCMD [ \"a\",\"b  c\" , \"d\" ]\n", "FROM a\nCMD [\"a\", \"b  c\", \"d\"]\n");
    check("FROM a\nCOPY [\"a\",\"b\"]\n", "FROM a\nCOPY [\"a\", \"b\"]\n");
    check(
        "FROM a\nVOLUME   [\"a\",\"b\"]\nVOLUME \"a\",\"b\"\n",
        "FROM a\nVOLUME [\"a\", \"b\"]\nVOLUME \"a\",\"b\"\n",
    );
    check("FROM a\nHEALTHCHECK CMD [\"a\",\"b\"]\n", "FROM a\nHEALTHCHECK CMD [\"a\", \"b\"]\n");
    check(
        "FROM a\nCMD [\\\n\"a\",\\\n  \"b\"\\\n  ]\n",
        "FROM a\nCMD [ \\\n    \"a\", \\\n    \"b\" \\\n]\n",
    );
    // No JSON, so a command.
    stays("FROM a\nCMD [ 'a','b' ]\n");
}

#[test]
fn continued_lines_are_indented_by_levels() {
    check(
        "FROM a\nRUN x && \\\n  for i in a; do \\\n    y; \\\n  done && \\\n  z\n",
        "FROM a\nRUN x && \\\n    for i in a; do \\\n        y; \\\n    done && \\\n    z\n",
    );
    check(
        "FROM a\nRUN apt-get install \\\n      a \\\n      b \\\n && c\n",
        "FROM a\nRUN apt-get install \\\n        a \\\n        b \\\n    && c\n",
    );
    check(
        "FROM a\nRUN apt-get install \\\n  a \\\n&& c \\\n&& d\n",
        "FROM a\nRUN apt-get install \\\n        a \\\n    && c \\\n    && d\n",
    );
    check(
        "FROM a\nRUN x && \\\n    y && \\\nz && \\\n    w\n",
        "FROM a\nRUN x && \\\n    y && \\\n    z && \\\n    w\n",
    );
    check(
        "FROM a\nRUN --network=none \\\n      --mount=target=/x \\\n    x \\\n && y\n",
        "FROM a\nRUN --network=none \\\n    --mount=target=/x \\\n    x \\\n    && y\n",
    );
    check("FROM a\nRUN x &&\\\n\ty &&   \\  \n\t\tz\n", "FROM a\nRUN x && \\\n    y && \\\n        z\n");
    check("FROM a\nLABEL a=1 \\\n      b=2\n", "FROM a\nLABEL a=1 \\\n    b=2\n");
    check("FROM a\nRUN x \\\ny\n", "FROM a\nRUN x \\\n    y\n");
    let tab = Style { indent: Indent::Tab, ..Style::default() };
    assert_eq!(formatted("FROM a\nRUN x \\\n  y \\\n    z\n", tab), "FROM a\nRUN x \\\n\ty \\\n\t\tz\n");
    let two = Style { indent: Indent::Spaces(2), ..Style::default() };
    assert_eq!(formatted("FROM a\nRUN x \\\n\ty \\\n\t\tz\n", two), "FROM a\nRUN x \\\n  y \\\n    z\n");
}

#[test]
fn lines_within_words_and_quotes_stay() {
    stays("FROM a\nRUN echo 'a \\\n  b' && \\\n    c\n");
    stays("FROM a\nRUN echo a\\\nb\n");
    stays("FROM a\nENV A=\"b  \\\n  c\" \\\n    D=e\n");
    // Not read to the end, so not touched.
    stays("FROM a\nRUN echo it's \\\n  x\n");
}

#[test]
fn other_shells_get_their_text_as_it_is() {
    stays("# escape=`\nFROM a\nRUN x `\n  y\n");
    stays("FROM a\nSHELL [\"pwsh\", \"-c\"]\nRUN x \\\n  y\n");
    stays("ARG BASE=windows/servercore\nFROM $BASE\nRUN x \\\n  y\n");
    stays("FROM mcr.microsoft.com/windows/nanoserver:1809\nRUN x \\\n  y\n");
    check("# escape=`\nFROM a\nCOPY x  `\n  y\n", "# escape=`\nFROM a\nCOPY x `\n    y\n");
    check(
        "FROM a\nSHELL [\"bash\", \"-ec\"]\nRUN x \\\n  y\n",
        "FROM a\nSHELL [\"bash\", \"-ec\"]\nRUN x \\\n    y\n",
    );
}

#[test]
fn comments_stand_with_their_lines() {
    check(
        "FROM a\nRUN x && \\\n# one\n  # two  \n  y && \\\n        #three\n    z\n",
        "FROM a\nRUN x && \\\n    # one\n    # two\n    y && \\\n        #three\n        z\n",
    );
    check("  # a \nFROM a\n\t#  b\n", "# a\nFROM a\n#  b\n");
}

#[test]
fn blank_lines_are_collapsed() {
    check("\n\nFROM a\n\n \n\nRUN x\n\n\n", "FROM a\n\nRUN x\n");
    check("FROM a\nRUN x \\\n\n  y\n", "FROM a\nRUN x \\\n    y\n");
    check("FROM a\nRUN x \\\n\\\n \\\n  y\n", "FROM a\nRUN x \\\n    \\\n    y\n");
    check("FROM a\nRUN x \\\n \\\n#c\n \\\n  y\n", "FROM a\nRUN x \\\n    \\\n    #c\n    \\\n    y\n");
}

#[test]
fn heredocs_stay() {
    check(
        "FROM a\nRUN  <<EOF\n  a  \n\n\n# b\nEOF\n\n\nUSER x\n",
        "FROM a\nRUN <<EOF\n  a  \n\n\n# b\nEOF\n\nUSER x\n",
    );
    check(
        "FROM a\nRUN cat <<-E  >x && \\\n y\n\tb \n\tE",
        "FROM a\nRUN cat <<-E  >x && \\\n    y\n\tb \n\tE\n",
    );
    check(
        "FROM a\nCOPY  <<A   <<\"B\" /x/\na  \nA\n b\nB\n",
        "FROM a\nCOPY <<A <<\"B\" /x/\na  \nA\n b\nB\n",
    );
}

#[test]
fn line_ends_and_the_byte_order_mark_stay() {
    check("FROM  a\r\nRUN x \\\r\n  y", "FROM a\r\nRUN x \\\r\n    y\r\n");
    check("\u{feff}\nFROM  a", "\u{feff}FROM a\n");
    check("FROM a\r\nRUN <<E\nb\r\nE\r\n", "FROM a\r\nRUN <<E\nb\r\nE\r\n");
    check("FROM a\r", "FROM a\n");
}

#[test]
fn directives_stay_and_no_comment_becomes_one() {
    stays("#syntax = docker/dockerfile:1\n# escape=\\\n\nFROM a\n");
    check("# syntax=x  \nFROM a\n", "# syntax=x\nFROM a\n");
    stays("\n# escape=`\nFROM a\nRUN x \\\n    y\n");
    stays(" # escape=`\nFROM a\nRUN x \\\n    y\n");
    check("\n\n # escaped\nFROM a\n", "# escaped\nFROM a\n");
    stays("# syntax=x\n\n# escape=`\nFROM a\n");
}

#[test]
fn an_escape_character_that_continues_nothing_goes() {
    check("FROM a\nRUN x \\\n", "FROM a\nRUN x\n");
    check("FROM a\nRUN x \\\n\n  # y", "FROM a\nRUN x\n# y\n");
    stays("FROM a\nRUN x\\ \\\n");
}

#[test]
fn chains_are_broken_where_the_style_says() {
    let text = "FROM a\nRUN x \\\n    && y && \\\n    # why\n    z | \\\n    w\n";
    stays(text);
    let style = |chain| Style { chain, ..Style::default() };
    let leading = "FROM a\nRUN x \\\n    && y \\\n    # why\n    && z \\\n    | w\n";
    assert_eq!(formatted(text, style(Chain::Leading)), leading);
    let trailing = "FROM a\nRUN x && \\\n    y && \\\n    # why\n    z | \\\n    w\n";
    assert_eq!(formatted(text, style(Chain::Trailing)), trailing);
    assert_eq!(formatted(leading, style(Chain::Trailing)), trailing);
    let quoted = "FROM a\nRUN x 'a && \\\n  b'\n";
    assert_eq!(formatted(quoted, style(Chain::Leading)), quoted);
    let both = "FROM a\nRUN x \\\n    # one\n    && \\\n    # two\n    y\n";
    assert_eq!(formatted(both, style(Chain::Leading)), "FROM a\nRUN x \\\n    # one\n    # two\n    && y\n");
}

#[test]
fn files_with_errors_are_refused() {
    for text in ["", "FROM a\nRUNN x\n", "FROM a\nCOPY a\n", "FROM a\nRUN <<E\n"] {
        let refusal = format(&syntax::parse(text), Style::default()).unwrap_err();
        assert!(matches!(refusal, Refusal::Syntax(errors) if !errors.is_empty()), "{text:?}");
    }
}

#[test]
fn a_changed_meaning_is_noticed() {
    let differs = |old: &str, new: &str| meaning::compare(&syntax::parse(old), new).is_err();
    assert!(!differs("FROM a\nRUN x  y\n", "from a\nRUN x y\n"));
    for (old, new) in [
        ("FROM a\nRUN 'x  y'\n", "FROM a\nRUN 'x y'\n"),
        ("FROM a\nCMD x  y\n", "FROM a\nCMD x y\n"),
        ("FROM a\n# b\n", "FROM a\n"),
        ("FROM a\n# b\n", "FROM a\n# c\n"),
        ("FROM a\nRUN <<E\na\nE\n", "FROM a\nRUN <<E\n a\nE\n"),
        ("FROM a\n", "FROM a\nUSER x\n"),
        ("FROM a\n", "FROM\n"),
        ("\n# escape=`\nFROM a\n", "# escape=`\nFROM a\n"),
    ] {
        assert!(differs(old, new), "{old:?} {new:?}");
    }
}
