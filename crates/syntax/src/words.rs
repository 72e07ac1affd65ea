//! Splitting into words while a text is expanded.

/// Collects words: blanks split where they are not quoted, also those that come out of variables.
#[derive(Default)]
pub(crate) struct Words {
    word: String,
    words: Vec<String>,
}

impl Words {
    /// A character that ends the word when it is a blank.
    pub(crate) fn add_char(&mut self, ch: char) {
        if ch.is_whitespace() { self.close() } else { self.word.push(ch) }
    }

    /// A character that belongs to the word whatever it is.
    pub(crate) fn add_raw(&mut self, ch: char) {
        self.word.push(ch);
    }

    /// The value of a variable outside of quotes.
    pub(crate) fn add_text(&mut self, text: &str) {
        text.chars().for_each(|ch| self.add_char(ch));
    }

    /// What stood in quotes.
    pub(crate) fn add_quoted(&mut self, text: &str) {
        self.word.push_str(text);
    }

    /// All words; empty ones do not count, not even quoted ones.
    pub(crate) fn finish(mut self) -> Vec<String> {
        self.close();
        self.words
    }

    fn close(&mut self) {
        if !self.word.is_empty() {
            self.words.push(std::mem::take(&mut self.word));
        }
    }
}
