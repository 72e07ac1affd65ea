//! `OpenVEX` documents (openvex.dev, specification 0.2.0): which vulnerabilities a product does not have, and why.

use std::fmt;

use serde::Deserialize;

/// More statements are refused.
const MAX_STATEMENTS: usize = 200_000;

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vex {
    statements: Vec<Statement>,
}

/// Bytes that are no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VexError(String);

impl fmt::Display for VexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is no OpenVEX document: {}", self.0)
    }
}

impl std::error::Error for VexError {}

#[derive(Deserialize)]
struct Document {
    #[serde(default, rename = "@context")]
    context: String,
    statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Statement {
    vulnerability: Named,
    #[serde(default)]
    products: Vec<Product>,
    status: String,
    #[serde(default)]
    justification: String,
    #[serde(default, rename = "impact_statement")]
    impact: String,
}

/// A vulnerability: the name alone in older documents.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Named {
    Name(String),
    Full {
        #[serde(default, rename = "@id")]
        id: String,
        #[serde(default)]
        name: String,
        #[serde(default)]
        aliases: Vec<String>,
    },
}

/// A product: its name alone in older documents.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Product {
    Name(String),
    Full {
        #[serde(default, rename = "@id")]
        id: String,
        #[serde(default)]
        identifiers: Identifiers,
        #[serde(default)]
        subcomponents: Vec<Product>,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Identifiers {
    #[serde(default)]
    purl: String,
}

/// What is asked of a document.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// All identifiers of the vulnerability.
    pub ids: &'a [&'a str],
    /// The package that has it, as package URL.
    pub purl: &'a str,
    /// Names of what was scanned: of an image its name and its digest.
    pub subject: &'a [&'a str],
}

impl Vex {
    /// Reads a document.
    pub fn parse(bytes: &[u8]) -> Result<Self, VexError> {
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| VexError(error.to_string()))?;
        if !document.context.contains("openvex") {
            return Err(VexError("its `@context` is another one".to_owned()));
        }
        if document.statements.len() > MAX_STATEMENTS {
            return Err(VexError("it has too many statements".to_owned()));
        }
        Ok(Self { statements: document.statements })
    }

    /// Status and reason of the last statement that says that the vulnerability does not count.
    pub fn excuses(&self, asked: &Asked<'_>) -> Option<(&str, &str)> {
        let about = |one: &&Statement| one.vulnerability.is_one_of(asked.ids) && one.is_about(asked);
        // Later statements take back earlier ones.
        let last = self.statements.iter().rev().find(about)?;
        let reason = if last.justification.is_empty() { &last.impact } else { &last.justification };
        matches!(last.status.as_str(), "not_affected" | "fixed")
            .then_some((last.status.as_str(), reason.as_str()))
    }
}

impl Named {
    fn is_one_of(&self, ids: &[&str]) -> bool {
        let has = |name: &str| ids.iter().any(|id| id.eq_ignore_ascii_case(name));
        match self {
            Self::Name(name) => has(name),
            // The identifier can be an address that ends with the name.
            Self::Full { id, name, aliases } => {
                has(name)
                    || has(id.rsplit('/').next().unwrap_or_default())
                    || aliases.iter().any(|name| has(name))
            }
        }
    }
}

impl Statement {
    fn is_about(&self, asked: &Asked<'_>) -> bool {
        self.products.is_empty() || self.products.iter().any(|product| product.is(asked))
    }
}

