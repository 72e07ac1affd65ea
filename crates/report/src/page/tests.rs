//! What a page shows, and what it never does.

use facts::{
    Attacks, Component, Ecosystem, Efficiency, Evidence, Inventory, LayerShare, Origin, Package, Risk,
    Secret, SecretPlace, Subject, Vulnerability,
};

use super::*;
use crate::Sbom;

const FILE: &str = "FROM a\nRUN x \\\n  <y>\nCMD z\n";

fn origin(line: u32, end: u32, text: &str) -> Origin {
    let instruction = Some(text.to_owned());
    Origin {
        layer: 1,
        file: Some("Dockerfile".into()),
        line: Some(line),
        end_line: Some(end),
        instruction,
        ..Origin::default()
    }
}

fn component() -> Component {
    let evidence = Evidence { path: "a/b".into(), layer: 0, cataloguer: "npm".into() };
    Component {
        package: Package::new(Ecosystem::Npm, "<script>alert(1)</script>", "1\"2"),
        places: vec![evidence],
        owner: None,
        origin: Some(origin(2, 3, "RUN x <y>")),
    }
}

fn page(source: bool) -> String {
    let subject = Subject { name: "app<b>".into(), ..Subject::default() };
    let inventory = Inventory { components: vec![component()], ..Inventory::default() };
    let vulnerability = |id: &str, risk| Vulnerability {
        id: id.into(),
        aliases: Vec::new(),
        risk,
        summary: "a & b".into(),
        component: 0,
        fixed: None,
        source: "test".into(),
        attacks: Attacks::default(),
    };
    let secret = Secret {
        rule: "key".into(),
        description: "a key".into(),
        severity: Risk::Low,
        place: SecretPlace::Variable { name: "TOKEN".into() },
        length: 5,
        mark: "12345678".into(),
        fingerprint: String::new(),
        origin: None,
        hidden_by: None,
    };
    let efficiency = Efficiency {
        total: 10,
        score: 1.0,
        layers: vec![LayerShare { size: 10, ..LayerShare::default() }],
        ..Efficiency::default()
    };
    let steps = [origin(1, 1, "FROM a")];
    let audit = Audit { subject: &subject, findings: &[], efficiency: &efficiency, steps: &steps };
    let page = Page {
        audit: Some(audit),
        source: source.then_some(("Dockerfile", FILE)),
        graph: Some("<svg></svg>"),
    };
    let scan = Scan {
        sbom: Sbom { subject: &subject, inventory: &inventory, time: 0 },
        vulnerabilities: &[vulnerability("CVE-1", Risk::High), vulnerability("CVE-2", Risk::Medium)],
        secrets: Some(&[secret]),
        excused: &[],
        notes: &["a note".to_owned()],
        page: Some(page),
    };
    let mut out = Vec::new();
    write(&scan, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn findings_stand_below_the_lines_that_brought_them() {
    let page = page(true);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is not in {page}"));
    let excerpt = "<pre><span data-n=\"2\">RUN x \\</span><span data-n=\"3\">  &lt;y&gt;</span></pre>";
    assert!(at(excerpt) < at("CVE-1") && at("CVE-1") < at("CVE-2"));
    assert!(at("CVE-2") < at("ENV TOKEN") && at("ENV TOKEN") < at("Size by instruction"));
    assert!(page.contains("<a href=\"#L1\">") && page.contains(" id=\"L1\""));
}

#[test]
fn without_the_dockerfile_the_instruction_is_shown() {
    let page = page(false);
    assert!(page.contains("<pre><span>RUN x &lt;y&gt;</span></pre>"), "{page}");
    assert!(!page.contains("href=\"#L"));
}

#[test]
fn pages_run_nothing_and_ask_nobody() {
    let page = page(true);
    for never in ["<script", "<b>app", "src=", "http:", "https:", "@import", "url("] {
        assert!(!page.replace("http-equiv", "").contains(never), "{never}");
    }
    for tag in ["table", "details", "span", "pre", "ul", "li", "tr", "td", "div", "body", "html"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}
