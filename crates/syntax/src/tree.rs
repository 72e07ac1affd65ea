//! The tree of a Dockerfile: items that tile the text, over a flat list of tokens.

use kit::TextRange;
use serde::Serialize;

use crate::error::{Spanned, SyntaxError};
use crate::heredoc::HeredocPart;
use crate::keyword::Keyword;
use crate::logical::Logical;
use crate::shell_text::ShellText;
use crate::statement::{Context, Statement};
use crate::token::Token;

/// A Dockerfile with its tree and its errors. Made by [`crate::parse`].
#[derive(Debug, Clone)]
pub struct Parse {
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) items: Vec<Item>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) errors: Vec<SyntaxError>,
    pub(crate) escape: u8,
}

impl Parse {
    /// The text that was parsed, as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The items in order; every byte of the text lies in exactly one.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The leaves in order; every byte of the text lies in exactly one.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// What is wrong with the structure of the file: unknown instructions, heredocs without an end, lines that
    /// are too long, bad directives. What is wrong within an instruction, [`Instruction::statement`] says.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// All that is wrong, within the instructions too, in the order of the text.
    pub fn all_errors(&self) -> Vec<SyntaxError> {
        let mut all = self.errors.clone();
        for instruction in self.instructions().filter(|item| item.kind != Keyword::Unknown) {
            all.extend(instruction.statement(self).err().into_iter().flatten());
        }
        all.sort_by_key(|error| error.range);
        all
    }

    /// The text again, put together from the tokens of the tree.
    pub fn print(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        for token in &self.tokens {
            out.push_str(token.range.slice(&self.text));
        }
        out
    }

    /// The instructions in order.
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.items.iter().filter_map(|item| match item {
            Item::Instruction(instruction) => Some(instruction),
            _ => None,
        })
    }

    /// The parser directives at the top, `# syntax=…` and the like (Dockerfile reference, "Parser directives").
    pub fn directives(&self) -> &[Directive] {
        &self.directives
    }

    /// The value of the directive `name` (in lower case).
    pub fn directive(&self, name: &str) -> Option<&str> {
        let found =
            self.directives.iter().find(|item| item.name_text(&self.text).eq_ignore_ascii_case(name))?;
        Some(found.value_text(&self.text))
    }

    /// The escape character: a backslash, or a backtick by directive.
    pub fn escape(&self) -> char {
        char::from(self.escape)
    }

    /// The s-expressions that `BuildKit` prints of its own tree, one instruction per line, as its golden files
    /// hold them. Instructions that cannot be read are left out.
    pub fn dump(&self) -> String {
        crate::dump::dump(self)
    }
}

/// A part of a Dockerfile: always whole lines.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Item {
    /// `# name=value` at the top.
    Directive(Directive),
    /// A comment between instructions, from its indentation to its line end.
    Comment(#[serde(serialize_with = "as_range")] TextRange),
    /// An empty line, or the byte order mark.
    Blank(#[serde(serialize_with = "as_range")] TextRange),
    /// An instruction.
    Instruction(Instruction),
}

/// A range as a map, so that it can stand in a tagged enum.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this signature")]
fn as_range<S: serde::Serializer>(range: &TextRange, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Ranged {
        range: TextRange,
    }
    Ranged { range: *range }.serialize(serializer)
}

impl Item {
    /// The lines it covers.
    pub const fn range(&self) -> TextRange {
        match self {
            Self::Directive(directive) => directive.range,
            Self::Comment(range) | Self::Blank(range) => *range,
            Self::Instruction(instruction) => instruction.range,
        }
    }
}

/// A parser directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Directive {
    /// The whole line.
    pub range: TextRange,
    /// The name, in any case.
    pub name: TextRange,
    /// The value, without blanks around it.
    pub value: TextRange,
}

impl Directive {
    /// The name as written; `text` is the text of the tree.
    pub fn name_text<'a>(&self, text: &'a str) -> &'a str {
        self.name.slice(text)
    }

    /// The value; `text` is the text of the tree.
    pub fn value_text<'a>(&self, text: &'a str) -> &'a str {
        self.value.slice(text)
    }
}

