//! What is in an image, which line brought it, and what is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::lab::{Lab, Ran};

const DOCKERFILE: &str = "FROM busybox AS build\n\
    RUN mkdir -p /var/lib/dpkg /etc && echo ID=debian > /etc/os-release && echo VERSION_ID=12 >> /etc/os-release && \
    printf 'Package: p\\nSource: s\\nVersion: 1\\n\\n' > /var/lib/dpkg/status\n\
    FROM busybox\n\
    COPY --from=build /var/lib/dpkg /var/lib/dpkg\n\
    COPY --from=build /etc/os-release /etc/os-release\n\
    RUN printf 'Package: q\\nVersion: 2-1\\n' >> /var/lib/dpkg/status\n";

const ADVISORIES: &str = r#"{"s": {"CVE-1": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "2", "urgency": "high"}}}},
    "q": {"CVE-2": {"releases": {"bookworm": {"status": "open", "urgency": "low"}, "trixie": {"status": "open"}}},
          "CVE-3": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "2-1", "urgency": "high"}}}}}"#;

fn built() -> Option<Lab> {
    let lab = Lab::new()?;
    lab.build(DOCKERFILE);
    Some(lab)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err))
}

/// What a scan found, each in a line.
fn found(value: &Value) -> Vec<String> {
    let text = |one: &Value, at: &str| {
        one.pointer(at).map_or_else(String::new, |one| one.to_string().replace('"', ""))
    };
    let line = |one: &Value| {
        let fields = [
            "/id",
            "/severity",
            "/fixedVersion",
            "/package/name",
            "/package/origin/line",
            "/package/origin/copiedOn",
        ];
        fields.map(|at| text(one, at)).join(" ")
    };
    value["vulnerabilities"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn findings_name_the_line_that_brought_the_package() {
    let Some(lab) = built() else { return };
    let file = lab.path().join("advisories.json");
    fs::write(&file, ADVISORIES).unwrap();
    let ran = lab.run(&["db", "import", file.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for _ in 0..2 {
        let value = json(&lab.run(&["scan", "--json", "app"]));
        assert_eq!(found(&value), ["CVE-1 high 2 p 2 4", "CVE-2 low null q 6 "]);
    }
    for (least, code) in [("critical", 0), ("high", 1), ("low", 1)] {
        assert_eq!(lab.run(&["scan", "--fail-on", least, "app"]).code, code, "{least}");
    }
    assert_eq!(lab.run(&["scan", "--fail-on", "bad", "app"]).code, 2);
    assert!(lab.run(&["scan", "app"]).out.contains("RUN printf"));
    let page = lab.run(&["scan", "-f", "html", "--context", "context", "app"]).out;
    assert!(page.contains("CVE-1") && page.contains("<svg") && page.contains("id=\"L6\""), "{page}");
    let template = lab.path().join("report.txt");
    fs::write(&template, "{% for one in vulnerabilities %}{{ one.id }} {% endfor %}").unwrap();
    assert_eq!(lab.run(&["scan", "--template", template.to_str().unwrap(), "app"]).out, "CVE-1 CVE-2 ");
    assert!(lab.run(&["db", "status"]).out.contains("debian-12"));
}

#[test]
fn an_archive_and_a_directory_have_what_the_image_has() {
    let Some(lab) = built() else { return };
    let archive = lab.path().join("app.tar");
    let output = format!("type=docker,dest={}", archive.display());
    let ran = lab.build_with(DOCKERFILE, &["-o", &output]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let names = |target: &str| {
        let value = json(&lab.run(&["sbom", "--json", target]));
        let packages = value["packages"].as_array().unwrap();
        packages.iter().map(|one| one["purl"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let expect = ["pkg:deb/debian/p@1?distro=debian-12&upstream=s", "pkg:deb/debian/q@2-1?distro=debian-12"];
    assert_eq!(names("app"), expect);
    assert_eq!(names(archive.to_str().unwrap()), expect);
    assert_eq!(names(archive.to_str().unwrap()), expect, "and once more, from the cache");
    let root = lab.path().join("rootfs/var/lib/dpkg");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("status"), "Package: p\nVersion: 1\n").unwrap();
    assert_eq!(names(lab.path().join("rootfs").to_str().unwrap()), ["pkg:deb/p@1"]);
    assert_eq!(lab.run(&["sbom", "--format", "bad", "app"]).code, 2);
}

/// Empties all layers of the lab's store.
fn empty_layers(lab: &Lab) {
    for layer in fs::read_dir(lab.path().join("store/layers")).unwrap() {
        let files = layer.unwrap().path().join("fs");
        fs::remove_dir_all(&files).unwrap();
        fs::create_dir(&files).unwrap();
    }
}

#[test]
fn layers_of_a_build_are_not_read_again() {
    let (Some(below), Some(lab)) = (built(), Lab::new()) else { return };
    let layout = below.path().join("layout");
    let output = format!("type=oci,tar=false,dest={}", layout.display());
    let ran = below.build_with(DOCKERFILE, &["-o", &output]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let names = |lab: &Lab| {
        let value = json(&lab.run(&["sbom", "--json", "app"]));
        let packages = value["packages"].as_array().unwrap();
        packages.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    empty_layers(&below);
    assert_eq!(names(&below), ["p", "q"], "what steps made");
    let base = format!("base=oci-layout://{}", layout.display());
    let ran = lab.build_with("FROM base\nRUN echo > /x\n", &["--build-context", &base]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    empty_layers(&lab);
    assert_eq!(names(&lab), ["p", "q"], "what bases brought");
}

const KEV: &str = r#"{"title": "x", "catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-1", "dateAdded": "2024-05-06"}]}"#;

const OSV: &str = r#"{"id": "GHSA-1", "aliases": ["CVE-1"], "summary": "bad", "affected": [{"package": {"name": "a", "ecosystem": "npm"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.0"}]}]}]}"#;

/// A project with a package of npm, and settings whose sources are at a server that goes away after the first update.
fn updated() -> Lab {
    let lab = Lab::without_steps();
    fs::write(
        lab.path().join("package-lock.json"),
        r#"{"packages": {"node_modules/a": {"version": "1.1.0"}}}"#,
    )
    .unwrap();
    let server = testkit::Server::start(|seen| match seen.path() {
        "/osv.json" => testkit::Reply::ok(OSV),
        "/kev.json" => testkit::Reply::ok(KEV),
        "/epss.csv" => testkit::Reply::ok("cve,epss,percentile\nCVE-1,0.9,0.99\n"),
        _ => testkit::Reply::new(404),
    });
    let feed = |name: &str, file: &str| format!("{name} = \"{}\"\n", server.url(&format!("/{file}")));
    let feeds = [
        feed("osv-npm", "osv.json"),
        feed("kev", "kev.json"),
        feed("epss", "epss.csv"),
        feed("none", "none.json"),
    ];
    fs::write(lab.path().join("cooper.toml"), format!("[db.feeds]\n{}", feeds.concat())).unwrap();
    let ran = lab.run(&["db", "update", "osv-npm", "kev", "epss", "none"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("none") && ran.out.contains("answered 404"), "{}", ran.out);
    lab
}

#[test]
fn a_download_that_fails_ends_no_scan() {
    let lab = updated();
    assert_ne!(lab.run(&["db", "update", "none"]).code, 0, "nothing could be had");
    let value = json(&lab.run(&["scan", "--json", "."]));
    let one = &value["vulnerabilities"][0];
    assert_eq!(
        (&one["id"], &one["aliases"][0], &one["source"]),
        (&"CVE-1".into(), &"GHSA-1".into(), &"ghsa".into())
    );
    assert_eq!(one["attacks"]["exploitedSince"], "2024-05-06");
    assert_eq!(one["attacks"]["likelihood"], "0.9");
    assert_eq!(lab.run(&["db", "update", "nothing"]).code, 2);
}

/// The directories of a store that have a file below this path.
fn layers_with(dir: &Path, path: &str, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let place = entry.path();
        if place.join(path).is_file() {
            out.push(place.clone());
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            layers_with(&place, path, out);
        }
    }
}

#[test]
fn what_a_build_made_is_known_without_reading_it_again() {
    let lab = Lab::without_steps();
    lab.file("m/package.json", r#"{"name": "known", "version": "1.2.3"}"#);
    // Layers that are small are left to whoever asks.
    lab.file("m/large", &"7".repeat(1 << 20));
    lab.build("FROM scratch\nCOPY m /m\n");
    let mut layers = Vec::new();
    layers_with(&lab.path().join("store"), "m/package.json", &mut layers);
    assert!(!layers.is_empty(), "the layer is unpacked");
    for layer in &layers {
        fs::write(layer.join("m/package.json"), "{}").unwrap();
    }
    let value = json(&lab.run(&["sbom", "--json", "app"]));
    assert_eq!(value["packages"][0]["name"], "known", "{value}");
}

#[test]
fn what_is_excused_is_told_and_does_not_count() {
    let lab = updated();
    let dir = lab.path().join(".cooper");
    fs::create_dir_all(&dir).unwrap();
    let exceptions = "[[exception]]\nid = \"GHSA-1\"\nreason = \"not used\"\n[[exception]]\nid = \"CVE-7\"\nreason = \"x\"\n";
    fs::write(dir.join("exceptions.toml"), exceptions).unwrap();
    let ran = lab.run(&["scan", "--json", "--fail-on", "unknown", "."]);
    let value = json(&ran);
    assert_eq!((ran.code, &value["excused"][0]["excuse"]["reason"]), (0, &"not used".into()));
    assert!(value["notes"].to_string().contains("CVE-7"), "{}", value["notes"]);
    // What one scan says in OpenVEX, the next one reads.
    let vex = lab.path().join("a.vex.json");
    let text = lab.run(&["scan", "-f", "openvex", "."]).out.replace("\"affected\"", "\"fixed\"");
    fs::write(&vex, text).unwrap();
    fs::remove_dir_all(&dir).unwrap();
    assert_eq!(lab.run(&["scan", "--fail-on", "unknown", "."]).code, 1);
    let ran = lab.run(&["scan", "--json", "--fail-on", "unknown", "--vex", vex.to_str().unwrap(), "."]);
    assert_eq!((ran.code, json(&ran)["excused"][0]["excuse"]["status"].clone()), (0, "fixed".into()));
}

#[test]
fn hostile_files_end_no_scan() {
    let lab = Lab::without_steps();
    let root = lab.path().join("rootfs");
    let put = |path: &str, bytes: &[u8]| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("var/lib/dpkg/status", b"Package: p\nVersion: 1\n");
    put("node_modules/a/package.json", "{\"a\":".repeat(100_000).as_bytes());
    put("package-lock.json", "[".repeat(500_000).as_bytes());
    put("app/x.jar", b"PK\x03\x04 and no more");
    put("lib/x.so", &[b"\x7fELF\x02\x01\x01".as_slice(), &[0xff; 300]].concat());
    put("var/lib/rpm/rpmdb.sqlite", b"SQLite format 3\0\xff\xff");
    for (link, target) in [("a", "b"), ("b", "a"), ("up", ".."), ("var/lib/dpkg/status.d", "../dpkg")] {
        std::os::unix::fs::symlink(target, root.join(link)).unwrap();
    }
    let value = json(&lab.run(&["sbom", "--json", "rootfs"]));
    let packages = value["packages"].as_array().unwrap();
    assert_eq!(packages.iter().map(|one| one["purl"].as_str().unwrap()).collect::<Vec<_>>(), ["pkg:deb/p@1"]);
    assert_eq!(value["unread"][0]["path"], "/app/x.jar");
    for (bytes, why) in [([0x55; 4096].as_slice(), "not a tar archive"), (&[0; 100], "cannot be used")] {
        fs::write(lab.path().join("image.tar"), bytes).unwrap();
        let ran = lab.run(&["sbom", "image.tar"]);
        assert!(ran.code == 4 && ran.err.contains(why), "{} {}", ran.code, ran.err);
    }
}
