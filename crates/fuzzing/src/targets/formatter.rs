//! The formatter: what it gives is formatted, and means the same; blanks of a command are only ever squeezed.

use formatter::{Case, Chain, Indent, Refusal, Style};

use super::dockerfile::{SEEDS, WORDS};
use crate::Target;

pub(crate) static TARGET: Target = Target { name: "formatter", run, seeds: SEEDS, words: WORDS };

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let squeezed = syntax::squeeze_shell(&text);
    assert_eq!(syntax::squeeze_shell(&squeezed), squeezed);
    let letters = |text: &str| text.replace([' ', '\t'], "");
    assert_eq!(letters(&squeezed), letters(&text));
    let other = Style { indent: Indent::Tab, keyword_case: Case::Lower, chain: Chain::Leading };
    for style in [Style::default(), other] {
        match formatter::format(&syntax::parse(&text), style) {
            Ok(formatted) => {
                assert_eq!(formatter::format(&syntax::parse(&formatted), style), Ok(formatted));
            }
            Err(Refusal::Syntax(errors)) => assert!(!errors.is_empty()),
            Err(Refusal::Meaning(range)) => panic!("the meaning changes from {range:?} on"),
        }
    }
}
