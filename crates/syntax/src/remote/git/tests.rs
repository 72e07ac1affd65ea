//! What is a git repository, what is something else, and what is an error: facts, one a row.

use super::*;

/// What is meant as `remote | ref | subdir` and what else is set; `other` and `error: part of the text`.
fn shown(text: &str, known_git: bool) -> String {
    let git = match GitRef::parse(text, known_git) {
        Ok(git) => git,
        Err(NotGit::Other) => return "other".to_owned(),
        Err(NotGit::Malformed(why)) => return format!("error: {why}"),
    };
    let mut out = format!(
        "{} | {} | {}",
        git.remote,
        git.reference.as_deref().unwrap_or("-"),
        git.subdir.as_deref().unwrap_or("-")
    );
    let checksum = git.checksum.map(|sum| format!("checksum {sum}"));
    let keep = git.keep_git_dir.map(|keep| format!("keep {keep}"));
    let submodules = git.submodules.map(|on| format!("submodules {on}"));
    let login = git.login.map(|login| format!("login {}", login.reveal()));
    let flags = [
        (git.ssh, "ssh"),
        (git.looks_local, "looks local"),
        (git.fetch_by_commit, "by commit"),
        (git.times == GitTimes::Commit, "commit times"),
    ];
    let flags = flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| name.to_owned());
    for part in flags.chain(checksum).chain(keep).chain(submodules).chain(login) {
        out.push_str(", ");
        out.push_str(&part);
    }
    out
}

fn check(rows: &[(&str, &str)]) {
    for (text, expect) in rows {
        let found = shown(text, false);
        let fits = match expect.strip_prefix("error: ") {
            Some(part) => found.starts_with("error: ") && found.contains(part),
            None => found == *expect,
        };
        assert!(fits, "{text}\n  is     {found}\n  not    {expect}");
    }
}

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

#[test]
fn addresses_of_web_servers_end_in_git() {
    check(&[
        ("https://h.example/a.git", "https://h.example/a.git | - | -"),
        ("http://h.example/a.git", "http://h.example/a.git | - | -"),
        ("HTTPS://h.example/a.git", "https://h.example/a.git | - | -"),
        ("https://h.example:8443/a/b/c.git", "https://h.example:8443/a/b/c.git | - | -"),
        ("https://h.example/.git", "https://h.example/.git | - | -"),
        ("https://h.example/a%2Egit", "https://h.example/a%2Egit | - | -"),
        ("https://h.example/a", "other"),
        ("https://h.example/", "other"),
        ("https://h.example", "other"),
        ("https://h.example/a.git/", "other"),
        ("https://h.example/a.git/x", "other"),
        ("https://h.example/a.git.zip", "other"),
        ("https://h.example/a.GIT", "other"),
        ("https://h.example/a?x=.git", "other"),
        ("https://h.example/a#.git", "other"),
        ("http://h.example/a.git:#ref", "other"),
        ("https://h.example:port/a.git", "other"),
    ]);
}

#[test]
fn a_flag_makes_every_web_address_a_repository() {
    assert_eq!(shown("https://h.example/a", true), "https://h.example/a | - | -");
    assert_eq!(shown("https://h.example/a?tag=1", true), "https://h.example/a | refs/tags/1 | -");
    assert_eq!(shown("a/b", true), "other");
    assert!(shown("https://h.example/a?token=1", true).starts_with("error:"));
}

#[test]
fn other_protocols_are_always_repositories() {
    check(&[
        ("git://h.example/a", "git://h.example/a | - | -"),
        ("git://h.example/a.git#v1", "git://h.example/a.git | v1 | -"),
        ("ssh://git@h.example/a.git", "ssh://git@h.example/a.git | - | -, ssh"),
        ("ssh://h.example:2222/a", "ssh://h.example:2222/a | - | -, ssh"),
        ("ssh://git:secret@h.example/a", "ssh://git@h.example/a | - | -, ssh"),
        ("ssh://git@h.example/~/a.git#main:d", "ssh://git@h.example/~/a.git | main | d, ssh"),
        ("SSH://git@h.example/a", "ssh://git@h.example/a | - | -, ssh"),
        ("ssh://git@h.example:a/b.git", "error: is not a port"),
        ("ssh:///a", "error: has no host"),
        ("git:///a", "error: has no host"),
        ("ssh://-oProxyCommand=x/a", "error: cannot be a repository"),
        ("ssh://-x@h.example/a", "error: begins with `-`"),
        ("ftp://h.example/a.git", "other"),
        ("file:///a.git", "other"),
        ("git+ssh://git@h.example/a.git", "other"),
        ("ext::sh", "other"),
    ]);
}

