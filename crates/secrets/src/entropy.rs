//! How random a text looks.

/// Entropy by the frequency of characters, in bits for each (Shannon).
pub(crate) fn shannon(bytes: &[u8]) -> f64 {
    if bytes.is_empty() {
        return 0.0;
    }
    let text = String::from_utf8_lossy(bytes);
    let mut chars: Vec<char> = text.chars().collect();
    chars.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "no secret is that long")]
    let (length, count) = (bytes.len() as f64, |run: &[char]| run.len() as f64);
    chars.chunk_by(PartialEq::eq).map(|run| count(run) / length).map(|part| -part * part.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_many_characters_have_more() {
        let check = |text: &str, expect: f64| {
            let found = shannon(text.as_bytes());
            assert!((found - expect).abs() < 0.001, "{text}: {found}");
        };
        check("", 0.0);
        check("aaaa", 0.0);
        check("abab", 1.0);
        check("abcdefgh", 3.0);
        check("aabc", 1.5);
    }
}
