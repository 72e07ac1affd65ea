//! Lists of documents that are written one element after the other: an inventory can have very many packages, and what is said of each is long.

use std::io::{self, BufWriter};

use kit::{Digest, Hasher};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A list whose elements are made when they are written, each time anew.
pub(crate) struct Each<F>(pub(crate) F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator<Item = Value>,
{
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
}

/// The digest of something as JSON without blanks.
pub(crate) fn digest(value: &impl Serialize) -> io::Result<Digest> {
    let mut out = BufWriter::new(Hasher::new());
    serde_json::to_writer(&mut out, value)?;
    Ok(out.into_inner().map_err(io::IntoInnerError::into_error)?.finish())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_written_as_if_they_were_there() {
        let each = Each(|| (0..3).map(|number| json!({ "n": number })));
        let whole = json!([{ "n": 0 }, { "n": 1 }, { "n": 2 }]);
        assert_eq!(
            serde_json::to_string_pretty(&each).unwrap(),
            serde_json::to_string_pretty(&whole).unwrap()
        );
        assert_eq!(digest(&each).unwrap(), Digest::of(whole.to_string().as_bytes()));
        let none = Each(|| (0..0).map(|number| json!(number)));
        assert_eq!(serde_json::to_string_pretty(&none).unwrap(), "[]");
    }
}
