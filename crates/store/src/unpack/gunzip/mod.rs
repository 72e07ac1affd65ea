//! Gzip (RFC 1952), read as one stream: a third faster than by a library that may stop at any bit, and without a buffer that grows.

mod bits;
mod blocks;
mod table;

use std::io::{self, BufRead, Read, Write};

use bits::Bits;
use blocks::Inflate;

/// The most of a name, comment or extra field.
const MAX_FIELD: usize = 64 << 10;

/// The flags that mean something, and those of them that are read.
const FLAGS: u8 = 0x1f;
const FHCRC: u8 = 2;
const FEXTRA: u8 = 4;
const FNAME: u8 = 8;
const FCOMMENT: u8 = 16;

/// A reader of what gzip members unpack to, one after the other. Checksums and sizes are checked at the end of each.
pub(super) struct Gunzip<R> {
    bits: Bits<R>,
    inflate: Box<Inflate>,
    member: Option<Member>,
    /// A member was found.
    begun: bool,
    /// Nothing can come any more: the end was reached, or an error.
    ended: bool,
}

/// What has been read of a member.
struct Member {
    checksum: libdeflater::Crc,
    size: u32,
}

fn corrupt() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the gzip data is corrupt")
}

impl<R: Read> Gunzip<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            bits: Bits::new(source),
            inflate: Box::new(Inflate::new()),
            member: None,
            begun: false,
            ended: false,
        }
    }

    /// Goes on until there is something to read; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        loop {
            let Some(member) = &mut self.member else {
                if self.begun && self.bits.at_end()? {
                    return Ok(false);
                }
                header(&mut self.bits)?;
                self.inflate.restart();
                self.begun = true;
                self.member = Some(Member { checksum: libdeflater::Crc::new(), size: 0 });
                continue;
            };
            let more = self.inflate.advance(&mut self.bits)?;
            let fresh = self.inflate.unread();
            if !fresh.is_empty() {
                member.checksum.update(fresh);
                member.size = member.size.wrapping_add(u32::try_from(fresh.len()).map_err(io::Error::other)?);
                return Ok(true);
            }
            if !more {
                self.bits.align();
                let (sum, size) = (self.bits.exact()?, self.bits.exact()?);
                if (u32::from_le_bytes(sum), u32::from_le_bytes(size)) != (member.checksum.sum(), member.size)
                {
                    return Err(corrupt());
                }
                self.member = None;
            }
        }
    }
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, mut buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let count = buf.write(self.fill_buf()?)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Gunzip<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.inflate.unread().is_empty() && !self.ended {
            let more = self.advance();
            self.ended = !matches!(more, Ok(true));
            more?;
        }
        Ok(self.inflate.unread())
    }

    fn consume(&mut self, count: usize) {
        self.inflate.consume(count);
    }
}

