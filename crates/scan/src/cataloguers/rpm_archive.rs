//! Packages of rpm that lie in a project as archives (rpm, "Package format"): what their header says. Nothing of them is installed.

use std::io;

use crate::cataloguers::rpm;
use crate::content::Content;
use crate::rpm::Header;
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "rpm-archive",
    revision: 1,
    files: &[Pattern::End(".rpm")],
    reads: Reads::Declared,
    read,
};

/// What every archive begins with, which says nothing that the headers do not.
const LEAD: u64 = 96;
const MAGIC: &[u8] = b"\xed\xab\xee\xdb";

/// What begins a header, before the number of its entries.
const HEADER: &[u8] = b"\x8e\xad\xe8";
const HEADER_LEN: u64 = 8;

/// Longer headers are refused.
const MAX_HEADER: u64 = 16 << 20;

fn read(file: &FileToRead<'_>, found: &mut Found) {
    match header(file.content) {
        Ok(bytes) => Header::of(&bytes).into_iter().for_each(|header| found.push(rpm::described(&header))),
        Err(error) => found.unread(error),
    }
}

/// The second header: the first has sums and signatures, and ends at a multiple of eight.
fn header(content: &Content) -> io::Result<Vec<u8>> {
    if content.range(0, MAGIC.len() as u64, LEAD)? != MAGIC {
        return Err(bad("it begins otherwise"));
    }
    let signatures = length(content, LEAD)?;
    let at = LEAD + HEADER_LEN + signatures.next_multiple_of(8);
    let len = length(content, at)?;
    content.range(at + HEADER_LEN, len, MAX_HEADER)
}

/// The length of a header behind what begins it.
fn length(content: &Content, at: u64) -> io::Result<u64> {
    let head = content.range(at, 16, 16)?;
    if !head.starts_with(HEADER) {
        return Err(bad("a header is missing"));
    }
    let number = |at: usize| head[at..at + 4].iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    Ok(8 + 16 * number(8) + number(12))
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a damaged package of rpm: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::{check, found};
    use crate::rpm::tests::header;

    #[test]
    fn archives_are_read_by_their_second_header() {
        let begin = [HEADER, &[1, 0, 0, 0, 0]].concat();
        let signatures = header(&[(1000, &["no"])], &[]);
        let gap = vec![0; signatures.len().next_multiple_of(8) - signatures.len()];
        let own = header(&[(1000, &["a"]), (1001, &["1"]), (1002, &["2"])], &[(1003, &[3])]);
        let lead = [MAGIC, &[0; 92]].concat();
        let whole = [&lead[..], &begin, &signatures, &gap, &begin, &own, b"files"].concat();
        check(&CATALOGUER, "x/a-1-2.noarch.rpm", whole.clone(), &["a 3:1-2"]);
        let end = whole.len() - b"files".len();
        for len in 0..end {
            assert!(found(&CATALOGUER, "a.rpm", &whole[..len]).unread.is_some(), "{len}");
        }
    }
}
