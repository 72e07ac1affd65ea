//! What a check is, and where its findings go.

use std::cmp::Reverse;

use facts::{ImageFinding, ImagePlace, Severity};

use crate::model::Image;

/// A check of an image. Its file begins with its page of the manual.
#[derive(Debug)]
pub struct Check {
    /// Its code; it never changes its meaning.
    pub code: &'static str,
    /// Its name in kebab-case.
    pub name: &'static str,
    /// What other tools and the CIS Docker Benchmark call the same thing.
    pub aliases: &'static [&'static str],
    /// How bad it is.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    pub(crate) run: fn(&Image<'_>, &mut Sink),
    pub(crate) source: &'static str,
}

impl Check {
    /// Its page of the manual, in Markdown, with what it is called elsewhere.
    pub fn page(&self) -> String {
        let mut facts = format!("`{}` · {} · of images", self.code, self.severity);
        if !self.aliases.is_empty() {
            facts += &format!(" · also known as {}", self.aliases.join(", "));
        }
        kit::with_facts(&kit::manual(self.source), &facts)
    }

    /// Whether a code, a name or an alias means it.
    pub fn is_called(&self, name: &str) -> bool {
        let names = [self.code, self.name].into_iter().chain(self.aliases.iter().copied());
        names.into_iter().any(|known| known.eq_ignore_ascii_case(name.trim()))
    }
}

/// Takes findings.
#[derive(Debug, Default)]
pub struct Sink {
    check: Option<&'static Check>,
    found: Vec<ImageFinding>,
}

impl Sink {
    pub(crate) fn begin(&mut self, check: &'static Check) {
        self.check = Some(check);
    }

    /// Something is wrong with the configuration; `key` is its field.
    pub(crate) fn config(&mut self, key: &str, message: impl Into<String>) {
        self.push(ImagePlace::Config { key: key.to_owned() }, None, message.into());
    }

    /// Something is wrong with what the history tells of a step; `entry` counts from 0.
    pub(crate) fn history(&mut self, image: &Image<'_>, entry: usize, message: impl Into<String>) {
        let layer = image.layer_of(entry);
        self.push(ImagePlace::History { entry: entry + 1 }, layer, message.into());
    }

    /// Something is wrong with a file.
    pub(crate) fn file(&mut self, path: &str, layer: usize, message: impl Into<String>) {
        self.push(ImagePlace::File { path: format!("/{path}") }, Some(layer), message.into());
    }

    fn push(&mut self, place: ImagePlace, layer: Option<usize>, message: String) {
        let Some(check) = self.check else { return };
        self.found.push(ImageFinding {
            code: check.code,
            check: check.name,
            aliases: check.aliases.to_vec(),
            severity: check.severity,
            message,
            place,
            layer: layer.map(|layer| layer + 1),
            origin: None,
        });
    }

    pub(crate) fn finish(mut self) -> Vec<ImageFinding> {
        self.found.sort_by(|a, b| (Reverse(a.severity), a.code).cmp(&(Reverse(b.severity), b.code)));
        self.found
    }
}
