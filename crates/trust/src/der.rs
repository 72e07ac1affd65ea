//! DER (X.690): the encoding of keys, certificates and timestamps. Strict: definite, shortest lengths alone.

use crate::{Result, TrustError};

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
/// An OCTET STRING in segments, which DER does not have.
pub(crate) const SEGMENTS: u8 = 0x24;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    /// What is in it.
    pub(crate) body: &'a [u8],
    /// The whole with tag and length.
    pub(crate) raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements in it.
    pub(crate) const fn inner(&self) -> Der<'a> {
        Der::new(self.body)
    }

    /// The bytes of a BIT STRING of whole bytes.
    pub(crate) fn bits(&self) -> Result<&'a [u8]> {
        match self.body.split_first() {
            Some((0, rest)) if self.tag == BIT_STRING => Ok(rest),
            _ => Err(bad("no bit string of whole bytes")),
        }
    }

    /// The bytes of an INTEGER that is not negative, without leading zeros.
    pub(crate) fn unsigned(&self) -> Result<&'a [u8]> {
        match self.body {
            _ if self.tag != INTEGER => Err(bad("no integer")),
            [] => Err(bad("an integer without a byte")),
            [first, ..] if *first >= 0x80 => Err(bad("a negative integer")),
            [0, second, ..] if *second < 0x80 => Err(bad("an integer with a needless zero")),
            [0, rest @ ..] if !rest.is_empty() => Ok(rest),
            body => Ok(body),
        }
    }

    /// A small INTEGER.
    pub(crate) fn small(&self) -> Result<u64> {
        let bytes = self.unsigned()?;
        if bytes.len() > 8 {
            return Err(bad("a large integer"));
        }
        Ok(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }
}

/// Elements in a row.
#[derive(Debug, Clone)]
pub(crate) struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The one element that these bytes are.
    pub(crate) fn whole(bytes: &'a [u8], tag: u8) -> Result<Element<'a>> {
        let mut der = Self::new(bytes);
        let found = der.expect(tag)?;
        der.end()?;
        Ok(found)
    }

    /// The next one.
    pub(crate) fn next(&mut self) -> Result<Element<'a>> {
        let all = self.rest;
        let [tag, length, rest @ ..] = all else { return Err(bad("it ends too early")) };
        if tag & 0x1f == 0x1f {
            return Err(bad("a tag of several bytes"));
        }
        let (len, rest) = length_of(*length, rest)?;
        if len > rest.len() {
            return Err(bad("an element is longer than what it is in"));
        }
        let (body, after) = rest.split_at(len);
        self.rest = after;
        Ok(Element { tag: *tag, body, raw: &all[..all.len() - after.len()] })
    }

    /// The next one, which has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>> {
        let found = self.next()?;
        if found.tag == tag {
            return Ok(found);
        }
        Err(bad(&format!("an element has the tag {:#04x} where {tag:#04x} is expected", found.tag)))
    }

    /// The next one, when it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>> {
        if self.rest.first() == Some(&tag) { self.next().map(Some) } else { Ok(None) }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(bad("bytes follow where it should end")) }
    }
}

/// The length that begins with `first`, and what comes after it.
fn length_of(first: u8, rest: &[u8]) -> Result<(usize, &[u8])> {
    if first < 0x80 {
        return Ok((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 || count > rest.len() {
        return Err(bad("an indefinite or too large length"));
    }
    let (bytes, after) = rest.split_at(count);
    let len = bytes.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    if bytes[0] == 0 || len < 0x80 {
        return Err(bad("a length that is not the shortest"));
    }
    Ok((len, after))
}

fn bad(what: &str) -> TrustError {
    TrustError::malformed(format!("not DER: {what}"))
}

/// An element of these parts.
pub(crate) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    if len < 0x80 {
        out.push(u8::try_from(len).unwrap_or(0));
    } else {
        let bytes = len.to_be_bytes();
        let skip = bytes.iter().take_while(|byte| **byte == 0).count();
        out.push(0x80 | u8::try_from(bytes.len() - skip).unwrap_or(0));
        out.extend_from_slice(&bytes[skip..]);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_as_written_and_nothing_else_is() {
        for len in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1_0000] {
            let body = vec![7; len];
            let bytes = write(OCTET_STRING, &[&body]);
            assert_eq!(Der::whole(&bytes, OCTET_STRING).unwrap().body, body);
        }
        for bytes in [
            &[][..],
            &[0x04],
            &[0x04, 0x01],
            &[0x04, 0x80, 0, 0],
            &[0x04, 0x81, 0x01, 0],
            &[0x04, 0x82, 0x00, 0x80],
            &[0x04, 0x85, 0, 0, 0, 0, 0],
            &[0x1f, 0x00],
            &[0x04, 0x00, 0x00],
            &[0x05, 0x00],
        ] {
            assert!(Der::whole(bytes, OCTET_STRING).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn integers_have_one_form() {
        let check = |body: &[u8], expect: Option<u64>| {
            let bytes = write(INTEGER, &[body]);
            assert_eq!(Der::whole(&bytes, INTEGER).unwrap().small().ok(), expect, "{body:?}");
        };
        check(&[0], Some(0));
        check(&[0x7f], Some(127));
        check(&[0, 0x80], Some(128));
        check(&[0, 0x7f], None);
        check(&[0x80], None);
        check(&[], None);
        check(&[1; 9], None);
    }
}
