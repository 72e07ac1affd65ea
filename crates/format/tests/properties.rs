//! What holds for the formatted text of every text: pieces that mean something to the language, in any order.

use cooper_format::{Case, Chain, Indent, Refusal, Style, format};
use proptest::prelude::*;
use syntax::{Parse, TokenKind};

const PIECES: &[&str] = &[
    "\nFROM  c",
    "\nfrom a  AS b",
    "\nRUN ",
    "\nRUN ",
    "\nRUN x && ",
    "\nCOPY  x y ",
    "\nENV a=b ",
    "\nENV a  ",
    "\nARG x=",
    "\nLABEL a=b  c=",
    "\nONBUILD run ",
    "\nHEALTHCHECK CMD x ",
    "\ncmd ",
    "\nCMD [ \"a\"",
    "\nSHELL [\"pwsh\", \"-c\"]",
    "\nUSER x",
    "\nVOLUME /a",
    "NONE",
    "\nRUN --mount=type=cache,target=/x  ",
    "--",
    "<<EOF",
    "<<-EOF",
    "\nEOF",
    "\n\tEOF",
    "\n",
    "\r\n",
    "\\\n",
    " \\\n",
    " \\\n  ",
    " \\\n        ",
    "  \\ \r\n\t",
    "\\",
    "`\n",
    "\n# x",
    "\n  #y  ",
    "\\\n  # z \n",
    "# escape=`\n",
    "#syntax = x\n",
    " ",
    "  ",
    "\t",
    "\u{3000}",
    "\u{feff}",
    "[ \"a\"",
    ",\"b\"]",
    "\"",
    "'",
    "'a  b'",
    "$(",
    "(",
    ")",
    "${",
    "}",
    "`",
    "a=b ",
    "&& ",
    " && ",
    "||",
    " | ",
    "; ",
    "# ",
    "é",
    "x",
    "word",
    "80",
];

fn dockerfile() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..16)
        .prop_map(|pieces| format!("FROM a{}", pieces.concat()))
}

fn anything() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..30).prop_map(|pieces| pieces.concat())
}

fn style() -> impl Strategy<Value = Style> {
    let indent =
        prop::sample::select(&[Indent::Tab, Indent::Spaces(2), Indent::Spaces(4), Indent::Spaces(8)][..]);
    let case = prop::sample::select(&[Case::Upper, Case::Lower, Case::Keep][..]);
    let chain = prop::sample::select(&[Chain::Keep, Chain::Leading, Chain::Trailing][..]);
    (indent, case, chain).prop_map(|(indent, keyword_case, chain)| Style { indent, keyword_case, chain })
}

/// The text of all tokens of a kind.
fn texts(parse: &Parse, kind: TokenKind) -> Vec<&str> {
    let tokens = parse.tokens().iter().filter(|token| token.kind == kind);
    tokens.map(|token| token.range.slice(parse.text()).trim_end_matches([' ', '\t'])).collect()
}

/// The logical lines without blanks, in one case.
fn letters(parse: &Parse) -> Vec<String> {
    let squeeze = |text: String| text.replace([' ', '\t'], "").to_ascii_lowercase();
    parse.instructions().map(|item| squeeze(item.original(parse))).collect()
}

fn holds(text: &str, style: Style) {
    let parse = syntax::parse(text);
    let formatted = match format(&parse, style) {
        Ok(formatted) => formatted,
        Err(Refusal::Syntax(errors)) => return assert_eq!(errors, parse.all_errors()),
        Err(Refusal::Meaning(range)) => panic!("the meaning changes from {range:?} on: {text:?}"),
    };
    let after = syntax::parse(&formatted);
    assert_eq!(after.all_errors(), [], "no errors are made: {text:?}");
    assert_eq!(format(&after, style).as_ref(), Ok(&formatted), "twice: {text:?}");
    assert_eq!(texts(&after, TokenKind::Comment), texts(&parse, TokenKind::Comment), "{text:?}");
    assert_eq!(texts(&after, TokenKind::HeredocBody), texts(&parse, TokenKind::HeredocBody), "{text:?}");
    assert_eq!(letters(&after), letters(&parse), "{text:?}");
    assert!(formatted.ends_with('\n'), "{text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_keep_their_meaning_in_every_style(text in dockerfile(), style in style()) {
        holds(&text, style);
    }

    #[test]
    fn texts_of_any_kind_are_formatted_or_refused(text in anything(), style in style()) {
        holds(&text, style);
    }
}
