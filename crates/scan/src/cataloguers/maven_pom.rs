//! What a project takes from Maven repositories: the dependencies of `pom.xml` (Maven, "POM reference") whose version the file says itself,
//! by a number, by a property or in `dependencyManagement`. What a parent or another file says is not known here, and such
//! dependencies have no version.

use std::collections::BTreeMap;

use facts::{Ecosystem, Package};

use crate::xml::{Event, Events};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "maven-pom",
    revision: 1,
    files: &[Pattern::Name("pom.xml")],
    reads: Reads::Declared,
    read,
};

/// So many properties make up a value at most, each of so many bytes: few can make much of little.
const MAX_PARTS: usize = 64;
const MAX_VALUE: usize = 1024;

/// What a file says.
#[derive(Default)]
struct Pom {
    properties: BTreeMap<String, String>,
    /// Group, artifact, version.
    managed: Vec<[String; 3]>,
    used: Vec<[String; 3]>,
}

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    let pom = parse(&text);
    let own = ["groupId", "artifactId", "version"].map(|name| pom.value(&format!("${{project.{name}}}")));
    let known = |text: &str| !text.is_empty() && !text.contains("${");
    if let [group, artifact, version] = &own
        && known(artifact)
    {
        let version = if known(version) { version.as_str() } else { "" };
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
        let version = version.trim_start_matches('[').trim_end_matches(']');
        found.push(Package::new(Ecosystem::Maven, format!("{group}:{artifact}"), version));
    }
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
        }
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
        // An older spelling of the project's own values.
        let name =
            name.strip_prefix("pom.").map_or_else(|| name.to_owned(), |name| format!("project.{name}"));
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
    fn what_is_cut_is_no_panic() {
        for len in (0..POM.len()).filter(|len| POM.is_char_boundary(*len)) {
            crate::cataloguers::tests::found(&CATALOGUER, "pom.xml", &POM[..len]);
        }
        crate::cataloguers::tests::found(&CATALOGUER, "pom.xml", "<a>".repeat(100_000));
    }
}
