//! What a project takes from Maven repositories: the dependencies of `pom.xml` (Maven, "POM reference") whose version the file says itself,
//! by a number, by a property or in `dependencyManagement`, and those that its parents in the same project say so. What a parent elsewhere says is
//! not known here, and such dependencies have no version; nor have those for which a range of versions does.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Ecosystem, Package};

use crate::xml::{Event, Events};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "maven-pom",
    revision: 2,
    files: &[Pattern::Name("pom.xml")],
    reads: Reads::Declared,
    read,
};

/// So many properties make up a value at most, each of so many bytes: few can make much of little.
const MAX_PARTS: usize = 64;
const MAX_VALUE: usize = 1024;

/// So many files are looked at for what a project inherits.
const MAX_PARENTS: usize = 8;

/// What a file says.
#[derive(Default)]
struct Pom {
    properties: BTreeMap<String, String>,
    /// Group, artifact, version.
    managed: Vec<[String; 3]>,
    used: Vec<[String; 3]>,
    /// Where its parent is, as it says: group, artifact, version, and the path.
    parent: [String; 3],
    parent_path: Option<String>,
}

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    let mut pom = parse(&text);
    inherit(&mut pom, file);
    let [group, artifact, version] = pom.own();
    if !artifact.is_empty() {
        found.push(Package::new(Ecosystem::Maven, format!("{group}:{artifact}"), version));
    }
    for [group, artifact, version] in &pom.used {
        let (group, artifact) = (pom.value(group), pom.value(artifact));
        if !known(&group) || !known(&artifact) {
            continue;
        }
        let managed = || {
            let same = |one: &&[String; 3]| pom.value(&one[0]) == group && pom.value(&one[1]) == artifact;
            pom.managed.iter().find(same).map(|one| pom.value(&one[2]))
        };
        let version = Some(pom.value(version)).filter(|text| known(text)).or_else(managed);
        let version = version.filter(|text| known(text)).unwrap_or_default();
        found.push(Package::new(Ecosystem::Maven, format!("{group}:{artifact}"), exact(&version)));
    }
}

fn known(text: &str) -> bool {
    !text.is_empty() && !text.contains("${")
}

/// `1.0` of `1.0` and of `[1.0]`; nothing of other ranges.
fn exact(version: &str) -> &str {
    let inner = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(version);
    if inner.contains(['[', ']', '(', ')', ',']) { "" } else { inner.trim() }
}

/// Group, artifact and version of the project that a text is about; empty where it does not say them.
pub(super) fn coordinates(text: &str) -> [String; 3] {
    parse(text).own()
}

/// Adds what the parents of a file say that lie in the same project.
fn inherit(pom: &mut Pom, file: &FileToRead<'_>) {
    let mut path = Some(("pom.xml".to_owned(), pom.parent.clone(), pom.parent_path.clone()));
    for _ in 0..MAX_PARENTS {
        let Some((from, named, told)) = path.take() else { return };
        let Some(place) = parent_of(&from, told.as_deref()) else { return };
        let Some(parent) = file.above(&place).map(|text| parse(&text)) else { return };
        // A file that is there by chance is no parent.
        if named[1].is_empty() || parent.own()[1] != named[1] {
            return;
        }
        path = Some((place, parent.parent.clone(), parent.parent_path.clone()));
        pom.take(parent);
    }
}

/// Where the parent of a file is: `../pom.xml` unless the file says another path, and nowhere when that is empty.
fn parent_of(file: &str, told: Option<&str>) -> Option<String> {
    let told = told.unwrap_or("../pom.xml");
    if told.is_empty() || told.starts_with('/') || told.contains("${") {
        return None;
    }
    let dir = file.rsplit_once('/').map_or("", |(dir, _)| dir);
    let slash = if dir.is_empty() { "" } else { "/" };
    let name = told.rsplit('/').next().unwrap_or_default();
    let is_file = name.rsplit_once('.').is_some_and(|(_, end)| end == "xml");
    Some(format!("{dir}{slash}{told}{}", if is_file { "" } else { "/pom.xml" }))
}

