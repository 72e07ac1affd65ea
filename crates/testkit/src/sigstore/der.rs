//! DER as it is written (X.690).

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BITS: u8 = 0x03;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const UTF8: u8 = 0x0c;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// An element of these parts.
pub(super) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = body.len().to_be_bytes();
    let skip = length.iter().take_while(|byte| **byte == 0).count().min(7);
    let bytes = &length[skip..];
    let mut out = vec![tag];
    if body.len() >= 0x80 {
        out.push(0x80 | u8::try_from(bytes.len()).unwrap());
    }
    out.extend_from_slice(bytes);
    out.extend(body);
    out
}

/// A name that is a `commonName` alone.
pub(super) fn name(text: &str) -> Vec<u8> {
    let pair = write(SEQUENCE, &[&write(OID, &[&[0x55, 4, 3]]), &write(UTF8, &[text.as_bytes()])]);
    write(SEQUENCE, &[&write(SET, &[&pair])])
}

/// A time as timestamps have it.
pub(super) fn generalized(seconds: i64) -> Vec<u8> {
    write(0x18, &[digits(seconds).as_bytes()])
}

/// A time as certificates have it until 2049.
pub(super) fn utc(seconds: i64) -> Vec<u8> {
    write(0x17, &[&digits(seconds).as_bytes()[2..]])
}

fn digits(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (mut year, mut left) = (1970, days);
    let length = |year: i64| if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) { 366 } else { 365 };
    while left >= length(year) {
        left -= length(year);
        year += 1;
    }
    let lengths = [31, length(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while left >= lengths[month] {
        left -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}{:02}{:02}{hour:02}{minute:02}{second:02}Z", month + 1, left + 1)
}
