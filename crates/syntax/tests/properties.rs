//! The invariants for made-up texts: pieces that mean something to the language, in any order.

mod invariants;

use proptest::prelude::*;

const PIECES: &[&str] = &[
    "FROM ",
    "from a AS b",
    "RUN ",
    "COPY ",
    "ADD ",
    "ENV ",
    "ARG ",
    "LABEL ",
    "ONBUILD ",
    "HEALTHCHECK ",
    "CMD ",
    "SHELL ",
    "USER ",
    "EXPOSE ",
    "VOLUME ",
    "NONE",
    "FOO ",
    "--from=x ",
    "--mount=type=",
    "--link ",
    "--",
    "--a='b c' ",
    "<<EOF",
    "<<-EOF",
    "<<\"EOF\" ",
    "3<<'E O F'",
    "EOF",
    "\tEOF",
    "\n",
    "\r\n",
    "\r",
    "\\\n",
    "\\",
    "`\n",
    "` \t\n",
    "\\ \r\n",
    "#",
    "# escape=`\n",
    "#syntax = x\n",
    "# check=skip=all",
    " ",
    "\t",
    "\u{3000}",
    "\u{feff}",
    "[\"a\"",
    ", \"b\"]",
    "[]",
    "[1]",
    "\"",
    "'",
    "$",
    "${",
    "}",
    "a=b ",
    "=",
    ":-",
    "/",
    "%",
    "*",
    "é",
    "😀",
    "\0",
    "x",
    "80/tcp",
];

fn dockerfile() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

#[test]
fn heredocs_without_an_end_keep_the_invariants() {
    invariants::check("RUN <<EOFRUN <<EOF\n");
    invariants::check("RUN cat <<A <<B\nx\n");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_keep_the_invariants(text in dockerfile()) {
        invariants::check(&text);
    }

    #[test]
    fn bytes_of_any_kind_keep_the_invariants(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        invariants::check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn expansion_never_panics(text in dockerfile()) {
        let lookup = |name: &str| (name.len() % 2 == 1).then(|| "a b".to_owned());
        for escape in ['\\', '`'] {
            let _ = cooper_syntax::expand_word(&text, escape, &lookup);
            let _ = cooper_syntax::expand_words(&text, escape, &lookup);
            let _ = cooper_syntax::expand_heredoc(&text, escape, &lookup);
            for variable in cooper_syntax::variables(&text, escape) {
                prop_assert!(variable.range.slice(&text).starts_with('$'));
            }
        }
        let _ = cooper_syntax::parse_mount(&text, &mut |text| Ok(text.to_owned()));
    }

    #[test]
    fn an_ignored_directory_that_may_be_left_out_holds_nothing_wanted(
        lines in prop::collection::vec("!?(\\*\\*/)?[ab*?]{1,2}(/[ab*]{1,2})?(/\\*\\*)?", 0..5),
        path in "[ab]{1,2}(/[ab]{1,2}){1,3}",
    ) {
        let ignore = cooper_syntax::Ignore::parse(&lines.join("\n"));
        for (cut, _) in path.match_indices('/') {
            if !ignore.may_contain_included(&path[..cut], &ignore.verdict(&path[..cut])) {
                prop_assert!(ignore.matches(&path), "{:?} {}", lines, path);
            }
        }
    }

    #[test]
    fn what_is_below_a_match_matches(pattern in "(\\*\\*/)?[ab*?]{1,3}(/[ab*]{1,2})?(/\\*\\*)?", path in "[ab]{1,2}(/[ab]{1,2}){0,2}") {
        let pattern = cooper_syntax::Pattern::new(&pattern).unwrap();
        if pattern.matches(&path) {
            let below = format!("{path}/x/y");
            prop_assert!(pattern.matches(&below));
        }
    }
}
