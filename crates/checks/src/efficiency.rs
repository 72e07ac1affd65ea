//! How many bytes of an image nobody can see, and which step wrote them: of N copies of a file N - 1 are counted, of one
//! that was removed all.

use std::collections::BTreeMap;

use facts::{Efficiency, LayerShare, Wasted};

use crate::survey::{Kind, Survey};

/// Measures an image; `most` paths are told.
pub fn efficiency(layers: &[Survey], most: usize) -> Efficiency {
    let mut meter = Meter { shares: vec![LayerShare::default(); layers.len()], ..Meter::default() };
    for (number, layer) in layers.iter().enumerate() {
        meter.layer(number, layer);
    }
    let total: u64 = meter.shares.iter().map(|share| share.size).sum();
    let wasted: u64 = meter.shares.iter().map(|share| share.hidden).sum();
    #[expect(clippy::cast_precision_loss, reason = "a share for reading")]
    let score = if total == 0 { 1.0 } else { (total - wasted) as f64 / total as f64 };
    let mut paths: Vec<Wasted> = meter.wasted.into_values().filter(|path| path.bytes > 0).collect();
    paths.sort_by(|a, b| (b.bytes, &a.path).cmp(&(a.bytes, &b.path)));
    paths.truncate(most);
    Efficiency { total, wasted, score, layers: meter.shares, paths }
}

#[derive(Default)]
struct Meter<'a> {
    /// What can be seen: the layer and the bytes.
    seen: BTreeMap<&'a str, (usize, u64)>,
    wasted: BTreeMap<&'a str, Wasted>,
    shares: Vec<LayerShare>,
}

impl<'a> Meter<'a> {
    fn layer(&mut self, number: usize, layer: &'a Survey) {
        // What hides comes first, wherever it stands in the layer: it speaks of the layers below.
        for entry in &layer.entries {
            match entry.kind {
                Kind::Gone => {
                    self.hide(number, &entry.path, true);
                    self.hide_below(number, &entry.path);
                }
                Kind::Opaque => self.hide_below(number, &entry.path),
                _ => {}
            }
        }
        for entry in &layer.entries {
            match entry.kind {
                Kind::File => {
                    self.shares[number].size += entry.size;
                    let below = self.seen.get(entry.path.as_str()).copied();
                    if below.is_some_and(|(layer, size)| layer < number && size == entry.size) {
                        self.shares[number].repeats += entry.size;
                    }
                    self.hide(number, &entry.path, false);
                    self.seen.insert(&entry.path, (number, entry.size));
                    let known = self.wasted.entry(&entry.path).or_insert_with(|| Wasted {
                        path: entry.path.clone(),
                        bytes: 0,
                        layers: Vec::new(),
                        removed_by: None,
                    });
                    known.layers.push(number);
                    known.removed_by = None;
                }
                Kind::Other => self.hide(number, &entry.path, true),
                _ => {}
            }
        }
    }

    fn hide(&mut self, number: usize, path: &str, removes: bool) {
        let Some((layer, size)) = self.seen.remove(path) else { return };
        self.shares[layer].hidden += size;
        self.shares[number].hides += size;
        if let Some(wasted) = self.wasted.get_mut(path) {
            wasted.bytes += size;
            wasted.removed_by = removes.then_some(number);
        }
    }

    fn hide_below(&mut self, number: usize, dir: &str) {
        let from = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let below = self.seen.range(from.as_str()..).take_while(|(path, _)| path.starts_with(&from));
        let paths: Vec<&str> =
            below.filter(|(_, (layer, _))| *layer < number).map(|(path, _)| *path).collect();
        for path in paths {
            self.hide(number, path, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::Entry;

    fn layer(text: &str) -> Survey {
        let entry = |word: &str| {
            let (path, size) = word.split_once('=').unwrap_or((word, "0"));
            let (path, kind) = match (path.strip_prefix('!'), path.strip_prefix('%')) {
                (Some(gone), _) => (gone, Kind::Gone),
                (_, Some(dir)) => (dir, Kind::Opaque),
                _ => (path, Kind::File),
            };
            Entry { path: path.to_owned(), kind, mode: 0o644, uid: 0, size: size.parse().unwrap() }
        };
        Survey { entries: text.split_whitespace().map(entry).collect(), ..Survey::default() }
    }

    fn check(layers: &[&str], total: u64, wasted: &[(&str, u64, Option<usize>)]) {
        let layers: Vec<Survey> = layers.iter().map(|text| layer(text)).collect();
        let found = efficiency(&layers, 9);
        let paths: Vec<_> =
            found.paths.iter().map(|path| (path.path.as_str(), path.bytes, path.removed_by)).collect();
        assert_eq!((found.total, paths), (total, wasted.to_vec()));
        assert_eq!(found.wasted, wasted.iter().map(|(_, bytes, _)| bytes).sum::<u64>());
    }

    #[test]
    fn of_copies_all_but_one_are_wasted() {
        check(&["a=10"], 10, &[]);
        check(&["a=10", "a=10", "a=30"], 50, &[("a", 20, None)]);
        check(&["a=10 b=1", "!a"], 11, &[("a", 10, Some(1))]);
        check(&["d/a=10 d/e/b=5", "!d d/c=1"], 16, &[("d/a", 10, Some(1)), ("d/e/b", 5, Some(1))]);
        check(&["d/a=10", "%d d/a=4"], 14, &[("d/a", 10, None)]);
        check(&["a=10", "!a", "a=3"], 13, &[("a", 10, None)]);
    }

    #[test]
    fn bytes_are_told_by_the_layer_that_wrote_them() {
        let found = efficiency(&[layer("a=10 b=4"), layer("a=10"), layer("!b")], 9);
        let of = |number: usize| {
            let share = &found.layers[number];
            (share.size, share.hidden, share.hides, share.repeats)
        };
        assert_eq!((of(0), of(1), of(2)), ((14, 14, 0, 0), (10, 0, 10, 10), (0, 0, 4, 0)));
    }
}
