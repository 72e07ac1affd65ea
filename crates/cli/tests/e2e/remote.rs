//! `ADD` of what web servers and git repositories have.

use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex};

use testkit::{Authority, Reply, Repository, Seen, Server, git_is_here, git_replies};

use crate::lab::{Lab, has, missing, ran};

const MODIFIED: &str = "Wed, 21 Oct 2015 07:28:00 GMT";
/// The same in seconds since 1970.
const MODIFIED_SECONDS: &str = "1445412480";
const HELLO: &str = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/// A file with what servers say of files, and an answer to the question whether it changed.
fn file(seen: &Seen, content: &[u8]) -> Reply {
    let tag = format!("\"{}\"", content.len());
    if seen.header("if-none-match") == Some(&tag) {
        return Reply::new(304).header("ETag", tag);
    }
    Reply::ok(content).header("ETag", tag).header("Last-Modified", MODIFIED)
}

/// Everything is `hello`.
fn hello() -> Server {
    Server::start(|seen| file(seen, b"hello\n"))
}

/// Name, mode, owner and time of paths in the image.
fn stat(lab: &Lab, paths: &str) -> Vec<String> {
    let out = lab.sh(&format!("stat -c '%n %a %u:%g %Y' {paths}"));
    out.lines().map(str::to_owned).collect()
}

