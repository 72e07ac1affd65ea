//! What an item is, and how it is judged.

use facts::{Compliance, ComplianceStatus as Status, Proof};

/// An item of a benchmark or a checklist. Its file begins with its page of the manual.
#[derive(Debug)]
pub struct Item {
    /// Its name in kebab-case.
    pub name: &'static str,
    /// Its number in its document, as `CIS 4.1`.
    pub number: &'static str,
    /// What it asks for, in a few words.
    pub title: &'static str,
    /// What has to be known so that finding nothing counts as passed; nothing for what a person has to judge.
    pub decided_by: &'static [Source],
    /// Findings that speak against it: names of rules and checks.
    pub against: &'static [&'static str],
    /// What a person has to look at where no program can decide.
    pub by_hand: &'static str,
    pub(crate) source: &'static str,
}

/// Where evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The checks of a finished image.
    Image,
    /// The rules, on a Dockerfile.
    Dockerfile,
    /// The advisories.
    Scan,
}

/// What is known of an image or a directory.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What was looked at.
    pub sources: Vec<Source>,
    /// What was found.
    pub found: Vec<Found>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Name of the rule or the check, or `vulnerable-package`.
    pub name: String,
    /// What is wrong.
    pub message: String,
    /// Where: a file with its line, a path of the image, a field of the configuration.
    pub place: String,
}

impl Item {
    /// Its page of the manual, in Markdown.
    pub fn page(&self) -> String {
        let how = if self.is_automated() { "automated" } else { "by hand" };
        kit::with_facts(&kit::manual(self.source), &format!("`{}` · {how}", self.number))
    }

    /// Whether a program can say that it is passed.
    pub fn is_automated(&self) -> bool {
        !self.decided_by.is_empty()
    }
}

/// Judges all items.
pub fn judge(known: &Known) -> Vec<Compliance> {
    crate::items().iter().map(|item| one(item, known)).collect()
}

fn one(item: &'static Item, known: &Known) -> Compliance {
    let against = known.found.iter().filter(|found| item.against.contains(&found.name.as_str()));
    let evidence: Vec<_> = against
        .map(|found| Proof {
            place: found.place.clone(),
            message: format!("{} ({})", found.message, found.name),
        })
        .collect();
    let looked: Vec<_> = item.decided_by.iter().filter(|source| known.sources.contains(source)).collect();
    let (status, by_hand) = if !evidence.is_empty() {
        (Status::Failed, None)
    } else if !looked.is_empty() {
        (Status::Passed, None)
    } else if item.is_automated() {
        let names: Vec<_> = item.decided_by.iter().map(|source| source.text()).collect();
        (Status::ByHand, Some(format!("there is no {} to look at", names.join(" or "))))
    } else {
        (Status::ByHand, Some(item.by_hand.to_owned()))
    };
    let evidence = match status {
        Status::Passed => looked.iter().map(|source| source.nothing_found()).collect(),
        _ => evidence,
    };
    Compliance {
        number: item.number,
        name: item.name,
        title: item.title,
        automated: item.is_automated(),
        status,
        evidence,
        by_hand,
    }
}

impl Source {
    const fn text(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Dockerfile => "Dockerfile",
            Self::Scan => "database of advisories about all its packages",
        }
    }

    fn nothing_found(self) -> Proof {
        let (place, message) = match self {
            Self::Image => ("the image", "no check finds anything"),
            Self::Dockerfile => ("the Dockerfile", "no rule finds anything"),
            Self::Scan => ("the packages", "no advisory with a fixed version is known"),
        };
        Proof { place: place.to_owned(), message: message.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(number: &str, sources: &[Source], names: &[&str]) -> Status {
        let found = names.iter().map(|name| Found {
            name: (*name).to_owned(),
            message: "x".to_owned(),
            place: "Dockerfile:3".to_owned(),
        });
        let known = Known { sources: sources.to_vec(), found: found.collect() };
        let verdict = judge(&known).into_iter().find(|verdict| verdict.number == number).unwrap();
        assert_eq!(verdict.by_hand.is_some(), verdict.status == Status::ByHand);
        verdict.status
    }

    #[test]
    fn findings_fail_an_item_and_only_who_looked_can_pass_it() {
        assert_eq!(status("CIS 4.1", &[Source::Image], &["root-user"]), Status::Failed);
        assert_eq!(status("CIS 4.1", &[Source::Image], &["other"]), Status::Passed);
        assert_eq!(status("CIS 4.1", &[], &[]), Status::ByHand);
        assert_eq!(status("CIS 4.4", &[Source::Image], &[]), Status::ByHand);
        assert_eq!(status("CIS 4.4", &[Source::Scan], &["vulnerable-package"]), Status::Failed);
        assert_eq!(status("OWASP 10", &[Source::Image, Source::Scan], &[]), Status::ByHand);
    }
}
