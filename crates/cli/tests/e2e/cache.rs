//! What runs again and what does not, and that the result is the same.

use crate::lab::Lab;

const DOCKERFILE: &str = "FROM busybox AS build\n\
     COPY src /src\n\
     RUN cat /src/* > /all\n\
     RUN wc -c < /all > /size\n\
     FROM busybox\n\
     COPY --from=build /size /size\n\
     RUN echo done > /done\n";

#[test]
fn nothing_runs_twice_and_the_digest_stays() {
    let Some(lab) = Lab::new() else { return };
    lab.file("src/a", "one");
    let first = lab.build(DOCKERFILE);
    let second = lab.build(DOCKERFILE);
    assert_eq!((second.done(), second.cached()), (0, first.done()), "{}", second.err);
    assert_eq!(first.digest(), second.digest());
    let cold = lab.build_with(DOCKERFILE, &["--no-cache"]);
    assert_eq!(cold.digest(), first.digest(), "a build without cache gives the same image");
}

#[test]
fn a_step_that_comes_out_the_same_ends_the_rebuild() {
    let Some(lab) = Lab::new() else { return };
    lab.file("src/a", "one");
    let first = lab.build(DOCKERFILE);
    // Same length, other content: `/all` changes, `/size` does not, and nothing after its copy runs.
    lab.file("src/a", "two");
    let second = lab.build(DOCKERFILE);
    assert_eq!(second.done(), 3, "COPY, cat and wc run again, nothing else:\n{}", second.err);
    assert_eq!(first.digest(), second.digest());
}

#[test]
fn times_and_places_do_not_matter() {
    let Some(lab) = Lab::new() else { return };
    let Some(other) = Lab::new() else { return };
    for lab in [&lab, &other] {
        lab.file("src/a", "one");
        lab.file("src/b/c", "two");
    }
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = std::fs::File::options().write(true).open(other.context().join("src/a")).unwrap();
    file.set_modified(old).unwrap();
    let dockerfile = "FROM busybox\nCOPY src /src\nRUN date > /dev/null; mkdir /made; echo x > /made/x\n";
    assert_eq!(lab.build(dockerfile).digest(), other.build(dockerfile).digest());
}

#[test]
fn what_is_not_used_does_not_count() {
    let Some(lab) = Lab::new() else { return };
    lab.file("src/a", "one");
    lab.build(DOCKERFILE);
    lab.file("other/file", "unrelated");
    std::fs::File::options()
        .write(true)
        .open(lab.context().join("src/a"))
        .unwrap()
        .set_modified(std::time::SystemTime::now())
        .unwrap();
    let second = lab.build(DOCKERFILE);
    assert_eq!(second.done(), 0, "{}", second.err);
}

#[test]
fn two_builds_in_one_store_at_once() {
    let Some(lab) = Lab::new() else { return };
    lab.file("src/a", "one");
    lab.file("Dockerfile", DOCKERFILE);
    let base = format!("busybox=oci-layout://{}", crate::lab::base().display());
    let start = || {
        let mut command = lab.cooper();
        command
            .args(["build", "-q", "--build-context", &base, "context"])
            .stdout(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(|_| start()).collect();
    let mut digests: Vec<String> = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        digests.push(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
    assert_eq!(lab.run(&["store", "verify"]).code, 0);
}