/// An instruction with its continuation lines and the lines of its heredocs.
#[derive(Debug, Clone, Serialize)]
pub struct Instruction {
    /// All its lines.
    pub range: TextRange,
    /// The word it begins with.
    pub keyword: TextRange,
    /// What that word is.
    pub kind: Keyword,
    #[serde(skip)]
    pub(crate) tokens: (u32, u32),
    /// Its position among the items.
    #[serde(skip)]
    pub(crate) index: u32,
    #[serde(skip)]
    pub(crate) heredocs: Vec<HeredocPart>,
}

impl Instruction {
    /// The typed view. The errors are those for which `BuildKit` refuses the instruction.
    pub fn statement(&self, parse: &Parse) -> Result<Statement, Vec<SyntaxError>> {
        let logical = self.logical(parse);
        Context::new(parse, self, &logical).statement(0..logical.text().len())
    }

    /// What a RUN, CMD, ENTRYPOINT or HEALTHCHECK runs, or an ONBUILD with one of these, as a text for a shell with
    /// the way back to the file. `None` for other instructions, and when nothing is run.
    pub fn shell_text(&self, parse: &Parse) -> Option<ShellText> {
        let logical = self.logical(parse);
        Context::new(parse, self, &logical).shell_text(0..logical.text().len())
    }

    /// The logical line: continuation lines joined, comments and heredoc bodies left out.
    pub fn original(&self, parse: &Parse) -> String {
        self.logical(parse).text().to_owned()
    }

    /// The keyword as written.
    pub fn keyword_text(&self, parse: &Parse) -> String {
        let written = self.keyword.slice(&parse.text);
        if !written.contains(['\n', parse.escape()]) {
            return written.to_owned();
        }
        let logical = self.logical(parse);
        logical.text().split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// Its tokens.
    pub fn tokens<'a>(&self, parse: &'a Parse) -> &'a [Token] {
        parse.tokens.get(self.tokens.0 as usize..self.tokens.1 as usize).unwrap_or_default()
    }

    /// The comments between the instruction before and this one, blank lines among them or not, as above.
    pub fn comments_before<'a>(&self, parse: &'a Parse) -> Vec<Spanned<&'a str>> {
        let before = parse.items.get(..self.index as usize).unwrap_or_default();
        let behind = before.iter().rev().take_while(|item| !matches!(item, Item::Instruction(_)));
        let mut found: Vec<_> = behind.filter_map(|item| comment(item, &parse.text)).collect();
        found.reverse();
        found
    }

    /// The comments on the lines directly above, in order: the text behind `#` without blanks around it, and the
    /// range from `#` on.
    pub fn comments_above<'a>(&self, parse: &'a Parse) -> Vec<Spanned<&'a str>> {
        let before = parse.items.get(..self.index as usize).unwrap_or_default();
        let mut found: Vec<_> = before.iter().rev().map_while(|item| comment(item, &parse.text)).collect();
        found.reverse();
        found
    }

    /// The flags as written, `--name=value` with quotes removed.
    pub fn flags(&self, parse: &Parse) -> Vec<Spanned<String>> {
        let logical = self.logical(parse);
        Context::new(parse, self, &logical).flags(0..logical.text().len())
    }

    pub(crate) fn logical<'a>(&self, parse: &'a Parse) -> Logical<'a> {
        Logical::new(&parse.text, self.tokens(parse))
    }
}

fn comment<'a>(item: &Item, text: &'a str) -> Option<Spanned<&'a str>> {
    let Item::Comment(range) = item else { return None };
    let line = range.slice(text);
    let start = range.start as usize + line.find('#')?;
    let end = range.start as usize + line.trim_end().len();
    let range = TextRange::of(start..end);
    Some(Spanned::new(range.slice(text).get(1..)?.trim(), range))
}
