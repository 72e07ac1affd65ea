//! An image as checks see it.

use std::collections::BTreeMap;

use image::ImageConfig;

use crate::survey::{Entry, Kind, Survey};

/// An image.
#[derive(Debug)]
pub struct Image<'a> {
    /// The name that it was asked for by, where it is one.
    pub name: Option<&'a str>,
    /// Its configuration.
    pub config: &'a ImageConfig,
    /// Whether a signature was found, where somebody has looked.
    pub signed: Option<bool>,
    pub(crate) layers: &'a [Survey],
    files: BTreeMap<&'a str, (usize, &'a Entry)>,
}

impl<'a> Image<'a> {
    /// Stacks layers, base first.
    pub fn new(config: &'a ImageConfig, layers: &'a [Survey]) -> Self {
        let mut files = BTreeMap::new();
        for (number, layer) in layers.iter().enumerate() {
            for entry in &layer.entries {
                match entry.kind {
                    Kind::Gone => {
                        files.remove(entry.path.as_str());
                        remove_below(&mut files, &entry.path, number);
                    }
                    Kind::Opaque => remove_below(&mut files, &entry.path, number),
                    Kind::Dir => drop(files.insert(&entry.path, (number, entry))),
                    Kind::File | Kind::Other => {
                        // What replaces a directory takes what was in it.
                        if files.get(entry.path.as_str()).is_some_and(|(_, old)| old.kind == Kind::Dir) {
                            remove_below(&mut files, &entry.path, number);
                        }
                        files.insert(&entry.path, (number, entry));
                    }
                }
            }
        }
        Self { name: None, config, signed: None, layers, files }
    }

    /// What can be seen, by path, each with the number of its layer.
    pub(crate) fn files(&self) -> impl Iterator<Item = (usize, &'a Entry)> + '_ {
        self.files.values().copied().filter(|(_, entry)| entry.kind == Kind::File)
    }

    /// What can be seen at a path.
    pub(crate) fn at(&self, path: &str) -> Option<(usize, &'a Entry)> {
        self.files.get(path).copied()
    }

    /// The text of one of the files that surveys keep, with the number of its layer.
    pub(crate) fn text(&self, path: &str) -> Option<(usize, &'a str)> {
        let (layer, _) = self.at(path)?;
        self.layers[layer].texts.get(path).map(|text| (layer, text.as_str()))
    }

    /// Files below a directory: how many, their bytes, and the highest of their layers.
    pub(crate) fn below(&self, dir: &str) -> (usize, u64, usize) {
        let from = format!("{dir}/");
        let all = self.files.range(from.as_str()..).take_while(|(path, _)| path.starts_with(&from));
        let files = all.filter(|(_, (_, entry))| entry.kind == Kind::File);
        files.fold((0, 0, 0), |(count, bytes, layer), (_, (own, entry))| {
            (count + 1, bytes + entry.size, layer.max(*own))
        })
    }

    /// The steps that the history tells, with their numbers: each as in a Dockerfile, without what tools put around it.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (usize, &'a str)> {
        self.config.history.iter().enumerate().filter_map(|(number, history)| {
            let by = history.created_by.as_deref()?;
            Some((number, plain(by)))
        })
    }

    /// The layer that an entry of the history made, from 0.
    pub(crate) fn layer_of(&self, entry: usize) -> Option<usize> {
        let history = &self.config.history;
        let made = |entry: &image::History| !entry.empty_layer;
        history.get(entry).filter(|one| made(one))?;
        Some(history[..entry].iter().filter(|one| made(one)).count())
    }
}

fn remove_below(files: &mut BTreeMap<&str, (usize, &Entry)>, dir: &str, number: usize) {
    let from = if dir.is_empty() { String::new() } else { format!("{dir}/") };
    // What the layer has itself stays, whatever the order of its entries.
    let below = files.range(from.as_str()..).take_while(|(path, _)| path.starts_with(&from));
    let old: Vec<&str> = below.filter(|(_, (layer, _))| *layer < number).map(|(path, _)| *path).collect();
    for path in old {
        files.remove(path);
    }
}

/// A step without the shell and the marks of builders.
fn plain(by: &str) -> &str {
    let by = by.strip_suffix(" # buildkit").unwrap_or(by);
    let by = by.strip_prefix("/bin/sh -c #(nop) ").unwrap_or(by);
    let by = by.strip_prefix("RUN ").unwrap_or(by);
    let by =
        by.find("/bin/sh -c ").filter(|at| *at == 0 || by.starts_with('|')).map_or(by, |at| &by[at + 11..]);
    by.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_shown_as_they_were_written() {
        let check = |by: &str, expect: &str| assert_eq!(plain(by), expect, "{by}");
        check("/bin/sh -c #(nop)  ADD file:abc in / ", "ADD file:abc in /");
        check("RUN /bin/sh -c apt-get update # buildkit", "apt-get update");
        check("|1 A=b /bin/sh -c make", "make");
        check("COPY x y # buildkit", "COPY x y");
    }
}