impl Product {
    /// Whether it is the package, or what was scanned with the package among the parts that it names.
    fn is(&self, asked: &Asked<'_>) -> bool {
        let subject = self.names().any(|name| asked.subject.iter().any(|subject| is_image(name, subject)));
        match self {
            Self::Full { subcomponents, .. } if !subcomponents.is_empty() => {
                subject && subcomponents.iter().any(|part| part.names().any(|name| covers(name, asked.purl)))
            }
            _ => subject || self.names().any(|name| covers(name, asked.purl)),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let all = match self {
            Self::Name(name) => [name.as_str(), ""],
            Self::Full { id, identifiers, .. } => [id.as_str(), identifiers.purl.as_str()],
        };
        all.into_iter().filter(|name| !name.is_empty())
    }
}

/// Whether a product is an image of this name or digest: literally, or as package URL (purl-spec, "oci").
fn is_image(product: &str, subject: &str) -> bool {
    let Some(purl) = product.strip_prefix("pkg:oci/") else { return product == subject };
    let (path, _) = purl.split_once('?').unwrap_or((purl, ""));
    if let Some((_, digest)) = path.split_once('@') {
        return digest.replace("%3A", ":") == subject;
    }
    let name = subject.split('@').next().unwrap_or_default();
    name.rsplit('/').next().unwrap_or_default().split(':').next() == Some(path)
}

/// Whether a package URL is the other one, or says less of it: no version, or not all qualifiers.
fn covers(general: &str, purl: &str) -> bool {
    let split = |text: &str| {
        let (path, qualifiers) = text.split_once('?').unwrap_or((text, ""));
        let (name, version) = path.split_once('@').unwrap_or((path, ""));
        let qualifiers: Vec<String> = qualifiers.split('&').map(str::to_owned).collect();
        (name.to_owned(), version.replace("%3A", ":"), qualifiers)
    };
    let ((name, version, some), (own, full, all)) = (split(general), split(purl));
    let fits = |one: &String| one.is_empty() || all.contains(one);
    name == own && (version.is_empty() || version == full) && some.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(statement: &str, expect: Option<(&str, &str)>) {
        let text = format!(r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{statement}]}}"#);
        let vex = Vex::parse(text.as_bytes()).unwrap();
        let asked = Asked {
            ids: &["CVE-1", "GHSA-1"],
            purl: "pkg:deb/debian/a@1:2-3?arch=amd64&distro=debian-12",
            subject: &["example.com/app:1", "sha256:00"],
        };
        assert_eq!(vex.excuses(&asked), expect, "{statement}");
    }

    #[test]
    fn statements_are_about_packages_or_images() {
        let found = Some(("not_affected", "component_not_present"));
        let one = |vulnerability: &str, product: &str| {
            format!(
                r#"{{"vulnerability": {vulnerability}, "products": [{product}], "status": "not_affected", "justification": "component_not_present"}}"#
            )
        };
        let name = r#"{"name": "GHSA-1"}"#;
        check(&one(name, r#"{"@id": "pkg:deb/debian/a"}"#), found);
        check(&one(name, r#"{"@id": "pkg:deb/debian/a@1%3A2-3?arch=amd64"}"#), found);
        check(&one(name, r#"{"@id": "x", "identifiers": {"purl": "pkg:deb/debian/a"}}"#), found);
        check(&one(r#"{"@id": "https://x/CVE-1"}"#, r#"{"@id": "pkg:oci/app@sha256%3A00"}"#), found);
        check(&one("\"CVE-1\"", r#""pkg:oci/app?repository_url=example.com""#), found);
        let part = |purl: &str| format!(r#"{{"@id": "sha256:00", "subcomponents": [{{"@id": "{purl}"}}]}}"#);
        check(&one(name, &part("pkg:deb/debian/a")), found);
        check(&one(name, &part("pkg:deb/debian/b")), None);
        check(&one(name, r#"{"@id": "pkg:deb/debian/a@2"}"#), None);
        check(&one(r#"{"name": "CVE-9"}"#, r#"{"@id": "pkg:deb/debian/a"}"#), None);
    }

    #[test]
    fn the_last_statement_counts() {
        let one = |status: &str| {
            format!(
                r#"{{"vulnerability": {{"name": "CVE-1"}}, "status": "{status}", "impact_statement": "i"}}"#
            )
        };
        check(&format!("{}, {}", one("fixed"), one("affected")), None);
        check(&format!("{}, {}", one("under_investigation"), one("fixed")), Some(("fixed", "i")));
    }

    #[test]
    fn other_documents_are_refused() {
        for text in ["{", "{}", r#"{"@context": "x", "statements": []}"#] {
            assert!(Vex::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