fn parse(text: &str) -> Pom {
    let mut pom = Pom::default();
    let (mut path, mut value): (Vec<String>, String) = (Vec::new(), String::new());
    let mut open: [String; 3] = Default::default();
    for event in Events::of(text) {
        match event {
            Event::Begin(name) => {
                path.push(name.to_owned());
                value.clear();
            }
            Event::Text(text) if value.len() + text.len() <= MAX_VALUE => value += text,
            Event::Text(_) => {}
            Event::End => {
                let at: Vec<&str> = path.iter().map(String::as_str).collect();
                element(&mut pom, &mut open, &at, value.trim());
                value.clear();
                path.pop();
            }
        }
    }
    pom
}

/// The end of an element.
fn element(pom: &mut Pom, open: &mut [String; 3], at: &[&str], value: &str) {
    const FIELDS: [&str; 3] = ["groupId", "artifactId", "version"];
    let field = |name: &str| FIELDS.iter().position(|known| *known == name);
    match at {
        ["project", "properties", name] => {
            pom.properties.insert((*name).to_owned(), value.to_owned());
        }
        ["project", name] if field(name).is_some() => {
            pom.properties.insert(format!("project.{name}"), value.to_owned());
        }
        // A group or version that is not there is that of the parent.
        ["project", "parent", name @ ("groupId" | "version")] => {
            pom.properties.entry(format!("project.{name}")).or_insert_with(|| value.to_owned());
            pom.properties.insert(format!("project.parent.{name}"), value.to_owned());
            if let Some(at) = field(name) {
                value.clone_into(&mut pom.parent[at]);
            }
        }
        ["project", "parent", "artifactId"] => value.clone_into(&mut pom.parent[1]),
        ["project", "parent", "relativePath"] => pom.parent_path = Some(value.to_owned()),
        ["project", .., "dependencies", "dependency", name] => {
            if let Some(at) = field(name) {
                value.clone_into(&mut open[at]);
            }
        }
        ["project", rest @ .., "dependencies", "dependency"] => {
            let is_managed = rest.contains(&"dependencyManagement");
            let is_tool = rest.contains(&"plugin");
            let done = std::mem::take(open);
            if is_managed {
                pom.managed.push(done);
            } else if !is_tool {
                pom.used.push(done);
            }
        }
        _ => {}
    }
}

impl Pom {
    /// Its own group, artifact and version, as far as they are known.
    fn own(&self) -> [String; 3] {
        ["groupId", "artifactId", "version"].map(|name| {
            let value = self.value(&format!("${{project.{name}}}"));
            if known(&value) { value } else { String::new() }
        })
    }

    /// Takes from a parent what the file does not say itself. The project's own values are not among it: those in what is inherited are those of
    /// the heir.
    fn take(&mut self, parent: Self) {
        for (name, value) in parent.properties {
            if !name.starts_with("project.") {
                self.properties.entry(name).or_insert(value);
            }
        }
        self.managed.extend(parent.managed);
        let own: BTreeSet<[String; 2]> =
            self.used.iter().map(|[group, name, _]| [group.clone(), name.clone()]).collect();
        let inherited =
            parent.used.into_iter().filter(|[group, name, _]| !own.contains(&[group.clone(), name.clone()]));
        self.used.extend(inherited);
    }

    /// A value with the properties in it, as far as they are known.
    fn value(&self, text: &str) -> String {
        self.expanded(text, &mut MAX_PARTS.clone())
    }

