//! Real repositories, as git makes them.

use std::path::Path;
use std::process::Command;

use super::*;

/// Runs git in a directory with fixed times; `None` when it is not installed.
fn git(dir: &Path, time: i64, args: &[&str]) -> Option<()> {
    let date = format!("{} +0200", time.max(1_000_000_000));
    let done = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=n@h", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(dir)
        .envs([("GIT_AUTHOR_DATE", "1000000000 +0000"), ("GIT_COMMITTER_DATE", date.as_str())])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .output();
    let Ok(done) = done else {
        println!("NOT RUN: git is not installed");
        return None;
    };
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    Some(())
}

fn commit(dir: &Path, time: i64) -> Option<()> {
    git(dir, time, &["commit", "-q", "--allow-empty", "-m", "a message\n\ncommitter x <y> 1 +0000"])
}

#[test]
fn loose_packed_and_deltified_commits_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let repo = dir.path();
    assert_eq!(commit_time(repo), None, "no repository");
    let Some(()) = git(repo, 0, &["init", "-q"]) else { return };
    assert_eq!(commit_time(repo), None, "no commit");
    commit(repo, 1_600_000_000).unwrap();
    assert_eq!(commit_time(repo), Some(1_600_000_000), "loose");
    std::fs::create_dir_all(repo.join("a/b")).unwrap();
    assert_eq!(commit_time(&repo.join("a/b")), Some(1_600_000_000), "from within");
    git(repo, 0, &["pack-refs", "--all"]).unwrap();
    assert_eq!(commit_time(repo), Some(1_600_000_000), "packed ref");
    for number in 0..40 {
        commit(repo, 1_600_000_100 + number).unwrap();
    }
    git(repo, 0, &["repack", "-q", "-adf", "--depth=50", "--window=50"]).unwrap();
    for back in 0..40 {
        git(repo, 0, &["checkout", "-q", "--detach", &format!("main~{back}")]).unwrap();
        assert_eq!(commit_time(repo), Some(1_600_000_139 - back), "packed, {back} back");
    }
}

#[test]
fn checkouts_beside_and_borrowed_objects() {
    let dir = tempfile::tempdir().unwrap();
    let repo = dir.path().join("repo");
    std::fs::create_dir(&repo).unwrap();
    let Some(()) = git(&repo, 0, &["init", "-q"]) else { return };
    commit(&repo, 1_600_000_000).unwrap();
    git(&repo, 0, &["worktree", "add", "-q", "../beside"]).unwrap();
    commit(&dir.path().join("beside"), 1_600_000_001).unwrap();
    assert_eq!(commit_time(&dir.path().join("beside")), Some(1_600_000_001), "a worktree");
    assert_eq!(commit_time(&repo), Some(1_600_000_000));
    git(dir.path(), 0, &["clone", "-q", "--shared", "repo", "borrower"]).unwrap();
    assert_eq!(commit_time(&dir.path().join("borrower")), Some(1_600_000_000), "borrowed objects");
    let long = dir.path().join("long");
    std::fs::create_dir(&long).unwrap();
    git(&long, 0, &["init", "-q", "--object-format=sha256"]).unwrap();
    commit(&long, 1_600_000_002).unwrap();
    git(&long, 0, &["repack", "-q", "-ad"]).unwrap();
    assert_eq!(commit_time(&long), Some(1_600_000_002), "sha256");
}

#[test]
fn hostile_repositories_are_read_as_nothing() {
    let check = |files: &[(&str, &[u8])]| {
        let dir = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        assert_eq!(commit_time(dir.path()), None, "{files:?}");
    };
    let sha = b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    check(&[(".git/HEAD", b"ref: ../../etc/passwd")]);
    check(&[(".git/HEAD", b"ref: refs/../../x")]);
    check(&[(".git/HEAD", b"ref: refs/a"), (".git/refs/a", b"ref: refs/a")]);
    check(&[(".git/HEAD", sha), (".git/objects/aa/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b"no zlib")]);
    check(&[(".git/HEAD", sha), (".git/objects/pack/p.idx", b"\xfftOc\0\0\0\x02short")]);
    check(&[(".git", b"gitdir: /nonexistent")]);
    check(&[(".git/HEAD", sha), (".git/objects/info/alternates", b".\n.\n../objects\n")]);
}

#[test]
fn the_time_is_the_committers() {
    let text = b"tree x\nauthor A <a@h> 5 +0000\ncommitter C D <c d@h> 77 -0130\ngpgsig -\n\ncommitter X <x> 9 +0000\n";
    assert_eq!(committer_time(text), Some(77));
    for text in ["", "committer", "tree x\n\ncommitter C <c> 5 +0000\n", "committer C <c> x +0000\n"] {
        assert_eq!(committer_time(text.as_bytes()), None, "{text}");
    }
}
