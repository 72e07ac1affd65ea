//! How files came into an image, and what they weigh.

use serde_json::Value;

use crate::lab::Lab;

const DOCKERFILE: &str = "FROM busybox AS build\n\
     WORKDIR /src\n\
     COPY tree tree\n\
     RUN cat tree/a.txt > out\n\
     RUN chmod 600 tree/a.txt\n\
     FROM build AS two\n\
     RUN mkdir /o && cp -a /src/tree /o/\n\
     FROM busybox\n\
     ADD data.tar /data/\n\
     COPY --from=build --chown=1000:10 /src/out /app/renamed\n\
     COPY --from=build /src/tree/*.txt /app/\n\
     COPY --from=two /o /o\n\
     COPY --from=build /bin/busybox /bin2/\n\
     COPY <<EOF /doc\nhello\nEOF\n\
     RUN rm /app/a.txt; chmod 755 /o/tree/sub/b.txt; ln -s /app/renamed /link; rm -r /data/gone\n";

fn built() -> Option<Lab> {
    let lab = Lab::new()?;
    lab.file("tree/a.txt", "a");
    lab.file("tree/sub/b.txt", "b");
    lab.file("d/gone/x", "x");
    lab.file("d/stays", "y");
    let mut tar = std::process::Command::new("tar");
    tar.args(["cf", "data.tar", "-C", "d", "."]).current_dir(lab.context());
    assert!(tar.status().unwrap().success());
    lab.build(DOCKERFILE);
    Some(lab)
}

/// The steps of a path: what each did, its line (0 where it has none), the path there.
fn steps(lab: &Lab, path: &str) -> Vec<(String, u64, String)> {
    let ran = lab.run(&["--json", "why", "app", path]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    assert_eq!(answer["lineage"], true);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let step =
        |step: &Value| (text(&step["what"]), step["by"]["line"].as_u64().unwrap_or(0), text(&step["path"]));
    answer["answers"][0]["steps"].as_array().unwrap().iter().map(step).collect()
}

#[test]
fn a_file_is_followed_through_stages_to_its_origin() {
    let Some(lab) = built() else { return };
    let check = |path: &str, expect: &[(&str, u64, &str)]| {
        let steps = steps(&lab, path);
        let steps: Vec<_> =
            steps.iter().map(|(what, line, path)| (what.as_str(), *line, path.as_str())).collect();
        assert_eq!(steps, expect, "{path}");
    };
    check("/app/renamed", &[("copied", 10, "/app/renamed"), ("wrote", 4, "/src/out")]);
    check("/link", &[("copied", 10, "/app/renamed"), ("wrote", 4, "/src/out")]);
    check("/o/tree/a.txt", &[("copied", 12, "/o/tree/a.txt"), ("wrote", 7, "/o/tree/a.txt")]);
    check(
        "/o/tree/sub/b.txt",
        &[
            ("metadata", 17, "/o/tree/sub/b.txt"),
            ("copied", 12, "/o/tree/sub/b.txt"),
            ("wrote", 7, "/o/tree/sub/b.txt"),
        ],
    );
    check(
        "/app/a.txt",
        &[
            ("deleted", 17, "/app/a.txt"),
            ("copied", 11, "/app/a.txt"),
            ("metadata", 5, "/src/tree/a.txt"),
            ("copied", 3, "/src/tree/a.txt"),
            ("context", 0, "tree/a.txt"),
        ],
    );
    check("/data/stays", &[("copied", 9, "/data/stays"), ("context", 0, "stays")]);
    check(
        "/data/gone/x",
        &[("deleted", 17, "/data/gone/x"), ("copied", 9, "/data/gone/x"), ("context", 0, "gone/x")],
    );
    check("/doc", &[("copied", 14, "/doc"), ("heredoc", 14, "/EOF")]);
    check("/bin/busybox", &[("base", 8, "/bin/busybox")]);
    check("/bin2/busybox", &[("copied", 13, "/bin2/busybox"), ("base", 1, "/bin/busybox")]);
    check("/bin2", &[("made", 13, "/bin2")]);
    check("/nothing", &[]);
    assert_eq!(lab.run(&["why", "app", "/app/renamed"]).code, 0);
    assert_eq!(lab.run(&["why", "app", "/nothing"]).code, 1);
}

#[test]
fn a_cached_build_knows_as_much_and_changes_nothing() {
    let Some(lab) = built() else { return };
    let before = lab.run(&["--json", "why", "app", "/app/renamed", "/bin2/busybox", "/data/stays"]).out;
    let again = lab.build(DOCKERFILE);
    assert_eq!(again.done(), 0, "{}", again.err);
    assert_eq!(
        lab.run(&["--json", "why", "app", "/app/renamed", "/bin2/busybox", "/data/stays"]).out,
        before
    );
    // The same image from other lines.
    lab.build(&format!("# a comment\n{DOCKERFILE}"));
    let moved = lab.run(&["--json", "why", "app", "/app/renamed", "/bin2/busybox", "/data/stays"]).out;
    assert!(before.contains("\"line\":10,") && moved.contains("\"line\":11,"), "{moved}");
    // What names keep, collection keeps.
    assert_eq!(lab.run(&["store", "gc"]).code, 0);
    assert_eq!(lab.run(&["--json", "why", "app", "/app/renamed", "/bin2/busybox", "/data/stays"]).out, moved);
}

#[test]
fn sizes_are_those_of_the_steps() {
    let Some(lab) = built() else { return };
    let blame = |args: &[&str]| -> Value {
        let ran = lab.run(&[&["--json", "blame", "app", "--depth", "1"], args].concat());
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err))
    };
    let of = |value: &Value, line: u64, key: &str| {
        let steps = value["steps"].as_array().unwrap();
        steps.iter().find(|step| step["by"]["line"] == line).map(|step| step[key].as_u64().unwrap())
    };
    let shallow = blame(&[]);
    assert_eq!((of(&shallow, 10, "bytes"), of(&shallow, 10, "files")), (Some(1), Some(1)));
    assert_eq!((of(&shallow, 11, "bytes"), of(&shallow, 11, "deleted")), (Some(0), Some(1)));
    assert_eq!((of(&shallow, 12, "bytes"), of(&shallow, 12, "overwritten")), (Some(1), Some(1)));
    assert_eq!(of(&shallow, 9, "deleted"), Some(1));
    let deep = blame(&["--origins"]);
    assert_eq!((of(&deep, 4, "bytes"), of(&deep, 10, "bytes")), (Some(1), None));
    let text = lab.run(&["blame", "app"]).out;
    assert!(text.contains("Dockerfile:12  COPY --from=two /o /o"), "{text}");
}

