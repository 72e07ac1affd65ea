//! What was found, by the line that brought it.

use std::collections::BTreeMap;

use facts::{ImageFinding, Origin, Risk, Secret, Severity, Vulnerability};

use crate::inventory::whence;
use crate::{Audit, Scan};

/// What one line brought.
#[derive(Debug, Default)]
pub(super) struct Group<'a> {
    /// The line, in a few words.
    pub(super) title: String,
    /// The same for programs; of what no line brought there is none.
    pub(super) origin: Option<&'a Origin>,
    pub(super) vulnerabilities: Vec<&'a Vulnerability>,
    pub(super) secrets: Vec<&'a Secret>,
    pub(super) findings: Vec<&'a ImageFinding>,
}

impl Group<'_> {
    /// The worst comes first.
    fn worst(&self) -> Risk {
        let of_finding = |severity| match severity {
            Severity::Error => Risk::High,
            Severity::Warning => Risk::Medium,
            Severity::Info | Severity::Style => Risk::Low,
        };
        let risks = self.vulnerabilities.iter().map(|one| one.risk);
        let secrets = self.secrets.iter().map(|one| one.severity);
        let findings = self.findings.iter().map(|one| of_finding(one.severity));
        risks.chain(secrets).chain(findings).max().unwrap_or_default()
    }

    /// How many things it has.
    pub(super) fn count(&self) -> usize {
        self.vulnerabilities.len() + self.secrets.len() + self.findings.len()
    }
}

/// All that was found, the worst lines first.
pub(super) fn groups<'a>(scan: &Scan<'a>, audit: Option<&Audit<'a>>) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<String, Group<'a>> = BTreeMap::new();
    for one in scan.vulnerabilities {
        let Some(component) = scan.sbom.inventory.components.get(one.component) else { continue };
        let path = component.places.first().map(|place| place.path.as_str()).unwrap_or_default();
        group(&mut groups, component.origin.as_ref(), path).vulnerabilities.push(one);
    }
    for one in scan.secrets.unwrap_or_default() {
        group(&mut groups, one.origin.as_ref(), "Configuration and files").secrets.push(one);
    }
    for one in audit.map(|audit| audit.findings).unwrap_or_default() {
        group(&mut groups, one.origin.as_ref(), "The image").findings.push(one);
    }
    let mut groups: Vec<Group<'a>> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.worst()));
    groups
}

fn group<'a, 'b>(
    groups: &'b mut BTreeMap<String, Group<'a>>,
    origin: Option<&'a Origin>,
    otherwise: &str,
) -> &'b mut Group<'a> {
    let title = origin.map_or_else(|| otherwise.to_owned(), whence);
    groups.entry(title.clone()).or_insert_with(|| Group { title, origin, ..Group::default() })
}