#[test]
fn the_form_of_scp_needs_a_user() {
    check(&[
        ("git@h.example:a/b.git", "git@h.example:a/b.git | - | -, ssh"),
        ("git@h.example:a/b", "git@h.example:a/b | - | -, ssh"),
        ("git@h.example:a/b.git#main", "git@h.example:a/b.git | main | -, ssh"),
        ("git@h.example:a/b.git#main:sub/dir", "git@h.example:a/b.git | main | sub/dir, ssh"),
        ("git@h.example:a/b.git#:sub", "git@h.example:a/b.git | - | sub, ssh"),
        ("git@h.example:a.git?tag=v1&subdir=d", "git@h.example:a.git | refs/tags/v1 | d, ssh"),
        ("git@h.example:a.git?branch=b#", "git@h.example:a.git | refs/heads/b | -, ssh"),
        ("git@h.example:a#b?c", "error: `b?c` cannot be the name"),
        ("user_1-x@10.0.0.1:/srv/a.git", "user_1-x@10.0.0.1:/srv/a.git | - | -, ssh"),
        ("git@h.example:22/a", "git@h.example:22/a | - | -, ssh"),
        ("git@h.example:", "error: has no path"),
        ("-x@h.example:a", "error: cannot be a repository"),
        ("git@-h:a", "error: cannot be a repository"),
        ("h.example:a/b.git", "other"),
        ("a:b", "other"),
        ("c:\\src\\app", "other"),
        ("C:/src/app.git", "other"),
        ("@h.example:a", "other"),
        ("us.er@h.example:a", "other"),
        ("git@h_x:a", "other"),
        ("git@h.example", "other"),
        ("git@h.example/a:b", "other"),
    ]);
}

#[test]
fn paths_are_no_repositories() {
    check(&[
        (".", "other"),
        ("", "other"),
        ("./x.git", "other"),
        ("../x.git", "other"),
        ("./github.com/a/b", "other"),
        ("/srv/x.git", "other"),
        ("x.git", "other"),
        (".git", "other"),
        ("dir/x.git#main", "other"),
        ("git.example.com/a/b.git", "other"),
        ("github.com", "other"),
    ]);
}

#[test]
fn the_old_short_form_of_github() {
    check(&[
        ("github.com/a/b", "https://github.com/a/b | - | -, looks local"),
        ("github.com/a/b.git#v1:d", "https://github.com/a/b.git | v1 | d, looks local"),
        ("github.com/a/b?tag=v1", "https://github.com/a/b | refs/tags/v1 | -, looks local"),
        ("github.com/a/b?x=1", "error: `x` is not known"),
        ("https://github.com/a/b", "other"),
    ]);
    assert_eq!(super::super::Remote::of_source("github.com/a/b", false), None);
    assert!(super::super::Remote::of_context("github.com/a/b").is_some_and(|remote| remote.is_ok()));
}

#[test]
fn fragments_name_a_ref_and_a_directory() {
    let row = |fragment: &str| shown(&format!("https://h/a.git{fragment}"), false);
    let check =
        |fragment: &str, expect: &str| assert_eq!(row(fragment), format!("https://h/a.git | {expect}"));
    check("#", "- | -");
    check("#main", "main | -");
    check("#release/1.2", "release/1.2 | -");
    check("#refs/heads/main", "refs/heads/main | -");
    check("#pull/42/head", "pull/42/head | -");
    check("#deadbeef", "deadbeef | -");
    check(&format!("#{SHA}"), &format!("{SHA} | -"));
    check("#main:", "main | -");
    check("#main:d", "main | d");
    check("#:d", "- | d");
    check("#main:/d/", "main | d");
    check("#main:d/./e//f", "main | d/e/f");
    check("#main:d/../e", "main | e");
    check("#main:../../etc", "main | etc");
    check("#main:..", "main | -");
    check("#main:/", "main | -");
    check("#main:a:b", "main | a:b");
    check("#main:c%20d", "main | c d");
}

