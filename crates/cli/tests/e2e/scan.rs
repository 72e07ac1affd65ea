//! What is in an image, which line brought it, and what is wrong with it.

use std::fs;

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
    assert!(lab.run(&["rule", "CIS-DI-0001"]).out.starts_with("# root-user"));
    assert!(lab.run(&["rule"]).out.contains("IM001"));
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
