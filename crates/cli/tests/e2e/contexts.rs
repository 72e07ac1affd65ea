//! Contexts of every kind: what is behind an address, what comes by standard input, what has a name of its own.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use testkit::{Reply, Repository, Server, git_is_here, git_replies};

use crate::lab::{Lab, Ran, base, has, ran};

/// Runs the binary with something on standard input.
fn run_with(lab: &Lab, args: &[&str], input: &[u8]) -> Ran {
    let mut command = lab.cooper();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
    // Whoever refuses the input early does not read it.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    ran(&output)
}

/// Builds a context with the lab's base as `app`.
fn build(lab: &Lab, context: &str, args: &[&str], input: &[u8]) -> Ran {
    let base = format!("busybox=oci-layout://{}", base().display());
    let mut all = vec!["build", "--progress", "plain", "-t", "app", "--build-context", &base];
    all.extend(args);
    all.push(context);
    run_with(lab, &all, input)
}

fn built(lab: &Lab, context: &str, args: &[&str], input: &[u8]) -> Ran {
    let ran = build(lab, context, args, input);
    assert_eq!(ran.code, 0, "{context} {args:?}: {}", ran.err);
    ran
}

fn refused(ran: &Ran, code: i32, expect: &[&str]) {
    assert_eq!(ran.code, code, "{}", ran.err);
    for part in expect {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    assert_eq!(ran.err.matches("error:").count(), 1, "one error:\n{}", ran.err);
}

const DOCKERFILE: &str = "FROM busybox\nCOPY . /c/\n";

/// An archive of a small context, packed by a program.
fn archive(lab: &Lab, packer: &str) -> Vec<u8> {
    let dir = lab.path().join("packed");
    fs::create_dir_all(dir.join("sub")).unwrap();
    fs::write(dir.join("Dockerfile"), DOCKERFILE).unwrap();
    fs::write(dir.join("other"), "FROM busybox\nCOPY sub /other\n").unwrap();
    fs::write(dir.join("sub/f"), "f\n").unwrap();
    fs::write(dir.join(".dockerignore"), "sub\n").unwrap();
    let script = format!("tar --owner=5 --group=6 --mtime=@1400000000 -cf - . | {packer}");
    let out = Command::new("sh").args(["-ec", &script]).current_dir(&dir).output().unwrap();
    assert!(out.status.success(), "{script}");
    out.stdout
}

#[test]
fn an_archive_on_standard_input_of_any_compression() {
    let Some(lab) = Lab::new() else { return };
    let mut digests = Vec::new();
    for packer in ["cat", "gzip -c", "bzip2 -c", "xz -c", "zstd -c"] {
        if !has(packer.split(' ').next().unwrap()) {
            continue;
        }
        let input = archive(&lab, packer);
        digests.push(built(&lab, "-", &[], &input).digest());
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "the compression makes no difference");
    // Owners and times are those of the archive, and no ignore file is read: it is complete as it is.
    assert_eq!(lab.sh("stat -c '%n %u:%g %Y' /c/sub/f"), "/c/sub/f 5:6 1400000000\n");
    built(&lab, "-", &["-f", "other", "--no-reproducible"], &archive(&lab, "cat"));
    assert_eq!(lab.sh("stat -c '%n %u:%g %Y' /other/f"), "/other/f 5:6 1400000000\n");
    refused(&build(&lab, "-", &["-f", "nope"], &archive(&lab, "cat")), 2, &["`nope`", "`-f`"]);
}

#[test]
fn a_dockerfile_on_standard_input_has_no_context() {
    let Some(lab) = Lab::new() else { return };
    built(&lab, "-", &[], DOCKERFILE.as_bytes());
    assert_eq!(lab.sh("ls -A /c; stat -c %a /c"), "755\n");
    let mount = b"FROM busybox\nRUN --mount=target=/m ls -A /m > /list\n";
    built(&lab, "-", &[], mount);
    assert_eq!(lab.sh("cat /list"), "");
    let copy = b"FROM busybox\nCOPY x /x\n";
    refused(&build(&lab, "-", &[], copy), 3, &["<stdin>:2", "`x`", "nothing but a Dockerfile was given"]);
    refused(&build(&lab, "-", &[], b""), 2, &["standard input is empty"]);
    refused(&build(&lab, "-", &["-f", "x"], copy), 2, &["`-f x`"]);
    refused(&build(&lab, "-", &["-f", "-"], copy), 2, &["both the context and the Dockerfile"]);
    lab.file("x", "x\n");
    built(&lab, "context", &["-f", "-"], copy);
    assert_eq!(lab.sh("cat /x"), "x\n");
}

/// One member of an archive, in the plain old format.
fn member(name: &str, kind: u8, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000644\x000000000\x000000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0        ");
    put(156, &[kind]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = header.to_vec();
    out.extend(content);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

#[test]
fn a_hostile_archive_stays_within_its_root() {
    let Some(lab) = Lab::new() else { return };
    let outside = lab.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("f"), "untouched").unwrap();
    let out = outside.to_str().unwrap();
    let up = "../".repeat(30);
    let mut input = member("Dockerfile", b'0', "", DOCKERFILE.as_bytes());
    input.extend(member("abs", b'2', out, b""));
    input.extend(member("abs/f", b'0', "", b"evil"));
    input.extend(member("up", b'2', &format!("{up}{}", &out[1..]), b""));
    input.extend(member("up/f", b'0', "", b"evil"));
    input.extend(member(&format!("..{out}/f"), b'0', "", b"evil"));
    input.extend(member(&format!("{out}/g"), b'0', "", b"evil"));
    input.extend([0; 1024]);
    let ran = build(&lab, "-", &[], &input);
    assert!(matches!(ran.code, 0 | 3 | 4), "{}", ran.err);
    assert_eq!(fs::read_to_string(outside.join("f")).unwrap(), "untouched");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    // A Dockerfile that leads out of the archive leads nowhere.
    let mut input = member("Dockerfile", b'2', &format!("{up}{}/f", &out[1..]), b"");
    input.extend([0; 1024]);
    refused(&build(&lab, "-", &[], &input), 2, &["no `Dockerfile`"]);
    let cut = &member("Dockerfile", b'0', "", DOCKERFILE.as_bytes())[..520];
    assert!(matches!(build(&lab, "-", &[], cut).code, 3 | 4), "an archive that ends too early");
    assert_eq!(lab.run(&["store", "verify"]).code, 0);
}

#[test]
fn an_address_is_an_archive_or_a_dockerfile() {
    let Some(lab) = Lab::new() else { return };
    let input = archive(&lab, "gzip -c");
    let server = Server::start(move |seen| match seen.path() {
        "/context" => Reply::ok(input.clone()),
        "/Dockerfile" => Reply::ok(DOCKERFILE),
        "/plain" => Reply::ok("FROM busybox\nCOPY x /x\n"),
        _ => Reply::new(404),
    });
    built(&lab, &server.url("/context"), &[], b"");
    assert_eq!(lab.sh("cat /c/sub/f; stat -c %u:%g /c/sub/f"), "f\n5:6\n");
    built(&lab, &server.url("/context"), &["-f", "other"], b"");
    assert_eq!(lab.sh("cat /other/f"), "f\n");
    // What is no archive is the Dockerfile, and the only file of its context.
    built(&lab, &server.url("/Dockerfile"), &[], b"");
    assert_eq!(lab.sh("ls -A /c; stat -c %a /c/context"), "context\n600\n");
    lab.file("x", "x\n");
    built(&lab, "context", &["-f", &server.url("/plain")], b"");
    assert_eq!(lab.sh("cat /x"), "x\n");
    refused(&build(&lab, &server.url("/nope"), &[], b""), 4, &["404"]);
    refused(&build(&lab, &server.url("/Dockerfile"), &["-f", "x"], b""), 2, &["`-f x`"]);
    refused(&build(&lab, "no-such-dir", &[], b""), 2, &["`no-such-dir` is not a directory", "git"]);
    let plain = server.url("/plain");
    let check = lab.run(&["build", "--check", &plain]);
    assert!(check.out.contains(&plain) || check.code == 0, "{}{}", check.out, check.err);
}

/// A repository `r`, served.
fn repository(lab: &Lab) -> Option<(Server, Repository)> {
    if !git_is_here() {
        return None;
    }
    let root = lab.path().join("git");
    fs::create_dir_all(&root).unwrap();
    let repository = Repository::new(&root.join("r"));
    repository.file("Dockerfile", DOCKERFILE).file("sub/Dockerfile", "FROM busybox\nCOPY . /sub\n");
    repository.file("sub/f", "f\n").file(".dockerignore", "sub\n");
    repository.commit_at(1_500_000_000);
    Some((Server::start(git_replies(&root)), repository))
}

#[test]
fn a_repository_is_a_context() {
    let Some(lab) = Lab::new() else { return };
    let Some((server, _)) = repository(&lab) else { return };
    let url = server.url("/r/.git");
    let ran = built(&lab, &url, &["-o", "type=local,dest=out"], b"");
    assert!(ran.out.contains("none later than 1500000000 (the commit of the context)"), "{}", ran.out);
    assert_eq!(
        lab.sh("cat /c/sub/f; stat -c '%a' /c/sub/f; test -e /c/.git || echo no git"),
        "f\n644\nno git\n"
    );
    assert_eq!(fs::metadata(lab.path().join("out/c/sub/f")).unwrap().mtime(), 1_500_000_000);
    built(&lab, &format!("{url}#main:sub"), &[], b"");
    assert_eq!(lab.sh("ls /sub"), "Dockerfile\nf\n");
    built(&lab, &url, &["-f", "sub/Dockerfile"], b"");
    built(&lab, &url, &["--build-arg", "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1"], b"");
    assert_eq!(lab.sh("test -f /c/.git/HEAD && echo kept"), "kept\n");
    let local = lab.path().join("Local");
    fs::write(&local, "FROM busybox\nCOPY sub /local\n").unwrap();
    built(&lab, &url, &["-f", local.to_str().unwrap()], b"");
    assert_eq!(lab.sh("cat /local/f"), "f\n");
    built(&lab, &url, &["-f", "-"], b"FROM busybox\nCOPY sub /stdin\n");
    assert_eq!(lab.sh("cat /stdin/f"), "f\n");
    refused(&build(&lab, &url, &["-f", "nope"], b""), 2, &["`nope`"]);
    refused(&build(&lab, &format!("{url}#nope"), &[], b""), 4, &["`nope`", "`main`"]);
    refused(&build(&lab, &format!("{url}?x=1"), &[], b""), 2, &["`x`"]);
}

#[test]
fn named_contexts_of_every_kind() {
    let Some(lab) = Lab::new() else { return };
    let input = archive(&lab, "xz -c");
    let server = Server::start(move |seen| match seen.path() {
        "/tar" => Reply::ok(input.clone()),
        _ => Reply::ok("file\n"),
    });
    fs::create_dir(lab.path().join("named")).unwrap();
    fs::write(lab.path().join("named/kept"), "kept\n").unwrap();
    fs::write(lab.path().join("named/dropped"), "dropped\n").unwrap();
    fs::write(lab.path().join("named/.dockerignore"), "dropped\n").unwrap();
    lab.file("Dockerfile", "FROM busybox\nCOPY --from=n . /c/\n");
    let check = |value: &str, expect: &str| {
        built(&lab, "context", &["--build-context", &format!("n={value}")], b"");
        assert_eq!(lab.sh("cd /c && find . | sort"), expect, "{value}");
    };
    check("named", ".\n./.dockerignore\n./kept\n");
    check("docker-image://scratch", ".\n");
    check(&server.url("/tar"), ".\n./.dockerignore\n./Dockerfile\n./other\n./sub\n./sub/f\n");
    check(&server.url("/x.txt"), ".\n./context\n");
    let git = repository(&lab);
    if let Some((server, _)) = &git {
        check(&server.url("/r/.git#main:sub"), ".\n./Dockerfile\n./f\n");
    }
    let layout = format!("oci-layout://{}", base().display());
    lab.file("Dockerfile", "FROM busybox\nCOPY --from=n /etc/group /c/\n");
    check(&layout, ".\n./group\n");
    let args = ["--build-context", "n=./nope"];
    refused(&build(&lab, "context", &args, b""), 2, &["`n`", "`./nope`"]);
}

#[test]
fn a_named_context_can_be_a_base_a_mount_and_for_one_platform() {
    let Some(lab) = Lab::new() else { return };
    for (dir, content) in [("one", "one\n"), ("two", "two\n")] {
        fs::create_dir(lab.path().join(dir)).unwrap();
        fs::write(lab.path().join(dir).join("f"), content).unwrap();
    }
    let text = "FROM n AS b\nFROM scratch AS n\nCOPY none /\nFROM busybox\nCOPY --from=b /f /base\nRUN --mount=from=docker.io/library/n:latest,target=/m cp /m/f /mounted\n";
    lab.file("Dockerfile", text);
    built(&lab, "context", &["--build-context", "n=one"], b"");
    assert_eq!(lab.sh("cat /base /mounted"), "one\none\n");
    let own = format!("n::{}=two", own_platform());
    built(&lab, "context", &["--build-context", "n:latest=one", "--build-context", &own], b"");
    assert_eq!(lab.sh("cat /base /mounted"), "two\ntwo\n");
    built(&lab, "context", &["--build-context", "n=one", "--build-context", "n::linux/s390x=two"], b"");
    assert_eq!(lab.sh("cat /base"), "one\n");
}

fn own_platform() -> String {
    image::Platform::host().to_string()
}

#[test]
fn a_local_directory_goes_before_an_address() {
    let Some(lab) = Lab::new() else { return };
    let dir = lab.path().join("github.com/user/repository");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("Dockerfile"), "FROM busybox\n").unwrap();
    built(&lab, "github.com/user/repository", &[], b"");
    assert!(Path::new(&dir).is_dir());
}
