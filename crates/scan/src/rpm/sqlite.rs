//! A database of `SQLite` (`SQLite`, "Database file format"), as rpm has it since 4.16: the table `Packages`, whose second column is a header. What is
//! in a log beside the database and not yet in it is not read.

use std::io;

use super::{MAX_HEADER, Take, bad, number};
use crate::content::Content;

/// More columns of a row are not looked at.
const MAX_COLUMNS: usize = 16;

pub(super) fn headers(content: &Content, take: &mut Take<'_>) -> io::Result<()> {
    let mut database = Database::open(content)?;
    let mut root = None;
    database.rows(1, &mut |row| {
        let columns = columns(row);
        if let [(_, b"table"), (_, b"Packages"), _, (_, page), ..] = columns.as_slice() {
            root = Some(number(page, 0, page.len().min(4), true));
        }
        root.is_none()
    })?;
    let root = root.ok_or_else(|| bad("it has no table of packages"))?;
    database.rows(root, &mut |row| match columns(row).get(1) {
        Some((kind, header)) if *kind >= 12 => take(header),
        _ => true,
    })
}

struct Database<'a> {
    content: &'a Content,
    page: usize,
    /// What of a page is used.
    usable: usize,
    pages: u64,
    /// So many pages may still be read: more are there only when they lead in circles.
    left: u64,
    /// So many bytes of rows may still be read.
    bytes: u64,
}

impl<'a> Database<'a> {
    fn open(content: &'a Content) -> io::Result<Self> {
        let head = content.range(0, 100, 100).map_err(|_| bad("it is too short"))?;
        if !head.starts_with(b"SQLite format 3\0") {
            return Err(bad("it is none of SQLite"));
        }
        let page = match number(&head, 16, 2, true) {
            1 => 65536,
            other => other,
        };
        if !page.is_power_of_two() || page < 512 {
            return Err(bad("its pages have no possible size"));
        }
        let usable = page - usize::from(head[20]);
        let pages = content.size() / page as u64;
        Ok(Self { content, page, usable, pages, left: 2 * pages, bytes: 2 * content.size() })
    }

    fn page(&mut self, at: usize) -> io::Result<Vec<u8>> {
        self.left = self.left.checked_sub(1).ok_or_else(|| bad("its pages lead in circles"))?;
        let before = (at as u64).checked_sub(1).ok_or_else(|| bad("a page that is none"))?;
        let size = self.page as u64;
        self.content.range(before.saturating_mul(size), size, size)
    }

    /// Hands over the rows of a table until no more are wanted.
    fn rows(&mut self, root: usize, take: &mut Take<'_>) -> io::Result<()> {
        let mut waiting = vec![root];
        while let Some(at) = waiting.pop() {
            let page = self.page(at)?;
            let head = if at == 1 { 100 } else { 0 };
            let count = number(&page, head + 3, 2, true);
            let cell = |begin: usize, one: usize| number(&page, begin + 2 * one, 2, true);
            match page.get(head) {
                Some(5) => {
                    waiting.push(number(&page, head + 8, 4, true));
                    // The last is taken first.
                    let below = |one: usize| number(&page, cell(head + 12, one), 4, true);
                    waiting.extend((0..count).rev().map(below));
                    if waiting.len() as u64 > self.pages {
                        return Err(bad("its pages lead in circles"));
                    }
                }
                Some(13) => {
                    for one in 0..count {
                        let row = self.row(page.get(cell(head + 8, one)..).unwrap_or_default())?;
                        if !take(&row) {
                            return Ok(());
                        }
                    }
                }
                _ => return Err(bad("a page of another kind")),
            }
        }
        Ok(())
    }

    /// A row: what of it is on the page, and what is on others.
    fn row(&mut self, cell: &[u8]) -> io::Result<Vec<u8>> {
        let mut rest = cell;
        let cut = || bad("a row that is cut");
        let size = varint(&mut rest).ok_or_else(cut)?;
        varint(&mut rest).ok_or_else(cut)?;
        if size > MAX_HEADER {
            return Err(bad("a header that is too large"));
        }
        self.bytes = self.bytes.checked_sub(size).ok_or_else(|| bad("its rows are longer than the whole"))?;
        let size = usize::try_from(size).map_err(io::Error::other)?;
        let mut row = rest.get(..local(size, self.usable)).ok_or_else(cut)?.to_vec();
        let mut next = number(rest, row.len(), 4, true);
        while row.len() < size {
            let page = self.page(next)?;
            next = number(&page, 0, 4, true);
            let part = page.get(4..self.usable).ok_or_else(cut)?;
            row.extend(&part[..part.len().min(size - row.len())]);
        }
        Ok(row)
    }
}