#[test]
fn an_image_of_others_has_layers_and_history() {
    let Some(lab) = Lab::new() else { return };
    let mut copy = std::process::Command::new("cp");
    assert!(copy.arg("-r").arg(crate::lab::base()).arg(lab.path().join("other")).status().unwrap().success());
    let index = lab.path().join("other/index.json");
    let mut value: Value = serde_json::from_str(&std::fs::read_to_string(&index).unwrap()).unwrap();
    value["manifests"][0].as_object_mut().unwrap().remove("annotations");
    std::fs::write(&index, value.to_string()).unwrap();
    let ran = lab.run(&["why", "other", "/bin/busybox"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("layer 1") && ran.out.contains("no lineage is beside this image"),
        "{}",
        ran.out
    );
}

#[test]
fn lineage_goes_where_the_image_goes() {
    let Some(lab) = built() else { return };
    let paths = ["/app/renamed", "/bin2/busybox", "/o/tree/sub/b.txt", "/data/gone/x"];
    let why = |lab: &Lab, image: &str| {
        let ran = lab.run(&[&["--json", "why", image], &paths[..]].concat());
        let mut answer: Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
        answer["image"].take();
        answer
    };
    let own = why(&lab, "app");
    for (kind, image) in [("type=oci,dest=l,tar=false", "l"), ("type=oci,dest=l.tar", "l.tar")] {
        let ran = lab.build_with(DOCKERFILE, &["-o", kind]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let fresh = Lab::new().unwrap();
        assert_eq!(why(&fresh, &lab.path().join(image).display().to_string()), own, "{kind}");
    }
    let Some(registry) = crate::registry::Registry::start(&lab) else { return };
    let name = format!("{}/team/app:1", registry.host);
    let pushed = lab.run(&["push", "app", &name]);
    assert_eq!(pushed.code, 0, "{}", pushed.err);
    let copy = format!("{}/team/copy:1", registry.host);
    assert_eq!(lab.run(&["copy", &name, &copy]).code, 0);
    for name in [name, copy] {
        let fresh = Lab::new().unwrap();
        let pulled = fresh.run(&["pull", &name]);
        assert_eq!(pulled.code, 0, "{}", pulled.err);
        assert_eq!(why(&fresh, &name), own, "{name}");
    }
}
