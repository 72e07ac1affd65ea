//! A hash of Berkeley DB (`Packages`, as rpm had it before 4.16). Headers are too long for the pages of the hash, which refer to chains of other pages.
//! The order of bytes is that of the machine that wrote it.

use std::io;

use super::{MAX_HEADER, Take, bad, number};
use crate::content::Content;

/// What begins each page.
const HEAD: usize = 26;

/// Kinds of pages: of a hash, of one whose entries are in no order, and of what is too long for them.
const HASH: [usize; 2] = [2, 13];
const LONG: usize = 7;

/// Kinds of entries: what is there, and what is on other pages.
const HERE: u8 = 1;
const ELSEWHERE: u8 = 3;

pub(super) fn headers(content: &Content, take: &mut Take<'_>) -> io::Result<()> {
    let head = content.range(0, 72, 72).map_err(|_| bad("it is too short"))?;
    let magic = |big: bool| number(&head, 12, 4, big) == 0x0006_1561;
    let big = magic(true);
    let size = number(&head, 20, 4, big);
    if !(big || magic(false)) || !size.is_power_of_two() || !(512..=65536).contains(&size) {
        return Err(bad("it is no hash of Berkeley DB"));
    }
    let pages = content.size() / size as u64;
    let mut database = Database { content, size, big, left: pages };
    for at in 1..pages {
        let page = database.page(at)?;
        if !HASH.contains(&usize::from(page[25])) {
            continue;
        }
        for value in database.values(&page) {
            let header = match value.first() {
                Some(&HERE) => value[1..].to_vec(),
                Some(&ELSEWHERE) => database.long(value)?,
                _ => continue,
            };
            if !take(&header) {
                return Ok(());
            }
        }
    }
    Ok(())
}

struct Database<'a> {
    content: &'a Content,
    size: usize,
    big: bool,
    /// So many pages of chains may still be read: more are there only when they lead in circles.
    left: u64,
}

impl Database<'_> {
    fn page(&self, at: u64) -> io::Result<Vec<u8>> {
        let size = self.size as u64;
        self.content.range(at.saturating_mul(size), size, size)
    }

    /// The values of a page: every second entry. An entry ends where the one before it begins.
    fn values<'p>(&self, page: &'p [u8]) -> Vec<&'p [u8]> {
        let place = |entry: usize| number(page, HEAD + 2 * entry, 2, self.big);
        let count = number(page, 20, 2, self.big);
        (1..count).step_by(2).filter_map(|entry| page.get(place(entry)..place(entry - 1))).collect()
    }

    /// What is in a chain of pages.
    fn long(&mut self, value: &[u8]) -> io::Result<Vec<u8>> {
        let (mut next, length) = (number(value, 4, 4, self.big), number(value, 8, 4, self.big));
        if length as u64 > MAX_HEADER {
            return Err(bad("a header that is too large"));
        }
        let mut out = Vec::new();
        while out.len() < length {
            self.left = self.left.checked_sub(1).ok_or_else(|| bad("its pages lead in circles"))?;
            let page = self.page(next as u64)?;
            if usize::from(page[25]) != LONG {
                return Err(bad("a header is not where it should be"));
            }
            let part = page.get(HEAD..HEAD + number(&page, 22, 2, self.big)).unwrap_or_default();
            out.extend(&part[..part.len().min(length - out.len())]);
            next = number(&page, 16, 4, self.big);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use crate::rpm::Form;
    use crate::rpm::tests::{lengths, survives_damage};

    const PAGE: usize = 512;

    fn word(page: &mut [u8], at: usize, value: usize, len: usize, big: bool) {
        let bytes = u32::try_from(value).unwrap().to_be_bytes();
        let mut bytes = bytes[4 - len..].to_vec();
        if !big {
            bytes.reverse();
        }
        page[at..at + len].copy_from_slice(&bytes);
    }

    fn database(big: bool) -> Vec<u8> {
        let mut pages = vec![vec![0; PAGE]; 4];
        word(&mut pages[0], 12, 0x61561, 4, big);
        word(&mut pages[0], 20, PAGE, 4, big);
        // Keys at 500 and 480, a value that is there at 490 and one of other pages at 468.
        word(&mut pages[1], 20, 4, 2, big);
        pages[1][25] = 13;
        for (entry, place) in [500, 490, 480, 468].into_iter().enumerate() {
            word(&mut pages[1], 26 + 2 * entry, place, 2, big);
        }
        pages[1][490] = 1;
        pages[1][468] = 3;
        word(&mut pages[1], 472, 2, 4, big);
        word(&mut pages[1], 476, 500, 4, big);
        for (at, next, len) in [(2, 3, 486), (3, 0, 14)] {
            word(&mut pages[at], 16, next, 4, big);
            word(&mut pages[at], 22, len, 2, big);
            pages[at][25] = 7;
        }
        pages.concat()
    }

    #[test]
    fn headers_are_found_in_their_chains() {
        for big in [false, true] {
            assert_eq!(lengths(Form::Bdb, &database(big)).unwrap(), [9, 500]);
        }
        survives_damage(Form::Bdb, &database(false));
    }
}
