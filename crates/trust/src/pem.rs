//! PEM (RFC 7468): labelled base64 between two lines. What stands outside of blocks is passed over, as everywhere.

use crate::{Reason, Result, TrustError, encoding};

/// Largest file of keys or certificates that is read.
const MAX: usize = 1 << 20;

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) bytes: Vec<u8>,
}

/// All blocks of a text.
pub(crate) fn read(text: &[u8]) -> Result<Vec<Block>> {
    if text.len() > MAX {
        return Err(TrustError::new(Reason::TooLarge, "the PEM file is larger than 1 MiB"));
    }
    let text = std::str::from_utf8(text).map_err(|_| TrustError::malformed("the file is no PEM text"))?;
    let mut out = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = marker(line, "BEGIN") else { continue };
        let mut body = String::new();
        loop {
            let cut = || TrustError::malformed(format!("the PEM block `{label}` has no end"));
            let line = lines.next().ok_or_else(cut)?;
            match marker(line, "END") {
                Some(end) if end == label => break,
                Some(_) => return Err(cut()),
                None => body += line,
            }
        }
        out.push(Block { label: label.to_owned(), bytes: encoding::base64(&body, "a PEM block")? });
    }
    Ok(out)
}

/// The only block of a text.
pub(crate) fn one(text: &[u8]) -> Result<Block> {
    let mut blocks = read(text)?;
    match (blocks.pop(), blocks.is_empty()) {
        (Some(block), true) => Ok(block),
        (None, _) => Err(TrustError::malformed("the file has no PEM block")),
        (Some(_), false) => {
            Err(TrustError::malformed("the file has several PEM blocks, and one is expected"))
        }
    }
}

/// A text with one block.
pub(crate) fn write(label: &str, bytes: &[u8]) -> String {
    let body = encoding::to_base64(bytes);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        out += line;
        out += "\n";
        rest = more;
    }
    out + &format!("-----END {label}-----\n")
}

fn marker<'a>(line: &'a str, kind: &str) -> Option<&'a str> {
    line.strip_prefix("-----")?.strip_suffix("-----")?.strip_prefix(kind)?.strip_prefix(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_cut_is_not() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = write("THING", &bytes);
        assert_eq!(one(text.as_bytes()).unwrap(), Block { label: "THING".to_owned(), bytes });
        assert!(one(format!("{text}{text}").as_bytes()).is_err());
        assert!(one(&text.as_bytes()[..text.len() - 10]).is_err());
        assert!(one(text.replace("END THING", "END OTHER").as_bytes()).is_err());
        assert!(one(text.replacen('A', "%", 1).as_bytes()).is_err());
        assert!(one(b"").is_err());
    }
}
