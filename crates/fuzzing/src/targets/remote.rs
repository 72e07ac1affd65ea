//! Addresses of repositories and files: no secret of one is shown, and what is read as a commit is one.

use syntax::{Remote, commit_prefix, is_commit};

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "remote",
    run,
    seeds: &[
        "https://me:secret@example.com/a.git#v1:dir",
        "git@example.com:a/b.git?ref=main&subdir=x&keep-git-dir=1",
        "ssh://git@[::1]:22/a?commit=0123456789abcdef0123456789abcdef01234567",
        "github.com/a/b#main",
        "http://example.com/a%20b.tar.gz?x=y",
    ],
    words: &[
        "https://",
        "http://",
        "git://",
        "ssh://",
        "git@",
        "#",
        "?",
        ":",
        "/",
        "..",
        ".git",
        "@",
        "%2f",
        "%",
        "&",
        "ref=",
        "tag=",
        "branch=",
        "commit=",
        "subdir=",
        "submodules=",
        "mtime=",
        "0123456",
        "\u{7f}",
    ],
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for known_git in [false, true] {
        check(Remote::of_source(&text, known_git));
    }
    check(Remote::of_context(&text));
    if let Ok(prefix) = commit_prefix(&text) {
        assert!(prefix.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
    assert!(!is_commit(&text) || text.len() >= 40);
}

fn check(found: Option<Result<Remote, String>>) {
    match found {
        Some(Ok(Remote::Git(git))) => {
            assert!(!git.remote.starts_with('-') && !git.remote.contains('\0'), "it is an argument of git");
            assert!(git.reference.is_none_or(|reference| !reference.starts_with('-')));
            let leaves = |dir: &str| dir.starts_with('/') || dir.split('/').any(|part| part == "..");
            assert!(!git.subdir.is_some_and(|dir| leaves(&dir)));
        }
        Some(Ok(Remote::Web(url))) => {
            let name = &url.file_name;
            assert!(!name.is_empty() && !name.contains(['/', '\0']) && name != "." && name != "..", "{name}");
        }
        Some(Err(_)) | None => {}
    }
}