#[test]
fn queries_name_the_same_and_more() {
    let check = |query: &str, expect: &str| {
        let found = shown(&format!("https://h/a.git?{query}"), false);
        assert_eq!(found, format!("https://h/a.git | {expect}"), "{query}");
    };
    check("", "- | -");
    check("ref=v1.0&subdir=/sub", "v1.0 | sub");
    check("ref=pull%2F42%2Fhead", "pull/42/head | -");
    check("tag=v1", "refs/tags/v1 | -");
    check("tag=refs/tags/v1", "refs/tags/v1 | -");
    check("branch=feature/x", "refs/heads/feature/x | -");
    check("branch=refs/heads/x", "refs/heads/x | -");
    check("branch=main#refs/heads/main", "refs/heads/main | -");
    check("ref=main#main", "main | -");
    check("ref=main#main:d", "main | d");
    check("subdir=d#main:d", "main | d");
    check("subdir=../../etc", "- | etc");
    check("checksum=DEADBEEF", "- | -, checksum deadbeef");
    check("commit=dead&tag=v1", "refs/tags/v1 | -, checksum dead");
    check(&format!("commit={SHA}"), &format!("{SHA} | -, checksum {SHA}"));
    check(
        &format!("commit={SHA}&fetch-by-commit&tag=v1"),
        &format!("refs/tags/v1 | -, by commit, checksum {SHA}"),
    );
    check("keep-git-dir", "- | -, keep true");
    check("keep-git-dir=1&submodules=0", "- | -, keep true, submodules false");
    check("keep-git-dir=F", "- | -, keep false");
    check("submodules", "- | -, submodules true");
    check("mtime=commit", "- | -, commit times");
    check("mtime=checkout", "- | -");
}

#[test]
fn contradictions_and_unknown_keys_are_errors() {
    let check = |tail: &str, part: &str| {
        let found = shown(&format!("https://h/a.git{tail}"), false);
        assert!(found.starts_with("error: ") && found.contains(part), "{tail}: {found}");
    };
    check("?x=1", "`x` is not known");
    check("?ref=", "`ref` has no value");
    check("?subdir", "`subdir` has no value");
    check("?tag=a&branch=b", "both");
    check("?tag=a&tag=b", "twice");
    check("?ref=a#b", "`b` and `a`");
    check("?tag=a#a", "`a` and `refs/tags/a`");
    check("?subdir=d#main:e", "`e` and `d`");
    check("?checksum=ab&commit=cd", "`ab` and `cd`");
    check("?checksum=xyz", "not the name of a commit");
    check("?keep-git-dir=yes", "neither true nor false");
    check("?submodules=2", "neither true nor false");
    check("?mtime=now", "`checkout` or `commit`");
    check("?fetch-by-commit", "full name of a commit");
    check("?commit=abc&fetch-by-commit", "full name of a commit");
    check("?a;b=1", "not a valid query");
    check("#-oX", "cannot be the name");
    check("#a..b", "cannot be the name");
    check("#a^b", "cannot be the name");
    check("?ref=a%00b", "cannot be the name");
    check("#a%20b", "cannot be the name");
}

#[test]
fn logins_by_http_are_kept_apart() {
    check(&[
        ("https://me:pw@h.example/a.git#v1", "https://h.example/a.git | v1 | -, login me:pw"),
        ("https://token@h.example/a.git", "https://h.example/a.git | - | -, login token:"),
        ("https://me:p%40w@h.example/a.git", "https://h.example/a.git | - | -, login me:p@w"),
    ]);
    let git = GitRef::parse("https://me:hunter2@h.example/a.git", false).unwrap();
    assert!(!format!("{git:?}").contains("hunter2"), "{git:?}");
}
