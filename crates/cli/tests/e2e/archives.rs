//! Outputs that other tools read.

use std::process::Command;

use crate::lab::{Lab, has, is_root, missing, ran};

fn built(args: &[&str]) -> Option<Lab> {
    let lab = Lab::new()?;
    lab.file("f", "content\n");
    let ran = lab.build_with("FROM busybox\nCOPY f /dir/f\nRUN ln -s f /dir/link && rm /bin/ip\n", args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    Some(lab)
}

fn tool(lab: &Lab, program: &str, args: &[&str]) -> String {
    let ran = ran(&Command::new(program).args(args).current_dir(lab.path()).output().unwrap());
    assert_eq!(ran.code, 0, "{program} {args:?}: {}{}", ran.out, ran.err);
    ran.out
}

#[test]
fn a_directory_and_a_tar() {
    let Some(lab) = built(&["-o", "type=local,dest=out", "-o", "type=tar,dest=out.tar"]) else { return };
    assert_eq!(std::fs::read_to_string(lab.path().join("out/dir/f")).unwrap(), "content\n");
    assert_eq!(std::fs::read_link(lab.path().join("out/dir/link")).unwrap().to_str(), Some("f"));
    assert!(!lab.path().join("out/bin/ip").exists(), "a removed file is in the directory");
    let list = tool(&lab, "tar", &["-tf", "out.tar"]);
    assert!(list.lines().any(|line| line == "dir/f") && !list.contains("bin/ip"), "{list}");
}

#[test]
fn skopeo_reads_layouts_archives_and_the_store() {
    let outputs =
        ["-o", "type=oci,dest=l,tar=false", "-o", "type=oci,dest=l.tar", "-o", "type=docker,dest=d.tar"];
    let Some(lab) = built(&outputs) else { return };
    if !has("skopeo") {
        return missing("skopeo is not installed");
    }
    let digest = |source: &str| {
        let text = tool(&lab, "skopeo", &["inspect", source]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["Digest"].as_str().unwrap().to_owned()
    };
    let own = lab.run(&["inspect", "app"]).out;
    let image = digest("oci:l:latest");
    assert!(own.contains(&image), "{own}");
    assert_eq!(digest("oci-archive:l.tar"), image);
    digest("docker-archive:d.tar");
    assert_eq!(digest("oci:store:app:latest"), image);
}

#[test]
fn podman_runs_the_image() {
    let Some(lab) = built(&["-o", "type=docker,dest=d.tar"]) else { return };
    if !is_root() || !has("podman") {
        return missing("podman is not installed, or this is not root");
    }
    let store = |args: &[&str]| {
        let mut all = vec![
            "--root",
            "podman",
            "--runroot",
            "podman-run",
            "--cgroup-manager",
            "cgroupfs",
            "--storage-driver",
            "vfs",
        ];
        all.extend(args);
        tool(&lab, "podman", &all)
    };
    store(&["load", "-q", "-i", "d.tar"]);
    let out = store(&[
        "run",
        "--rm",
        "--network",
        "none",
        "--runtime",
        "runc",
        "--ulimit",
        "nofile=1024:1024",
        "--ulimit",
        "nproc=1024:1024",
        "app",
        "cat",
        "/dir/link",
    ]);
    assert_eq!(out, "content\n");
}