/// Passes the header of a member.
fn header<R: Read>(bits: &mut Bits<R>) -> io::Result<()> {
    let [first, second, method, flags, ..] = bits.exact::<10>()?;
    if [first, second, method] != super::decompress::GZIP || flags & !FLAGS != 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the gzip header is invalid"));
    }
    if flags & FEXTRA != 0 {
        for _ in 0..u16::from_le_bytes(bits.exact()?) {
            bits.exact::<1>()?;
        }
    }
    for _ in [FNAME, FCOMMENT].into_iter().filter(|flag| flags & flag != 0) {
        let mut left = MAX_FIELD;
        while bits.exact()? != [0] {
            left = left.checked_sub(1).ok_or_else(corrupt)?;
        }
    }
    if flags & FHCRC != 0 {
        bits.exact::<2>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, GzBuilder};
    use proptest::prelude::*;

    use super::*;

    /// As much as comes before an error.
    fn unpack(mut reader: impl Read) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        reader.read_to_end(&mut out).map(|_| out)
    }

    fn own(packed: &[u8]) -> io::Result<Vec<u8>> {
        unpack(Gunzip::new(packed))
    }

    fn library(packed: &[u8]) -> io::Result<Vec<u8>> {
        unpack(flate2::bufread::MultiGzDecoder::new(packed))
    }

    fn pack(plain: &[u8], level: u32) -> Vec<u8> {
        let mut gzip = GzBuilder::new().write(Vec::new(), Compression::new(level));
        gzip.write_all(plain).unwrap();
        gzip.finish().unwrap()
    }

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let count = buf.len().min(1);
            self.0.read(&mut buf[..count])
        }
    }

    /// Runs of different kinds, which make blocks of all kinds with near and far matches.
    fn mixed() -> impl Strategy<Value = Vec<u8>> {
        let run = (0..5_u8, any::<u8>(), 1..40_000_usize).prop_map(|(kind, byte, length)| {
            let mut state = u32::from(byte) + 1;
            let mut noise = move || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_le_bytes()[3]
            };
            (0..length)
                .map(|at| match kind {
                    0 => byte,
                    1 => noise(),
                    2 => noise() & 3,
                    3 => at.to_le_bytes()[0] % (byte | 1),
                    _ => (at / 7).to_le_bytes()[1] ^ noise() & 1,
                })
                .collect::<Vec<u8>>()
        });
        prop::collection::vec(run, 0..12).prop_map(|runs| runs.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_packed_comes_back(plain in mixed(), level in 0..10_u32) {
            let packed = pack(&plain, level);
            prop_assert!(own(&packed).unwrap() == plain);
            prop_assert!(unpack(Gunzip::new(Slow(&packed))).unwrap() == plain);
        }

        #[test]
        fn members_come_one_after_the_other(first in mixed(), second in mixed()) {
            let packed = [pack(&first, 6), pack(&[], 6), pack(&second, 1)].concat();
            prop_assert!(own(&packed).unwrap() == [first, second].concat());
        }

        #[test]
        fn what_is_damaged_is_judged_as_the_library_does(
            plain in mixed(), level in 0..10_u32, at in any::<prop::sample::Index>(), bit in 0..8, cut in any::<bool>()
        ) {
            let mut packed = pack(&plain, level);
            let at = at.index(packed.len());
            if cut { packed.truncate(at) } else { packed[at] ^= 1_u8 << bit }
            let (own, library) = (own(&packed).ok(), library(&packed).ok());
            prop_assert!(own == library);
        }

        #[test]
        fn anything_is_judged_as_the_library_does(noise in prop::collection::vec(any::<u8>(), 0..400)) {
            let packed = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0], &noise[..]].concat();
            prop_assert_eq!(own(&packed).is_ok(), library(&packed).is_ok());
        }
    }

    #[test]
    fn every_cut_is_told() {
        let packed = pack(&b"abracadabra ".repeat(200), 6);
        for end in 0..packed.len() {
            assert!(own(&packed[..end]).is_err(), "{end} of {} bytes", packed.len());
        }
    }

    #[test]
    fn fields_of_the_header_are_passed() {
        let builder = GzBuilder::new().filename("name").comment("a comment").extra(vec![7; 300]).mtime(5);
        let mut gzip = builder.write(Vec::new(), Compression::default());
        gzip.write_all(b"text").unwrap();
        let mut packed = gzip.finish().unwrap();
        assert_eq!(own(&packed).unwrap(), b"text");
        packed[3] |= 0x80;
        assert!(own(&packed).is_err(), "a flag that means nothing");
        let endless = [&[0x1f, 0x8b, 8, FNAME, 0, 0, 0, 0, 0, 0], &vec![b'a'; 2 * MAX_FIELD][..]].concat();
        assert!(own(&endless).is_err(), "a name without an end");
    }

    #[test]
    fn nothing_is_before_the_beginning() {
        // A block of fixed codes: the literal `a`, then three bytes two before.
        let far = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0x4b, 0x04, 0x22, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(own(&far).is_err());
        // Nor may a member reach into the one before it.
        assert!(own(&[&pack(b"some text", 6)[..], &far].concat()).is_err());
    }

    #[test]
    fn nothing_comes_after_an_error() {
        let mut packed = pack(&vec![1; 400_000], 6);
        let end = packed.len() - 8;
        packed[end] ^= 1;
        let mut reader = Gunzip::new(&packed[..]);
        assert!(reader.read_to_end(&mut Vec::new()).is_err());
        assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
    }
}
