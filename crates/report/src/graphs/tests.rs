//! Tests of all graph formats.

use std::path::Path;

use stage::{Options, StageGraph};

use super::{ALL, MODULES};

const FILE: &str = "FROM golang:1.24 AS build\nRUN go build\nFROM build AS lint\nRUN vet\nFROM alpine:3.20 AS \"x\n\
                    FROM scratch\nCOPY --from=build /a /b /\nRUN --mount=from=busybox:1,target=/m x\n";

fn render(name: &str, text: &str) -> String {
    let graph = StageGraph::new(&syntax::parse(text), &Options::default());
    (crate::graph_format(name).unwrap().render)(&graph)
}

#[test]
fn the_table_lists_every_file() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/graphs");
    assert_eq!(crate::formats::tests::modules(&dir), MODULES);
    let names: Vec<_> = ALL.iter().map(|format| format.name).collect();
    assert_eq!(names, MODULES);
}

#[test]
fn text_shows_stages_and_what_they_read() {
    let expect = "  0  build    FROM golang:1.24
  1  lint     FROM build  (not needed)
  2  stage-2  FROM scratch  <- target
              COPY /a /b from build
              mount / from busybox:1
";
    let file = FILE.replace("FROM alpine:3.20 AS \"x\n", "");
    assert_eq!(render("text", &file), expect);
}

#[test]
fn mermaid_escapes_and_draws_every_link() {
    let shown = render("mermaid", FILE);
    assert!(shown.starts_with("flowchart LR\n  n0[\"build\"]\n"), "{shown}");
    assert!(shown.contains("n0 -->|\"/a /b\"| n3"), "{shown}");
    assert!(shown.contains("n0 ==> n1"), "{shown}");
    assert!(shown.contains("-.->"), "{shown}");
}

#[test]
fn svg_is_well_formed_and_places_needs_to_the_left() {
    let shown = render("svg", FILE);
    for tag in ["svg", "g", "title", "text", "style", "marker"] {
        let (open, close) =
            (shown.matches(&format!("<{tag}")).count(), shown.matches(&format!("</{tag}>")).count());
        assert_eq!(open, close, "{tag}");
    }
    let x = |title: &str| -> usize {
        let at = shown.find(&format!("<title>{title}")).unwrap_or_else(|| panic!("{title} in {shown}"));
        let rest = &shown[at..];
        let from = rest.find(" x=\"").unwrap() + 4;
        rest[from..].split('"').next().unwrap().parse().unwrap()
    };
    assert!(x("golang:1.24") < x("build"));
    assert!(x("build") < x("lint"));
}

#[test]
fn every_format_takes_every_graph() {
    for format in ALL {
        for text in ["", "RUN x", "FROM $X", "FROM <&>\"", "FROM a AS a\nFROM a AS a\nCOPY --from=9 / /"] {
            let graph = StageGraph::new(&syntax::parse(text), &Options::default());
            assert_eq!((format.render)(&graph), (format.render)(&graph), "{} {text}", format.name);
        }
    }
}
