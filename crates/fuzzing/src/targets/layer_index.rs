//! Layer indexes as they lie in the store: damage is an error, and what is read is written as the same bytes.

use store::Index;

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "layer_index",
    run,
    seeds: &["", "a", "dir/file"],
    words: &["\0", "\u{1}", "a/b", "/", "\u{7f}"],
};

fn run(input: &[u8]) {
    if let Ok(index) = Index::decode(input) {
        assert_eq!(Index::decode(&index.encode()).unwrap().entries(), index.entries());
    }
    let name = String::from_utf8_lossy(input);
    let mut entry = image::Entry::new(name.as_bytes(), image::EntryKind::File, 0o644);
    entry.size = input.len() as u64;
    let Ok(made) = Index::from_entries(vec![entry]) else { return };
    let bytes = made.encode();
    assert_eq!(Index::decode(&bytes).unwrap().entries(), made.entries());
    if let Some(cut) = bytes.len().checked_sub(1 + input.len() % 7) {
        assert!(Index::decode(&bytes[..cut]).is_err(), "a torn index is an error");
    }
}
