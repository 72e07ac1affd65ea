//! Searches for lent values: what is found does not depend on how the bytes come, and a log never shows a value.

use kit::Redacted;
use leak::Needles;

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "leak_search",
    run,
    seeds: &[
        "a tok-8f3kQ92 b dG9rLThmM2tROTI= c",
        "PK\u{3}\u{4}\u{14}\0\u{8}\0\0\0",
        "H4sIAAAAAAAAAw==",
        "1f8b0800",
    ],
    words: &[
        "tok-8f3kQ92",
        "tok-",
        "dG9rLThmM2tROTI",
        "746f6b2d",
        "PK\u{3}\u{4}",
        "H4sI",
        "1f8b08",
        "ustar\0",
        "BZh91AY&SY",
        "\0",
        "\n",
        " ",
        "x\u{9c}",
    ],
};

fn run(input: &[u8]) {
    let value = Redacted::new(b"tok-8f3kQ92".to_vec());
    let needles = Needles::new([("token", &value)]);
    let whole = needles.find(input);
    let (mut search, mut redactor, mut log) = (needles.search(), needles.redactor(), Vec::new());
    for part in input.chunks(7) {
        search.update(part);
        log.extend(redactor.update(part));
    }
    log.extend(redactor.finish());
    assert_eq!(search.finish(), whole);
    assert!(!log.windows(11).any(|part| part == value.reveal()), "the log shows the value");
}