/// How much of a row of this size is on its own page.
fn local(size: usize, usable: usize) -> usize {
    let most = usable - 35;
    if size <= most {
        return size;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let fitting = least + (size - least) % (usable - 4);
    if fitting <= most { fitting } else { least }
}

/// The kinds and values of the columns of a row.
fn columns(row: &[u8]) -> Vec<(u64, &[u8])> {
    let mut all = Vec::new();
    let mut rest = row;
    let Some(head) = varint(&mut rest).and_then(|head| usize::try_from(head).ok()) else { return all };
    let (Some(mut kinds), Some(mut values)) =
        (head.checked_sub(row.len() - rest.len()).and_then(|len| rest.get(..len)), row.get(head..))
    else {
        return all;
    };
    while all.len() < MAX_COLUMNS
        && let Some(kind) = varint(&mut kinds)
    {
        let len = match kind {
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            12.. => (kind - 12) / 2,
            _ => 0,
        };
        let split = usize::try_from(len).ok().and_then(|len| values.split_at_checked(len));
        let Some((value, after)) = split else { break };
        values = after;
        all.push((kind, value));
    }
    all
}

/// A number of up to nine bytes, of which all but the last have the highest bit set where there are fewer.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for at in 0..9 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        if at == 8 {
            return Some(value << 8 | u64::from(*byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

#[cfg(test)]
pub(in crate::rpm) mod tests {
    use super::*;
    use crate::rpm::Form;
    use crate::rpm::tests::{lengths, survives_damage};

    const PAGE: usize = 512;

    fn put(page: &mut [u8], at: usize, bytes: &[u8]) {
        page[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn long(value: usize) -> Vec<u8> {
        let mut out = vec![u8::try_from(value & 0x7f).unwrap()];
        let mut rest = value >> 7;
        while rest > 0 {
            out.insert(0, u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        out
    }

    fn row(kinds: &[usize], values: &[&[u8]]) -> Vec<u8> {
        let kinds: Vec<u8> = kinds.iter().flat_map(|kind| long(*kind)).collect();
        [&[u8::try_from(kinds.len() + 1).unwrap()], &kinds[..], &values.concat()].concat()
    }

    /// A page with one row each, and pages for what does not fit.
    fn leaf(row: &[u8], head: usize, next: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut page = vec![0; PAGE];
        let len = local(row.len(), PAGE);
        let over: Vec<&[u8]> = row[len..].chunks(PAGE - 4).collect();
        let mut cell = [long(row.len()), vec![1], row[..len].to_vec()].concat();
        if !over.is_empty() {
            cell.extend(u32::try_from(next).unwrap().to_be_bytes());
        }
        let at = PAGE - cell.len();
        put(&mut page, at, &cell);
        put(&mut page, head, &[13, 0, 0, 0, 1]);
        put(&mut page, head + 8, &u16::try_from(at).unwrap().to_be_bytes());
        let more = over.iter().enumerate().map(|(number, part)| {
            let mut page = vec![0; PAGE];
            let last = number + 1 == over.len();
            let next = if last { 0 } else { u32::try_from(next + number + 1).unwrap() };
            put(&mut page, 0, &next.to_be_bytes());
            put(&mut page, 4, part);
            page
        });
        (page, more.collect())
    }

    /// A database of two headers, each on a page of its own, below a third one.
    pub(in crate::rpm) fn database(headers: [&[u8]; 2]) -> Vec<u8> {
        let schema = row(&[23, 29, 29, 1, 13], &[b"table", b"Packages", b"Packages", &[2]]);
        let (mut first, _) = leaf(&schema, 100, 0);
        put(&mut first, 0, b"SQLite format 3\0");
        put(&mut first, 16, &512u16.to_be_bytes());
        let mut root = vec![0; PAGE];
        put(&mut root, 0, &[5, 0, 0, 0, 1]);
        put(&mut root, 12, &500u16.to_be_bytes());
        put(&mut root, 500, &[0, 0, 0, 3, 1]);
        put(&mut root, 8, &[0, 0, 0, 4]);
        let rows = headers.map(|header| row(&[0, 12 + 2 * header.len()], &[header]));
        let (one, more) = leaf(&rows[0], 0, 5);
        let (two, others) = leaf(&rows[1], 0, 5 + more.len());
        [vec![first, root, one, two], more, others].concat().concat()
    }

    #[test]
    fn rows_are_read_however_long_they_are() {
        let long = vec![7; 3000];
        let bytes = database([&[1; 20], &long]);
        assert_eq!(lengths(Form::Sqlite, &bytes).unwrap(), [20, 3000]);
        assert_eq!(lengths(Form::Sqlite, &database([&[1; 470], &[1; 480]])).unwrap(), [470, 480]);
        assert!(lengths(Form::Sqlite, b"SQLite format 3\0\xff\xff").is_err());
        survives_damage(Form::Sqlite, &bytes);
    }
}
