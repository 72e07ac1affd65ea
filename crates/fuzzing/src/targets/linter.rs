//! The linter: findings lie in the text, and fixes can be applied and do not break what could be read.

use facts::Safety;

use super::dockerfile::{SEEDS, WORDS, inside};
use crate::Target;

pub(crate) static TARGET: Target = Target { name: "linter", run, seeds: SEEDS, words: WORDS };

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let options = lint::LintOptions { refusals: Some(plan::refusals), ..lint::LintOptions::default() };
    let findings = lint::lint("Dockerfile", &text, &options);
    let broken = !syntax::parse(&text).all_errors().is_empty();
    for finding in &findings {
        inside(&text, finding.primary.range);
        let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safety != Safety::Display) else { continue };
        let fixed = kit::apply_edits(&text, &fix.edits).unwrap();
        assert!(broken || syntax::parse(&fixed).all_errors().is_empty(), "{}: {fixed:?}", finding.code);
    }
    assert_eq!(findings, lint::lint("Dockerfile", &text, &options), "the same text, the same findings");
}
