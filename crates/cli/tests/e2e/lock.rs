//! `cooper lock`, and builds with a lock file.

use std::fs;
use std::sync::{Arc, Mutex};

use testkit::{Reply, Server};

use crate::lab::{Lab, Ran};
use crate::registry::Registry;

/// Pushes a base with a file of this content.
fn push(lab: &Lab, name: &str, content: &str) -> String {
    lab.build(&format!("FROM busybox\nRUN echo {content} > /base\n"));
    let pushed = lab.run(&["push", "app", name]);
    assert_eq!(pushed.code, 0, "{}", pushed.err);
    pushed.digest()
}

fn build(lab: &Lab, args: &[&str]) -> Ran {
    lab.run(&[&["build", "--progress", "plain", "-t", "app"], args, &["context"]].concat())
}

#[test]
fn what_names_stood_for_is_what_later_builds_get() {
    let Some(other) = Lab::new() else { return };
    let Some(registry) = Registry::start(&other) else { return };
    let content = Arc::new(Mutex::new("one\n"));
    let shared = Arc::clone(&content);
    let server = Server::start(move |_| Reply::ok(*shared.lock().unwrap()));
    let base = format!("{}/team/base", registry.host);
    let old = push(&other, &format!("{base}:1"), "old");
    push(&other, &format!("{base}:2"), "two");
    let lab = Lab::new().unwrap();
    let url = server.url("/f");
    let dockerfile =
        format!("ARG TAG=1\nFROM {base}:$TAG AS a\nADD {url} /f\nFROM a\nRUN cat /base /f > /both\n");
    lab.file("Dockerfile", &dockerfile);
    let none = build(&lab, &["--locked"]);
    assert!(none.code == 2 && none.err.contains("cooper lock"), "{}", none.err);

    let made = lab.run(&["lock", "context"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.out.contains(&format!("image {base}:1: added, {old}")), "{}", made.out);
    assert!(made.out.contains(&format!("file {url}: added, sha256:")), "{}", made.out);
    let path = lab.context().join("Dockerfile.lock");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(&format!("[images.\"{base}:1\"]")) && text.contains("\"linux/"), "{text}");
    let again = lab.run(&["lock", "context"]);
    assert_eq!((again.code, again.out.as_str()), (0, "Dockerfile.lock is up to date\n"), "{}", again.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    // The names stand for something else now; the build takes what they stood for.
    let new = push(&other, &format!("{base}:1"), "new");
    let fresh = Lab::new().unwrap();
    for name in ["Dockerfile", "Dockerfile.lock"] {
        fresh.file(name, &fs::read_to_string(lab.context().join(name)).unwrap());
    }
    let locked = build(&fresh, &["--locked", "--pull"]);
    assert_eq!(locked.code, 0, "{}", locked.err);
    assert_eq!(fresh.sh("cat /both"), "old\none\n");
    assert_eq!(fresh.run(&["lock", "--check", "context"]).code, 0);
    *content.lock().unwrap() = "two\n";
    let third = Lab::new().unwrap();
    for name in ["Dockerfile", "Dockerfile.lock"] {
        third.file(name, &text_of(&lab, name));
    }
    let changed = build(&third, &[]);
    assert_eq!(changed.code, 4, "{}", changed.err);
    assert!(
        changed.err.contains("content that is pinned") && changed.err.contains("Dockerfile:3"),
        "{}",
        changed.err
    );

    // What the lock does not have is refused with its line, or said.
    let refused = build(&fresh, &["--locked", "--build-arg", "TAG=2"]);
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(
        refused.err.contains("is not in the lock file") && refused.err.contains("Dockerfile:2"),
        "{}",
        refused.err
    );
    let said = build(&fresh, &["--build-arg", "TAG=2"]);
    assert!(said.code == 0 && said.err.contains("note: the lock file does not have"), "{}", said.err);
    assert_eq!(fresh.sh("cat /both"), "two\none\n");

    let update = lab.run(&["lock", "context", "--update", &format!("{base}:1")]);
    assert_eq!(update.code, 0, "{}", update.err);
    assert!(update.out.contains(&format!("image {base}:1: {old} -> {new}")), "{}", update.out);
    assert!(!update.out.contains("file "), "only what was named: {}", update.out);
    assert_eq!(lab.run(&["lock", "context", "--update", "nothing"]).code, 2);

    // Without a registry and a server, what is locked and in the store is built.
    drop(registry);
    let offline = build(&fresh, &["--locked", "--no-cache"]);
    assert_eq!(offline.code, 0, "{}", offline.err);
    fresh.file("Dockerfile", &dockerfile.replace(&format!("ADD {url} /f"), "RUN touch /f"));
    let stale = fresh.run(&["lock", "--check", "context"]);
    assert_eq!(stale.code, 1, "{}{}", stale.out, stale.err);
    assert!(stale.out.contains("removed"), "{}", stale.out);
}

fn text_of(lab: &Lab, name: &str) -> String {
    fs::read_to_string(lab.context().join(name)).unwrap()
}