    fn expanded(&self, text: &str, left: &mut usize) -> String {
        let Some((before, (name, after))) =
            text.split_once("${").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        else {
            return text.to_owned();
        };
        if *left == 0 {
            return text.to_owned();
        }
        *left -= 1;
        // Older spellings of the project's own values.
        let name = match name.split_once('.') {
            Some(("pom", rest)) => format!("project.{rest}"),
            Some(("parent", "groupId" | "version")) => format!("project.{name}"),
            _ => name.to_owned(),
        };
        let value = self.properties.get(&name).map(|value| self.expanded(value, left));
        let value = value.unwrap_or_else(|| format!("${{{name}}}"));
        format!("{before}{value}{}", self.expanded(after, left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    const POM: &str = r#"<?xml version="1.0"?>
        <!-- <dependency> --> <project xmlns="x">
        <parent><groupId>org.p</groupId><artifactId>p</artifactId><version>7</version></parent>
        <artifactId>me</artifactId>
        <properties><v.a>1.${minor}</v.a><minor>2</minor><loop>${loop}</loop></properties>
        <dependencyManagement><dependencies>
          <dependency><groupId>org.m</groupId><artifactId>m</artifactId><version>3.0</version></dependency>
        </dependencies></dependencyManagement>
        <dependencies>
          <dependency><groupId>org.a</groupId><artifactId>a</artifactId><version>${v.a}</version><exclusions><exclusion><groupId>no</groupId></exclusion></exclusions></dependency>
          <dependency><groupId>org.m</groupId><artifactId>m</artifactId></dependency>
          <dependency><groupId>${project.groupId}</groupId><artifactId>sib</artifactId><version>${project.version}</version></dependency>
          <dependency><groupId>org.u</groupId><artifactId>u</artifactId><version>${loop}</version></dependency>
        </dependencies>
        <build><plugins><plugin><dependencies><dependency><groupId>t</groupId><artifactId>t</artifactId><version>1</version></dependency></dependencies></plugin></plugins></build>
        </project>"#;

    #[test]
    fn versions_are_those_that_the_file_says() {
        let expect = ["org.p:me 7", "org.a:a 1.2", "org.m:m 3.0", "org.p:sib 7", "org.u:u "];
        check(&CATALOGUER, "pom.xml", POM, &expect);
    }

    #[test]
    fn ranges_are_no_versions() {
        assert_eq!(["1.0", "[1.0]", "[1,2)", "(,1]"].map(exact), ["1.0", "1.0", "", ""]);
    }

    #[test]
    fn parents_within_the_project_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let parent = |artifact: &str, path: &str| {
            format!(
                "<parent><groupId>g</groupId><artifactId>{artifact}</artifactId><version>1</version>{path}</parent>"
            )
        };
        let used = |artifact: &str, version: &str| {
            format!(
                "<dependencies><dependency><groupId>g</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency></dependencies>"
            )
        };
        put(
            "bom/pom.xml",
            &format!(
                "<project><groupId>g</groupId><artifactId>top</artifactId><version>1</version><properties><v>3</v><w>4</w></properties>{}</project>",
                used("all", "${project.version}")
            ),
        );
        put(
            "pom.xml",
            &format!(
                "<project>{}<artifactId>mid</artifactId><properties><v>5</v></properties><dependencyManagement>{}</dependencyManagement></project>",
                parent("top", "<relativePath>bom</relativePath>"),
                used("m", "${w}")
            ),
        );
        let child = |name: &str, version: &str| {
            format!(
                "<project>{}<artifactId>c</artifactId><version>2</version><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>{version}</version></dependency><dependency><groupId>g</groupId><artifactId>m</artifactId></dependency></dependencies></project>",
                parent(name, "")
            )
        };
        put("c/pom.xml", "");
        let check = |text: String, expect: &[&str]| {
            let (content, mut found) = (crate::Content::of(text.into_bytes()), Found::default());
            let dir = dir.path().join("c");
            let scratch = &tempfile::tempfile;
            let file = FileToRead { path: "c/pom.xml", content: &content, dir: Some(&dir), scratch };
            read(&file, &mut found);
            let names = found.packages.iter().map(|one| format!("{} {}", one.name, one.version));
            assert_eq!(names.collect::<Vec<_>>(), expect);
        };
        check(child("mid", "${v}"), &["g:c 2", "g:a 5", "g:m 4", "g:all 2"]);
        check(child("other", "${parent.version}"), &["g:c 2", "g:a 1", "g:m "]);
    }

    #[test]
    fn what_is_cut_is_no_panic() {
        for len in (0..POM.len()).filter(|len| POM.is_char_boundary(*len)) {
            crate::cataloguers::tests::found(&CATALOGUER, "pom.xml", &POM[..len]);
        }
        crate::cataloguers::tests::found(&CATALOGUER, "pom.xml", "<a>".repeat(100_000));
    }
}
