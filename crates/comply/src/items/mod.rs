//! The items, one file each. The text at the head of a file is its page of the manual.

use crate::item::Item;

kit::table! {
    Item;
    cis_4_01::ITEM,
    cis_4_02::ITEM,
    cis_4_03::ITEM,
    cis_4_04::ITEM,
    cis_4_05::ITEM,
    cis_4_06::ITEM,
    cis_4_07::ITEM,
    cis_4_08::ITEM,
    cis_4_09::ITEM,
    cis_4_10::ITEM,
    cis_4_11::ITEM,
    cis_4_12::ITEM,
    owasp_00::ITEM,
    owasp_01::ITEM,
    owasp_02::ITEM,
    owasp_03::ITEM,
    owasp_04::ITEM,
    owasp_05::ITEM,
    owasp_05a::ITEM,
    owasp_06::ITEM,
    owasp_07::ITEM,
    owasp_08::ITEM,
    owasp_09::ITEM,
    owasp_10::ITEM,
    owasp_11::ITEM,
    owasp_12::ITEM,
    owasp_13::ITEM,
    image_labels::ITEM,
    image_pins::ITEM,
    image_waste::ITEM,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::{ALL, MODULES};

    #[test]
    fn the_table_lists_every_file_and_items_are_called_as_their_files() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/items");
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut files: BTreeSet<_> =
            std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        files.remove("mod");
        assert_eq!(files, MODULES.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(ALL.iter().map(|item| item.name.replace('-', "_")).collect::<Vec<_>>(), MODULES);
        let numbers: BTreeSet<_> = ALL.iter().map(|item| item.number).collect();
        assert_eq!(numbers.len(), ALL.len());
        assert!(ALL.iter().all(|item| item.is_automated() == item.by_hand.is_empty()));
    }
}
