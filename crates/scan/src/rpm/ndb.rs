//! rpm's own database (`Packages.db`, as SUSE has it): slots at the begin, which say where the headers are, in units of 16 bytes.

use std::io;

use super::{MAX_HEADER, Take, bad, number};
use crate::content::Content;

const PAGE: u64 = 4096;
const BLOCK: u64 = 16;

/// More pages of slots are refused; each has 256.
const MAX_PAGES: u64 = 2048;

pub(super) fn headers(content: &Content, take: &mut Take<'_>) -> io::Result<()> {
    let head = content.range(0, 32, 32).map_err(|_| bad("it is too short"))?;
    let pages = number(&head, 12, 4, false) as u64;
    if !head.starts_with(b"RpmP") || pages > MAX_PAGES {
        return Err(bad("it does not begin as one"));
    }
    for page in 0..pages {
        let slots = content.range(page * PAGE, PAGE, PAGE)?;
        // The first two are the head.
        for slot in slots.chunks_exact(16).skip(if page == 0 { 2 } else { 0 }) {
            let package = number(slot, 4, 4, false);
            if slot.starts_with(b"Slot") && package != 0 && !take(&header(content, slot, package)?) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn header(content: &Content, slot: &[u8], package: usize) -> io::Result<Vec<u8>> {
    let at = BLOCK * number(slot, 8, 4, false) as u64;
    let head = content.range(at, BLOCK, BLOCK)?;
    if !head.starts_with(b"BlbS") || number(&head, 4, 4, false) != package {
        return Err(bad("a header is not where it should be"));
    }
    content.range(at + BLOCK, number(&head, 12, 4, false) as u64, MAX_HEADER)
}

#[cfg(test)]
mod tests {
    use crate::rpm::Form;
    use crate::rpm::tests::{lengths, survives_damage};

    #[test]
    fn headers_are_found_by_their_slots() {
        let bytes = crate::rpm::tests::ndb(&[1; 20]);
        assert_eq!(lengths(Form::Ndb, &bytes).unwrap(), [20]);
        survives_damage(Form::Ndb, &bytes);
    }

    #[test]
    fn headers_that_are_told_of_again_and_again_end_it() {
        let mut bytes = crate::rpm::tests::ndb(&[1; 3000]);
        for slot in 4..256 {
            bytes.copy_within(48..64, 16 * slot);
        }
        assert!(lengths(Form::Ndb, &bytes).unwrap_err().to_string().contains("longer"));
    }
}
