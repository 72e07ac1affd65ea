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
    /// Its page of the manual, in Markdown.
    pub fn page(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
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
