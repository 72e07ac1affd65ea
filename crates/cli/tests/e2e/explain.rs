//! `build --explain`: each step that runs says which of its inputs is another one.

use crate::lab::{Lab, Ran};

const DOCKERFILE: &str = "FROM busybox AS build\n\
     ARG VERSION=1\n\
     ARG API_TOKEN=none\n\
     ENV MODE=fast\n\
     COPY src /src\n\
     RUN echo $VERSION $MODE > /version\n\
     RUN cat /src/* > /all\n\
     FROM busybox\n\
     COPY --from=build /all /version /\n";

/// The reasons that a build gave, without the lines of steps.
fn reasons(ran: &Ran) -> Vec<String> {
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.err.lines().filter_map(|line| line.strip_prefix("  - ")).map(str::to_owned).collect()
}

#[test]
fn each_change_is_named_with_the_old_and_the_new_value() {
    use std::os::unix::fs::PermissionsExt;

    let Some(lab) = Lab::new() else { return };
    lab.file("src/a", "one");
    lab.file("src/b", "two");
    let explained = |dockerfile: &str, args: &[&str]| {
        let mut all = vec!["--explain"];
        all.extend(args);
        reasons(&lab.build_with(dockerfile, &all))
    };
    let first = explained(DOCKERFILE, &[]);
    assert!(first.len() == 4 && first.iter().all(|why| why.contains("no earlier build")), "{first:?}");
    assert_eq!(explained(DOCKERFILE, &[]), Vec::<String>::new());

    lab.file("src/a", "changed");
    lab.file("src/c", "new");
    let copied = explained(DOCKERFILE, &[]);
    assert_eq!(copied[..2], ["context: `src/a`: content changed", "context: `src/c` was added"]);
    assert!(copied[2].starts_with("a step before it has another result: [build 1/3] COPY src"), "{copied:?}");
    assert_eq!(copied.last().unwrap(), "stage build: `all`: content changed");

    std::fs::set_permissions(lab.context().join("src/b"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(explained(DOCKERFILE, &[])[0], "context: `src/b`: mode 0644 -> 0755");

    let arg = explained(DOCKERFILE, &["--build-arg", "VERSION=2"]);
    assert_eq!(arg[0], "build argument `VERSION` `1` -> `2`");
    let env = explained(&DOCKERFILE.replace("MODE=fast", "MODE=slow"), &["--build-arg", "VERSION=2"]);
    assert_eq!(env[0], "variable `MODE` `fast` -> `slow`");
    let command = explained(&DOCKERFILE.replace("cat /src/*", "cat /src/a"), &["--build-arg", "VERSION=2"]);
    assert!(command.contains(&"variable `MODE` `slow` -> `fast`".to_owned()), "{command:?}");
    assert!(
        command.iter().any(|why| why.starts_with("the instruction: command `/bin/sh -c cat /src/*")),
        "{command:?}"
    );
    assert_eq!(explained(DOCKERFILE, &["--no-cache"])[0], "`--no-cache` asks for it");
}

#[test]
fn values_of_secrets_are_never_shown() {
    let Some(lab) = Lab::new() else { return };
    lab.file("src/a", "one");
    lab.file("key", "lent-value-1");
    let build = |token: &str, plain: &str| {
        let (token, plain) = (format!("API_TOKEN={token}"), format!("VERSION={plain}"));
        let allowed = ["--allow-leak", "build-arg:*", "--allow-leak", "k:**"];
        let args =
            ["--explain", "--secret", "id=k,src=context/key", "--build-arg", &token, "--build-arg", &plain];
        lab.build_with(DOCKERFILE, &[&args[..], &allowed].concat())
    };
    build("first-value", "1");
    let ran = build("second-value", "lent-value-1");
    let found = reasons(&ran);
    assert!(found.contains(&"build argument `API_TOKEN` changed (its values are not shown)".to_owned()));
    assert!(found.contains(&"build argument `VERSION` changed (its values are not shown)".to_owned()));
    for value in ["first-value", "second-value", "lent-value-1"] {
        assert!(found.iter().all(|why| !why.contains(value)), "{found:?}");
        let grep = format!("grep -rlF {value} {}/cache", lab.path().join("store").display());
        let kept = std::process::Command::new("sh").args(["-c", &grep]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&kept.stdout), "", "`{value}` lies in a record");
    }
}

#[test]
fn what_was_collected_and_what_the_base_was_is_said() {
    let Some(lab) = Lab::new() else { return };
    let dockerfile = "FROM busybox\nRUN echo x > /x\n";
    lab.build(dockerfile);
    lab.run(&["rmi", "app"]);
    // The result goes, what is known of the build stays.
    for layer in std::fs::read_dir(lab.path().join("store/layers")).unwrap().flatten() {
        let index = layer.path().join("index");
        if std::fs::read(&index).is_ok_and(|bytes| bytes.len() < 400) {
            std::fs::remove_dir_all(layer.path()).unwrap();
        }
    }
    let gone = lab.build_with(dockerfile, &["--explain"]);
    assert_eq!(reasons(&gone), ["nothing changed, but its result has gone from the store"]);
    // Another base of the same name.
    lab.file("Dockerfile.base", "FROM busybox\nRUN echo other > /other\n");
    let base = format!("busybox=oci-layout://{}", crate::lab::base().display());
    let args = ["build", "-q", "-f", "context/Dockerfile.base", "-o", "type=oci,dest=other,tar=false"];
    let made = lab.run(&[&args[..], &["--build-context", &base, "context"]].concat());
    assert_eq!(made.code, 0, "{}", made.err);
    let ran =
        lab.run(&["build", "--explain=json", "--build-context", "busybox=oci-layout://other", "context"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["schema"], "cooper/explain/1");
    let reason = &value["steps"][0]["reasons"][0];
    assert_eq!((reason["kind"].as_str(), value["steps"][0]["ran"].as_bool()), (Some("base"), Some(true)));
    assert_ne!(reason["old"], reason["new"]);
    assert!(reason["new"].as_str().unwrap().starts_with("sha256:"), "{reason}");
}
