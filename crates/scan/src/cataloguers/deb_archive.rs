//! Packages of dpkg that lie in a project as archives (deb(5)): what the file `control` in them says. Nothing of them is installed.

use std::io;

use crate::cataloguers::dpkg;
use crate::content::Content;
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "deb-archive",
    revision: 1,
    files: &[Pattern::End(".deb")],
    reads: Reads::Declared,
    read,
};

/// What begins the archive (ar(5)), and the length of what is before each of its parts.
const MAGIC: &[u8] = b"!<arch>\n";
const HEADER: u64 = 60;

/// Parts after which no more are looked for: the one with the description is the second.
const MAX_PARTS: usize = 8;

/// A longer description with all that is packed with it is refused.
const MAX_CONTROL: u64 = 16 << 20;

/// The length of a block of a tar.
const BLOCK: usize = 512;

fn read(file: &FileToRead<'_>, found: &mut Found) {
    match control(file.content) {
        Ok(text) => dpkg::paragraphs(&text, false, found),
        Err(error) => found.unread(error),
    }
}

/// The description of the package.
fn control(content: &Content) -> io::Result<Content> {
    if content.range(0, MAGIC.len() as u64, HEADER).ok().as_deref() != Some(MAGIC) {
        return Err(bad("it begins otherwise"));
    }
    let mut at = MAGIC.len() as u64;
    for _ in 0..MAX_PARTS {
        let head = content.range(at, HEADER, HEADER).map_err(|_| bad("it is cut"))?;
        let text = |from: usize, to: usize| String::from_utf8_lossy(&head[from..to]).trim().to_owned();
        let len: u64 = text(48, 58).parse().map_err(|_| bad("a part has no length"))?;
        at += HEADER;
        if text(0, 16).starts_with("control.tar") {
            let packed = Content::of(content.range(at, len, MAX_CONTROL)?);
            let plain = store::decompress(packed.reader(0))?;
            return in_tar(&kit::read_bounded(plain, MAX_CONTROL)?)
                .ok_or_else(|| bad("it has no description"));
        }
        at = at.saturating_add(len.next_multiple_of(2));
    }
    Err(bad("it has no description"))
}

/// The file `control` of a tar.
fn in_tar(tar: &[u8]) -> Option<Content> {
    let mut rest = tar;
    loop {
        let (head, after) = rest.split_at_checked(BLOCK)?;
        let until_zero = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
        };
        let name = until_zero(&head[..100]);
        let size = usize::from_str_radix(until_zero(&head[124..136]).trim(), 8).ok()?;
        if name.strip_prefix("./").unwrap_or(&name) == "control" {
            return after.get(..size).map(|text| Content::of(text.to_vec()));
        }
        rest = after.get(size.checked_next_multiple_of(BLOCK)?..)?;
    }
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a damaged package of dpkg: {why}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::cataloguers::tests::{check, found};

    /// A tar of files.
    fn tar(files: &[(&str, &str)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, text) in files {
            let mut head = vec![0; BLOCK];
            head[..name.len()].copy_from_slice(name.as_bytes());
            head[124..135].copy_from_slice(format!("{:011o}", text.len()).as_bytes());
            out.extend([head, text.as_bytes().to_vec()].concat());
            out.resize(out.len().next_multiple_of(BLOCK), 0);
        }
        out.resize(out.len() + 2 * BLOCK, 0);
        out
    }

    fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        for (name, content) in parts {
            let len = content.len();
            out.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{len:<10}`\n", 0, 0, 0, 100_644).as_bytes());
            out.extend(*content);
            out.resize(out.len().next_multiple_of(2), b'\n');
        }
        out
    }

    #[test]
    fn archives_are_read_by_their_description() {
        let control = "Package: a\nSource: b (1:1.9)\nVersion: 1:2-3\nArchitecture: all\nDescription: x\n Version: no\n";
        let plain = tar(&[("./", ""), ("./md5sums", "odd"), ("./control", control)]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&plain).unwrap();
        let whole = |name: &str, packed: &[u8]| {
            archive(&[("debian-binary", b"2.0\n"), (name, packed), ("data.tar.xz", b"odd")])
        };
        check(&CATALOGUER, "x/a.deb", whole("control.tar", &plain), &["a 1:2-3"]);
        let packed = whole("control.tar.gz/", &gzip.finish().unwrap());
        let read = found(&CATALOGUER, "a.deb", packed.clone());
        assert_eq!((read.packages[0].source(), &*read.packages[0].architecture), (("b", "1:1.9"), "all"));
        for len in 0..packed.len() - 64 {
            let cut = found(&CATALOGUER, "a.deb", &packed[..len]);
            assert!(cut.unread.is_some() && cut.packages.is_empty(), "{len}");
        }
        let bare = whole("control.tar", &tar(&[("x", "")]));
        assert!(found(&CATALOGUER, "a.deb", bare).unread.unwrap().contains("no description"));
    }
}
