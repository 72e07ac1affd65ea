//! Versions of R packages (R, `package_version`): numbers between dots or dashes; of two that are the same as far as one goes the
//! longer one is greater.

use std::cmp::Ordering;

use super::hackage::lists;
use crate::Scheme;

pub(crate) static SCHEME: Scheme = Scheme { name: "cran", compare };

fn compare(a: &str, b: &str) -> Ordering {
    lists(a, b, |byte| matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::tests::check;

    #[test]
    fn versions_have_rs_order() {
        check(&SCHEME, &["0.9 < 0.75 < 1.0 < 1.0-1 = 1.0.1 < 1.0-2 < 1.1"]);
    }
}
