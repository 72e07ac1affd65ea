//! The `.git` of a context: whatever is in it, reading it ends.

use std::fs;

use crate::Target;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

pub(crate) static TARGET: Target = Target {
    name: "git_directory",
    run,
    seeds: &[
        "ref: refs/heads/main\n|0123456789abcdef0123456789abcdef01234567 refs/heads/main\n|PACK\0\0\0\u{2}\0\0\0\u{1}",
        "0123456789abcdef0123456789abcdef01234567\n|# pack-refs\n|\u{7f}tOc\0\0\0\u{2}",
    ],
    words: &["|", "ref: ", "refs/", "../", "PACK", "\0\0\0\u{2}", "\u{7f}tOc", "x", "\n", COMMIT],
};

/// The input is HEAD, packed refs, and then what pack, index and object hold, with bars between them.
fn run(input: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let git = dir.path().join(".git");
    for inner in ["objects/pack", "objects/01", "refs/heads"] {
        fs::create_dir_all(git.join(inner)).unwrap();
    }
    let mut parts = input.splitn(5, |byte| *byte == b'|');
    let object = format!("objects/01/{}", &COMMIT[2..]);
    for name in ["HEAD", "packed-refs", "objects/pack/p.pack", "objects/pack/p.idx", object.as_str()] {
        fs::write(git.join(name), parts.next().unwrap_or_default()).unwrap();
    }
    let time = fetch::commit_time(dir.path());
    assert!(time.is_none_or(|time| time >= 0));
}