fn build_kept(lab: &Lab, dockerfile: &str) {
    let ran = lab.build_with(dockerfile, &["--no-reproducible"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn files_have_name_mode_owner_and_time_as_buildkit_gives_them() {
    let Some(lab) = Lab::new() else { return };
    let server = hello();
    let url = |path: &str| server.url(path);
    build_kept(
        &lab,
        &format!(
            "FROM busybox\nARG V=1\nADD {} {} /d/\nADD {} /named\nADD --chown=app:wheel --chmod=750 {} /home/\n",
            url("/a-$V.txt?x=y"),
            url("/a%20b"),
            url("/x/"),
            url("/z"),
        ),
    );
    assert_eq!(
        stat(&lab, "/d/a-1.txt '/d/a b' /named /home/z"),
        [
            format!("/d/a-1.txt 600 0:0 {MODIFIED_SECONDS}"),
            format!("/d/a b 600 0:0 {MODIFIED_SECONDS}"),
            format!("/named 600 0:0 {MODIFIED_SECONDS}"),
            format!("/home/z 750 1000:10 {MODIFIED_SECONDS}"),
        ]
    );
    assert_eq!(lab.sh("cat /d/a-1.txt; stat -c '%a %u:%g' /d"), "hello\n755 0:0\n");
}

#[test]
fn an_unchanged_file_is_a_cached_step_and_a_changed_one_is_not() {
    let Some(lab) = Lab::new() else { return };
    let content = Arc::new(Mutex::new("one\n"));
    let shared = Arc::clone(&content);
    let server = Server::start(move |seen| file(seen, shared.lock().unwrap().as_bytes()));
    let text = format!("FROM busybox\nADD {} /f\nRUN cat /f\n", server.url("/f"));
    let first = lab.build(&text);
    let again = lab.build(&text);
    assert_eq!((again.cached(), again.done()), (3, 0), "{}", again.err);
    assert_eq!(first.digest(), again.digest());
    assert!(server.seen()[1].header("if-none-match").is_some(), "the server is asked");
    *content.lock().unwrap() = "another\n";
    let changed = lab.build(&text);
    assert_eq!((changed.cached(), changed.done()), (0, 3), "{}", changed.err);
    assert_eq!(lab.sh("cat /f"), "another\n");
}

#[test]
fn the_same_content_of_another_address_is_a_cached_step() {
    let Some(lab) = Lab::new() else { return };
    let server = hello();
    let text = |path: &str| format!("FROM busybox\nADD {} /f\nRUN cat /f\n", server.url(path));
    lab.build(&text("/one/name"));
    let other = lab.build(&text("/two/name"));
    assert_eq!((other.cached(), other.done()), (2, 1), "only the fetch is done:\n{}", other.err);
}

#[test]
fn what_is_pinned_needs_no_server() {
    let Some(lab) = Lab::new() else { return };
    let server = hello();
    let text =
        |host: &str, dest: &str| format!("FROM busybox\nADD --checksum={HELLO} {host}/dir/file {dest}\n");
    lab.build(&text(&server.url(""), "/d/"));
    assert_eq!(server.count(), 1);
    let again = lab.build(&text(&server.url(""), "/d/"));
    assert_eq!((again.cached(), server.count()), (2, 1), "{}", again.err);
    // Another name, another address where nobody answers.
    lab.build(&text("http://127.0.0.1:1", "/e/g"));
    assert_eq!(lab.sh("cat /e/g; stat -c %a /e/g"), "hello\n600\n");
    // A file that came without a checksum is found by one.
    let lab = Lab::new().unwrap();
    lab.build(&format!("FROM busybox\nADD {} /f\n", server.url("/other")));
    lab.build(&text("http://127.0.0.1:1", "/f"));
    assert_eq!(lab.sh("cat /f"), "hello\n");
}

#[test]
fn the_image_of_a_pinned_file_does_not_depend_on_the_server() {
    let Some(one) = Lab::new() else { return };
    let two = Lab::new().unwrap();
    let dated = hello();
    let undated = Server::start(|_| Reply::ok("hello\n"));
    let text = |url: String| format!("FROM busybox\nADD --checksum={HELLO} {url} /f\n");
    let (a, b) = (one.build(&text(dated.url("/a"))), two.build(&text(undated.url("/b"))));
    let layers = |lab: &Lab| {
        let text = lab.run(&["inspect", "--config", "app"]).out;
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value["rootfs"].clone()
    };
    assert_ne!(a.digest(), b.digest(), "the history tells the addresses");
    assert_eq!(layers(&one), layers(&two));
}

/// Builds what must fail; the error has to hold all of `expect`.
fn fails(lab: &Lab, dockerfile: &str, args: &[&str], code: i32, expect: &[&str]) {
    let ran = lab.build_with(dockerfile, args);
    assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
    for part in expect {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    assert_eq!(ran.err.matches("error:").count(), 1, "one error:\n{}", ran.err);
    assert_eq!(lab.run(&["store", "verify"]).code, 0);
}

#[test]
fn errors_of_files_say_what_failed_and_what_to_do() {
    let Some(lab) = Lab::new() else { return };
    let server = Server::start(|seen| match seen.path() {
        "/there" => Reply::ok("hello\n"),
        "/secret" => Reply::new(401),
        _ => Reply::new(404),
    });
    let zeros = "0".repeat(64);
    let there = server.url("/there");
    fails(
        &lab,
        &format!("FROM busybox\nADD --checksum=sha256:{zeros} {there} /\n"),
        &[],
        4,
        &[
            "Dockerfile:2",
            &there,
            &format!("expected `sha256:{zeros}`"),
            &format!("found `{HELLO}`"),
            "help:",
        ],
    );
    let text = format!("FROM busybox\nADD {} /\n", server.url("/nope"));
    fails(&lab, &text, &[], 4, &["Dockerfile:2", "404", "check the address"]);
    let text = format!("FROM busybox\nADD {} /\n", server.url("/secret"));
    fails(&lab, &text, &[], 4, &["Dockerfile:2", "401", "--secret id=HTTP_AUTH_TOKEN_127.0.0.1"]);
    fails(
        &lab,
        "FROM busybox\nADD http://127.0.0.1:1/x /\n",
        &[],
        4,
        &["Dockerfile:2", "127.0.0.1:1", "--checksum"],
    );
    fails(&lab, &format!("FROM busybox\nCOPY {there} /\n"), &[], 3, &["Dockerfile:2", "use `ADD`"]);
    fails(
        &lab,
        &format!("FROM busybox\nADD --checksum=md5:00 {there} /\n"),
        &[],
        3,
        &["Dockerfile:2", "md5:00", "sha256"],
    );
}

#[test]
fn a_server_gets_the_secret_of_its_host_and_nobody_else_sees_it() {
    let Some(lab) = Lab::new() else { return };
    let server = Server::start(|seen| match seen.header("authorization") {
        Some("Bearer t0ken") => Reply::ok("hello\n"),
        Some("Basic eDp5") => Reply::ok("basic\n"),
        _ => Reply::new(401),
    });
    let text = format!("FROM busybox\nADD {} /f\n", server.url("/f"));
    let build = |kind: &str, value: &str| {
        fs::write(lab.path().join("value"), value).unwrap();
        let secret = format!("id=HTTP_AUTH_{kind}_127.0.0.1,src=value");
        let ran = lab.build_with(&text, &["--secret", &secret]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(!ran.err.contains(value) && !ran.out.contains(value), "{}", ran.err);
        lab.sh("cat /f")
    };
    assert_eq!(build("TOKEN", "t0ken"), "hello\n");
    assert_eq!(build("HEADER", "Basic eDp5"), "basic\n");
    assert!(!lab.run(&["inspect", "--config", "app"]).out.contains("t0ken"));
    let login = format!("FROM busybox\nADD http://x:y@{}/g /f\n", server.address);
    lab.build(&login);
    assert!(!lab.run(&["inspect", "--config", "app"]).out.contains("x:y@"), "the history has no login");
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_given() {
    let Some(lab) = Lab::new() else { return };
    let Some(authority) = Authority::new(lab.path()) else { return };
    let server = Server::start_tls(&authority, |seen| file(seen, b"hello\n"));
    let text = format!("FROM busybox\nADD {} /f\n", server.url("/f"));
    fails(&lab, &text, &[], 4, &["Dockerfile:2", "certificate"]);
    let bundle = authority.bundle().display().to_string();
    let ran = lab.build_with(&text, &["--ca-bundle", &bundle]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    // Java reads a store of its own, whose place it learns beside the options that an image has for it.
    let text = "FROM busybox\nENV JAVA_TOOL_OPTIONS=-Xmx1g\n\
        RUN cmp $SSL_CERT_FILE $PIP_CERT && echo \"$JAVA_TOOL_OPTIONS\" >/f && \
        hexdump -n 4 -e '4/1 \"%02x\"' /run/cooper/ca-certificates.jks >>/f\n";
    let ran = lab.build_with(text, &["--ca-bundle", &bundle]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let store =
        "-Djavax.net.ssl.trustStore=/run/cooper/ca-certificates.jks -Djavax.net.ssl.trustStoreType=JKS";
    assert_eq!(lab.sh("cat /f; test ! -e /run/cooper"), format!("{store} -Xmx1g\nfeedfeed"));
}

fn tool(lab: &Lab, script: &str) {
    let ran = ran(&Command::new("sh").args(["-ec", script]).current_dir(lab.context()).output().unwrap());
    assert_eq!(ran.code, 0, "{script}: {}", ran.err);
}

#[test]
fn archives_are_known_by_content_and_unpacked_as_asked() {
    let Some(lab) = Lab::new() else { return };
    lab.file("in/a.txt", "a\n");
    lab.file("in/dir/b.txt", "b\n");
    tool(&lab, "chmod 600 in/a.txt; tar --owner=5 --group=6 --mtime=@1400000000 -cf plain -C in .");
    let packers = ["gzip", "bzip2", "xz", "zstd"];
    let packers: Vec<&str> = packers.into_iter().filter(|packer| has(packer)).collect();
    let mut text = "FROM busybox\nADD plain /plain/\nADD --unpack=false plain /kept/\n".to_owned();
    for packer in &packers {
        tool(&lab, &format!("{packer} -c <plain >by-{packer}"));
        text += &format!("ADD by-{packer} /{packer}/\n");
    }
    let archive = fs::read(lab.context().join("plain")).unwrap();
    let server = Server::start(move |seen| file(seen, &archive));
    let url = server.url("/f.tar");
    text += &format!(
        "ADD {url} /url-kept/\nADD --unpack=true {url} /url/\nADD --unpack=true --chown=7 {url} /owned\n"
    );
    build_kept(&lab, &text);
    let places: Vec<&str> = packers.iter().copied().chain(["plain", "url"]).collect();
    for place in places {
        assert_eq!(
            stat(&lab, &format!("/{place}/a.txt /{place}/dir/b.txt")),
            [format!("/{place}/a.txt 600 5:6 1400000000"), format!("/{place}/dir/b.txt 644 5:6 1400000000")]
        );
    }
    assert_eq!(lab.sh("ls /kept /url-kept"), "/kept:\nplain\n\n/url-kept:\nf.tar\n");
    assert_eq!(stat(&lab, "/owned/a.txt"), ["/owned/a.txt 600 7:7 1400000000"]);
}

#[test]
fn octal_modes_are_those_of_new_directories_too() {
    let Some(lab) = Lab::new() else { return };
    lab.file("f", "f");
    build_kept(
        &lab,
        "FROM busybox\nCOPY --chmod=700 f /a/b/\nCOPY --chmod=go-r f /c/d/\nADD --chmod=711 <<E /e/f\nx\nE\n",
    );
    let modes = lab.sh("stat -c '%n %a' /a /a/b /a/b/f /c/d /c/d/f /e /e/f");
    assert_eq!(modes, "/a 700\n/a/b 700\n/a/b/f 700\n/c/d 755\n/c/d/f 600\n/e 711\n/e/f 711\n");
}

/// A repository `r` with a submodule, served; what serves it, and the commit.
fn repository(lab: &Lab) -> Option<(Server, Repository, String)> {
    if !git_is_here() {
        return None;
    }
    let root = lab.path().join("git");
    fs::create_dir_all(&root).unwrap();
    let server = Server::start(git_replies(&root));
    let sub = Repository::new(&root.join("sub"));
    sub.file("s.txt", "sub\n").commit();
    let repository = Repository::new(&root.join("r"));
    repository.file("a.txt", "a\n").file("dir/run.sh", "#!/bin/sh\n").file("dir/x.log", "x\n");
    tool_in(&repository, "chmod 755 dir/run.sh; ln -s a.txt link; ln -s /etc/passwd outside");
    repository.git(&["-c", "protocol.allow=always", "submodule", "add", "-q", &server.url("/sub"), "mod"]);
    let commit = repository.commit_at(1_500_000_000);
    repository.git(&["tag", "v1"]);
    Some((server, repository, commit))
}

fn tool_in(repository: &Repository, script: &str) {
    let status = Command::new("sh").args(["-ec", script]).current_dir(repository.path()).status().unwrap();
    assert!(status.success(), "{script}");
}

#[test]
fn a_tree_of_a_repository_has_what_git_keeps_of_files() {
    let Some(lab) = Lab::new() else { return };
    let Some((server, _, _)) = repository(&lab) else { return };
    let url = server.url("/r/.git");
    lab.build(&format!(
        "FROM busybox\nADD {url} /all\nADD {url}#v1:dir /sub/\nADD --exclude=*.log --chown=app --chmod=u=rwX,go= {url}?tag=v1&submodules=0&subdir=dir /own\n"
    ));
    let list = lab.sh("cd /all && find . ! -name .gitmodules | sort");
    assert_eq!(list, ".\n./a.txt\n./dir\n./dir/run.sh\n./dir/x.log\n./link\n./mod\n./mod/s.txt\n./outside\n");
    assert_eq!(
        lab.sh(
            "cd /all && stat -c '%n %a %u:%g' . a.txt dir dir/run.sh mod && readlink link && readlink outside"
        ),
        ". 755 0:0\na.txt 644 0:0\ndir 755 0:0\ndir/run.sh 755 0:0\nmod 755 0:0\na.txt\n/etc/passwd\n"
    );
    assert_eq!(lab.sh("ls /sub"), "run.sh\nx.log\n");
    assert_eq!(lab.sh("cd /own && stat -c '%n %a %u' * ."), "run.sh 700 1000\n. 755 1000\n");
}

#[test]
fn git_dirs_are_kept_when_asked_and_can_be_used() {
    let Some(lab) = Lab::new() else { return };
    let Some((server, _, commit)) = repository(&lab) else { return };
    let url = server.url("/r/.git");
    let text = format!("FROM busybox\nADD --keep-git-dir --checksum={} {url} /r\n", &commit[..10]);
    let ran = lab.build_with(&text, &["-o", "type=local,dest=out"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let kept = Repository::open(&lab.path().join("out/r"));
    let git = |args: &[&str]| {
        let safe = ["-c", "safe.directory=*"];
        kept.git(&[&safe, args].concat()).trim().to_owned()
    };
    assert_eq!(git(&["rev-parse", "HEAD"]), commit);
    assert_eq!(git(&["status", "--porcelain"]), "");
    assert_eq!(git(&["remote", "get-url", "origin"]), url);
    let again = Lab::new().unwrap();
    fs::create_dir_all(again.path().join("x")).unwrap();
    assert_eq!(again.build(&text).digest(), ran.digest(), "what is kept is the same in every store");
}

#[test]
fn a_branch_is_looked_up_each_time_and_a_commit_never() {
    let Some(lab) = Lab::new() else { return };
    let Some((server, repository, commit)) = repository(&lab) else { return };
    let url = server.url("/r/.git");
    let text = format!("FROM busybox\nADD {url}#main /r\nRUN cat /r/a.txt\n");
    lab.build(&text);
    let again = lab.build(&text);
    assert_eq!((again.cached(), again.done()), (3, 0), "{}", again.err);
    repository.file("a.txt", "changed\n").commit();
    let changed = lab.build(&text);
    assert_eq!(changed.done(), 3, "{}", changed.err);
    let pinned = |host: &str| format!("FROM busybox\nADD {host}/r/.git#{commit} /r\nRUN cat /r/a.txt\n");
    let asked = server.count();
    let ran = lab.build(&pinned(&server.url("")));
    assert_eq!((ran.cached(), server.count()), (3, asked), "{}", ran.err);
    // It is the same commit wherever it is said to be.
    assert_eq!(lab.build(&pinned("http://127.0.0.1:1")).cached(), 3);
}

#[test]
fn times_of_a_tree_are_those_of_the_commit_when_asked() {
    let Some(lab) = Lab::new() else { return };
    let Some((server, _, _)) = repository(&lab) else { return };
    build_kept(&lab, &format!("FROM busybox\nADD {}?mtime=commit&submodules=0 /r\n", server.url("/r/.git")));
    assert_eq!(stat(&lab, "/r/a.txt /r/dir"), ["/r/a.txt 644 0:0 1500000000", "/r/dir 755 0:0 1500000000"]);
}

#[test]
fn errors_of_repositories_say_what_failed_and_what_to_do() {
    let Some(lab) = Lab::new() else { return };
    let Some((server, _, commit)) = repository(&lab) else { return };
    let url = server.url("/r/.git");
    let add = |rest: &str| format!("FROM busybox\nADD {rest} /r\n");
    fails(&lab, &add(&format!("{url}#mian")), &[], 4, &["Dockerfile:2", "`mian`", "`main`", "help:"]);
    fails(&lab, &add(&format!("{url}#main:dri")), &[], 3, &["Dockerfile:2", "`dri`"]);
    let other = format!("--checksum={} {url}", "0".repeat(40));
    fails(&lab, &add(&other), &[], 4, &["Dockerfile:2", &"0".repeat(40), &commit]);
    fails(&lab, &add("http://127.0.0.1:1/x.git"), &[], 4, &["Dockerfile:2", "127.0.0.1:1"]);
    fails(&lab, &add(&format!("{url}?what=1")), &[], 3, &["Dockerfile:2", "`what`"]);
    let file = format!("{}#main:a.txt", server.url("/r/.git"));
    fails(&lab, &add(&file), &[], 3, &["Dockerfile:2", "a.txt", "directory"]);
}

#[test]
fn a_missing_git_is_said_clearly() {
    let Some(lab) = Lab::new() else { return };
    if !has("setpriv") && !crate::lab::is_root() {
        return missing("a namespace is entered by programs that this test hides");
    }
    lab.file("Dockerfile", "FROM scratch\nADD http://127.0.0.1:1/x.git /r\n");
    let output = lab.cooper().args(["build", "context"]).env("PATH", "/nowhere").output().unwrap();
    let ran = ran(&output);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("git") && ran.err.contains("install"), "{}", ran.err);
}
