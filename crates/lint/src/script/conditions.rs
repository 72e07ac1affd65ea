//! What `[ … ]`, `test …` and `[[ … ]]` ask for.

use std::borrow::Cow;

use kit::TextRange;
use shell::{Command, Kind, Node, Word};

/// Commands that have conditions as arguments.
pub(crate) const NAMES: &[&str] = &["[", "test"];

/// One question of such a command: what stands between `-a`, `-o`, `&&`, `||`, `!` and brackets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition<'a> {
    /// What it asks.
    pub(crate) asks: Asks<'a>,
    /// The language it is written in.
    pub(crate) form: Form,
    /// The command it is of.
    pub(crate) node: Node<'a>,
}

/// What a condition asks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asks<'a> {
    /// Whether a word is not empty.
    Word(Word<'a>),
    /// `-f word` and the like.
    Unary(&'a str, Word<'a>),
    /// `word = word` and the like.
    Binary(Word<'a>, &'a str, Word<'a>),
}

/// How a condition is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `[ … ]`
    Brackets,
    /// `test …`
    Test,
    /// `[[ … ]]`
    Double,
}

impl<'a> Condition<'a> {
    /// The conditions of a node that is such a command, or a part of `[[ … ]]`.
    pub(crate) fn of(node: Node<'a>) -> Vec<Self> {
        match node.kind() {
            Kind::Simple => of_command(node).unwrap_or_default(),
            Kind::Test => {
                let words: Vec<Node<'a>> =
                    node.children().filter(|child| !child.kind().is_trivia()).collect();
                let around = node.enclosing(|kind| kind == Kind::Conditional).unwrap_or(node);
                asked(&words)
                    .map(|asks| Self { asks, form: Form::Double, node: around })
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The words that are compared or asked for.
    pub(crate) fn words(&self) -> impl Iterator<Item = Word<'a>> + use<'a> {
        let (first, second) = match self.asks {
            Asks::Word(word) | Asks::Unary(_, word) => (word, None),
            Asks::Binary(left, _, right) => (left, Some(right)),
        };
        [Some(first), second].into_iter().flatten()
    }

    /// Where it stands.
    pub(crate) fn range(&self) -> TextRange {
        self.words().map(Word::range).reduce(TextRange::cover).unwrap_or_else(|| self.node.range())
    }

    /// Whether it asks whether a word is empty, so that it need not be set.
    pub(crate) fn asks_for_empty(&self) -> bool {
        match self.asks {
            Asks::Word(_) => self.form != Form::Test,
            Asks::Unary(operator, _) => self.form != Form::Test && matches!(operator, "-n" | "-z" | "-v"),
            Asks::Binary(..) => false,
        }
    }
}

fn of_command(node: Node<'_>) -> Option<Vec<Condition<'_>>> {
    let command = Command::cast(node)?;
    let mut words: Vec<Node<'_>> = node.children().flat_map(compared).collect();
    let form = match command.name()?.as_ref() {
        "test" => Form::Test,
        "[" => Form::Brackets,
        _ => return None,
    };
    words.remove(0);
    if form == Form::Brackets && words.pop()?.text() != "]" {
        return None;
    }
    let mut found = Vec::new();
    let mut part: Vec<Node<'_>> = Vec::new();
    let mut closed = false;
    for word in words {
        let text = word.text();
        let joins = matches!(text, "-a" | "-o") && (closed || !part.is_empty()) && !is_comparison(&part);
        closed = matches!(text, "\\)" | "')'");
        if joins || matches!(text, "\\(" | "\\)" | "'('" | "')'") || text == "!" && part.is_empty() {
            found.extend(asked(&part));
            part.clear();
        } else {
            part.push(word);
        }
    }
    found.extend(asked(&part));
    Some(found.into_iter().map(|asks| Condition { asks, form, node }).collect())
}

/// A word, or the parts of what is a redirection here: `[ a > b ]`.
fn compared(part: Node<'_>) -> Vec<Node<'_>> {
    match part.kind() {
        Kind::Word => vec![part],
        Kind::Redirect if part.child(Kind::Number).is_none() => {
            part.child(Kind::Operator).into_iter().chain(part.child(Kind::Word)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the words so far end with an operator that compares, so that any word can follow.
fn is_comparison(part: &[Node<'_>]) -> bool {
    matches!(part, [_, operator] if matches!(operator.text(), "=" | "==" | "!="))
}

fn asked<'a>(words: &[Node<'a>]) -> Option<Asks<'a>> {
    Some(match *words {
        [only] => Asks::Word(Word::cast(only)?),
        [operator, word] if is_unary(operator.text()) => Asks::Unary(operator.text(), Word::cast(word)?),
        [left, operator, right] => Asks::Binary(Word::cast(left)?, operator.text(), Word::cast(right)?),
        _ => return None,
    })
}

fn is_unary(text: &str) -> bool {
    text.len() == 2 && text.starts_with('-')
}

/// The text of a word that is nothing but plain characters, quoted or not.
pub(crate) fn plain(word: Word<'_>) -> Option<Cow<'_, str>> {
    word.literal().filter(|_| !word.is_pattern())
}
