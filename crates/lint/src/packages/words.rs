//! The words that name packages.

use std::borrow::Cow;

use shell::{Arg, Kind, Parameter, Piece};
use stage::Lookup;

use super::{Manager, Pin};
use crate::model::{RunStep, Step};

/// Stands for what is not known in a text.
const UNKNOWN: char = '\u{fffd}';

/// A package that a command names.
#[derive(Debug, Clone)]
pub(crate) struct Package<'b, 'a> {
    /// The word; one word can name several packages.
    pub(crate) arg: &'b Arg<'a>,
    /// What names the package and its version.
    pub(crate) text: String,
    pub(crate) pin: Pin,
}

impl Package<'_, '_> {
    /// Whether it has the version that is best today, whatever that is.
    pub(crate) fn is_loose(&self) -> bool {
        matches!(self.pin, Pin::None | Pin::Channel)
    }

    /// Its name without a version.
    pub(crate) fn name(&self) -> &str {
        cleaned_name(&self.text)
    }
}

/// The name of a package without a version, architecture or extras.
pub(crate) fn cleaned_name(text: &str) -> &str {
    let scope = usize::from(text.starts_with('@'));
    let end =
        text[scope..].find(['=', '~', '<', '>', '!', '@', '[', ';', ' ']).map_or(text.len(), |at| at + scope);
    &text[..end]
}

/// The packages that a word names.
pub(super) fn packages<'b, 'a>(
    manager: &Manager,
    step: &Step<'_>,
    run: &RunStep<'_>,
    arg: &'b Arg<'a>,
) -> Vec<Package<'b, 'a>> {
    let (text, splits) = resolved(step, run, arg);
    let package = |text: &str| {
        let known = (manager.pin)(text);
        let unsure = text.contains(UNKNOWN) && matches!(known, Pin::None | Pin::Channel);
        Package { arg, text: text.to_owned(), pin: if unsure { Pin::Unknown } else { known } }
    };
    if splits { text.split_whitespace().map(package).collect() } else { vec![package(&text)] }
}

/// The text of a word, and whether it is split at blanks.
fn resolved<'b>(step: &Step<'_>, run: &RunStep<'_>, arg: &'b Arg<'_>) -> (Cow<'b, str>, bool) {
    if !arg.expands {
        return (Cow::Borrowed(&arg.text), false);
    }
    let (mut text, mut splits) = (String::new(), false);
    for piece in arg.word.pieces() {
        if !piece.is_expansion() {
            text.push_str(&piece.text());
            continue;
        }
        splits |= !piece.in_double_quotes;
        match known(step, run, piece) {
            Some(value) => text.push_str(&value),
            None => text.push(UNKNOWN),
        }
    }
    (Cow::Owned(text), splits)
}

/// The value of a variable, where it is known and taken as it is.
fn known(step: &Step<'_>, run: &RunStep<'_>, piece: Piece<'_>) -> Option<String> {
    let parameter = Parameter::cast(piece.node).filter(|_| piece.node.kind() == Kind::Parameter)?;
    let plain = parameter.operator().is_none() && parameter.subscript().is_none();
    if !plain || parameter.is_length() || parameter.is_indirect() || parameter.is_special() {
        return None;
    }
    let name = parameter.name();
    let own = run.assigned(name);
    match if own == Lookup::Unset { step.scope.get(name) } else { own } {
        Lookup::Known(value) => Some(value),
        Lookup::Unset | Lookup::Unknown => None,
    }
}
