//! Formats Dockerfiles: one style, small differences, the same meaning.
//!
//! What changes is the case of keywords, the blanks between words, the indentation of continued lines, blank lines,
//! and trailing blanks. Line breaks are the author's: commands are not broken or joined. Comments, quoted texts,
//! bodies of heredocs and line ends stay as they are, and how deep a line is indented against its neighbours stays,
//! too: only the width of a level becomes the same everywhere.
//!
//! # Blanks that reach the shell
//!
//! A RUN over several lines is joined to one without anything between its lines, so its indentation is part of the
//! text that the shell gets. There were three ways to deal with that:
//!
//! - Leave such blanks alone. Then no RUN is indented anew: of 1773 Dockerfiles with continued lines in the corpus
//!   of the tests, 605 keep an uneven one that way.
//! - Change them and let the plan change. Then formatting a file builds it anew.
//! - Change them, and let the plan use a form of the command in which they do not count. This is what cooper does:
//!   [`syntax::squeeze_shell`] finds the blanks that do nothing but separate words, the plan gives the shell a
//!   command with one blank in place of each run of them, and the formatter changes no others. So the digest of every
//!   step is the same before and after, which a test shows for every file of the corpus. The price is that the text
//!   of a RUN in the history and in the process list is not that of `BuildKit` to the last blank.
//!
//! Where a shell is not known to read its command that way (SHELL names another one, the escape character is a
//! backtick, the base is for Windows), and in what an image keeps as text (the shell form of CMD, ENTRYPOINT and
//! HEALTHCHECK, the trigger of ONBUILD), no blank is changed.
//!
//! # A net below
//!
//! The result is parsed again, and compared with the original instruction by instruction. A difference is a bug, and
//! gives [`Refusal::Meaning`] instead of a changed file.

mod blanks;
mod chain;
mod document;
mod instruction;
mod levels;
mod line;
mod meaning;
mod style;

use kit::TextRange;
use syntax::{Parse, SyntaxError};

pub use style::{Case, Chain, Indent, Style};

/// Why a text is not formatted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It has errors, in the order of the text.
    Syntax(Vec<SyntaxError>),
    /// The formatted text would mean something else from here on. That is a bug of this crate.
    Meaning(TextRange),
}

/// The text of `parse` in a style. Formatting the result again gives the same text.
pub fn format(parse: &Parse, style: Style) -> Result<String, Refusal> {
    let errors = parse.all_errors();
    if !errors.is_empty() {
        return Err(Refusal::Syntax(errors));
    }
    let text = document::document(parse, style);
    if text != parse.text() {
        meaning::compare(parse, &text).map_err(Refusal::Meaning)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
