//! From text to tree, by recursive descent over the bytes: what a character means depends on where it stands, so
//! there are no tokens apart from the tree. The nesting is bounded, and no part is read more than a bounded number
//! of times.

mod arithmetic;
mod backquote;
mod braces;
mod chars;
mod command;
mod compound;
mod conditional;
mod heredoc;
mod list;
mod parameter;
mod quotes;
mod redirect;
mod token;
mod word;

use kit::TextRange;

use crate::dialect::Dialect;
use crate::error::ShellError;
use crate::kind::Kind;
use crate::tree::{NodeData, Parse};
pub(crate) use backquote::unescape;
use heredoc::Pending;
use token::{Stops, Tok};
use word::Brackets;

/// What is nested deeper is skipped with an error, as every level takes stack.
const DEEPEST: u32 = 100;
/// More errors than this are of no use to anybody.
const MOST_ERRORS: usize = 64;
/// Offsets and counts of nodes have 32 bits, and no text has more than six nodes for a byte.
const LONGEST: usize = u32::MAX as usize / 8;

/// Parses a shell text. Every text has a tree; what is wrong with it is in [`Parse::errors`]. A text in a dialect
/// that is not parsed, or of more than 512 MiB, is a tree with a single leaf.
pub fn parse(text: &str, dialect: Dialect) -> Parse {
    if !dialect.is_parsed() || text.len() > LONGEST {
        return foreign(text, dialect);
    }
    let nodes = Vec::with_capacity(text.len() / 2 + 8);
    let mut parser = Parser::new(text, dialect, Out { nodes, heredocs: Vec::new(), errors: Vec::new() });
    let root = parser.open(Kind::Script);
    parser.items();
    let (end, _) = parser.peek();
    parser.trivia(end);
    parser.close(root);
    let Out { nodes, mut heredocs, errors } = parser.out;
    heredocs.sort_unstable();
    Parse { text: text.into(), dialect, nodes, heredocs, errors }
}

fn foreign(text: &str, dialect: Dialect) -> Parse {
    let end = TextRange::of(0..text.len()).end;
    let node = |kind, next| NodeData { start: 0, end, next, parent: 0, kind, unescape: false };
    let nodes = vec![node(Kind::Script, 2), node(Kind::Foreign, 2)];
    Parse { text: text.into(), dialect, nodes, heredocs: Vec::new(), errors: Vec::new() }
}

/// What is made.
struct Out {
    nodes: Vec<NodeData>,
    heredocs: Vec<(u32, u32)>,
    errors: Vec<ShellError>,
}

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    /// Where the next leaf begins.
    at: u32,
    /// What is parsed ends here.
    end: u32,
    dialect: Dialect,
    /// The innermost open node.
    current: u32,
    depth: u32,
    /// What ends a list that is open now.
    stops: Stops,
    /// Here-documents whose lines are still to come.
    pending: Vec<Pending>,
    mode: Mode,
    /// Whether the nesting is too deep: what is missing then is not said.
    too_deep: bool,
    brackets: Brackets,
    out: Out,
}

/// How what is parsed is read.
#[derive(Debug, Clone, Copy, Default)]
struct Mode {
    /// Backslashes were removed from the text before it got here.
    unescaped: bool,
    /// The shell finds errors here only when it gets there.
    late: bool,
    /// `@(…)` is a pattern here whatever options are set.
    pattern: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, dialect: Dialect, out: Out) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            end: count(text.len()),
            dialect,
            current: 0,
            depth: 0,
            stops: Stops::NONE,
            pending: Vec::new(),
            mode: Mode::default(),
            too_deep: false,
            brackets: Brackets::default(),
            out,
        }
    }

    fn is_bash(&self) -> bool {
        self.dialect == Dialect::Bash
    }

    /// The byte at an offset; 0 behind the end.
    #[inline]
    fn byte(&self, at: u32) -> u8 {
        if at < self.end { self.bytes[at as usize] } else { 0 }
    }

    fn slice(&self, start: u32, end: u32) -> &'t str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// Number of nodes so far, which is the id of the next one.
    #[inline]
    fn next_id(&self) -> u32 {
        count(self.out.nodes.len())
    }

    /// Begins a node.
    #[inline]
    fn open(&mut self, kind: Kind) -> u32 {
        let id = self.next_id();
        let (at, parent, unescape) = (self.at, self.current, self.mode.unescaped);
        self.out.nodes.push(NodeData { start: at, end: at, next: id + 1, parent, kind, unescape });
        self.current = id;
        id
    }

    /// Ends a node: all that was added since it was opened belongs to it.
    #[inline]
    fn close(&mut self, id: u32) {
        let (next, at) = (self.next_id(), self.at);
        let node = &mut self.out.nodes[id as usize];
        node.end = at;
        node.next = next;
        self.current = node.parent;
    }

    /// Ends a node before the blanks, comments and line ends that it ends with; these belong to its parent.
    fn close_trimmed(&mut self, id: u32) {
        let parent = self.out.nodes[id as usize].parent;
        let own = &mut self.out.nodes[id as usize + 1..];
        let trivia = own.iter_mut().rev().take_while(|node| node.parent == id && node.kind.is_trivia());
        let moved = count(trivia.map(|node| node.parent = parent).count());
        let (next, mut end) = (self.next_id() - moved, self.at);
        if let Some(first) = self.out.nodes.get(next as usize) {
            end = first.start;
        }
        let node = &mut self.out.nodes[id as usize];
        (node.end, node.next) = (end, next);
        self.current = parent;
    }

    /// Adds a leaf that reaches up to `end`.
    #[inline]
    fn leaf(&mut self, kind: Kind, end: u32) {
        let id = self.next_id();
        let (start, parent, unescape) = (self.at, self.current, self.mode.unescaped);
        self.out.nodes.push(NodeData { start, end, next: id + 1, parent, kind, unescape });
        self.at = end;
    }

    /// Adds a leaf of `len` bytes.
    #[inline]
    fn take(&mut self, kind: Kind, len: u32) {
        self.leaf(kind, self.at + len);
    }

    /// Adds a leaf when there is anything up to `end`.
    #[inline]
    fn rest(&mut self, kind: Kind, end: u32) {
        if end > self.at {
            self.leaf(kind, end);
        }
    }

    fn error(&mut self, range: (u32, u32), message: impl Into<String>) {
        self.report(range, message.into(), None);
    }

    /// The place of the character at `at`.
    fn character(&self, at: u32) -> (u32, u32) {
        let length = if at < self.end { chars::char_len(self.byte(at)) } else { 0 };
        (at, at + length)
    }

    /// Says that what was opened at `opened` is not closed.
    fn unclosed(&mut self, opened: (u32, u32), message: impl Into<String>) {
        let opened = TextRange::new(opened.0, opened.1);
        self.report((self.at, self.at), message.into(), Some(opened));
    }

    fn report(&mut self, range: (u32, u32), message: String, opened: Option<TextRange>) {
        if !self.too_deep && self.out.errors.len() < MOST_ERRORS {
            let range = TextRange::new(range.0, range.1);
            self.out.errors.push(ShellError { range, message, opened, late: self.mode.late });
        }
    }

    /// Goes one level down; what is too deep is skipped.
    fn nested(&mut self, parse: impl FnOnce(&mut Self)) {
        if self.depth >= DEEPEST {
            self.error((self.at, self.end), "commands or substitutions are nested too deeply");
            self.too_deep = true;
            return self.rest(Kind::Skipped, self.end);
        }
        self.depth += 1;
        parse(self);
        self.depth -= 1;
    }

    /// Parses what the shell looks at only when it gets there, if `late`.
    fn late(&mut self, late: bool, parse: impl FnOnce(&mut Self)) {
        let outer = self.mode.late;
        self.mode.late |= late;
        parse(self);
        self.mode.late = outer;
    }

    /// Parses a part of the text by itself: nothing in it belongs to what is around.
    fn within(&mut self, end: u32, parse: impl FnOnce(&mut Self)) {
        let outer = (self.end, self.stops, self.mode.pattern, self.pending.len());
        (self.end, self.stops, self.mode.pattern) = (end, Stops::NONE, false);
        parse(self);
        self.pending.truncate(outer.3);
        (self.end, self.stops, self.mode.pattern) = (outer.0, outer.1, outer.2);
    }

    /// Offset and kind of the next token, behind blanks and comments.
    #[inline]
    fn peek(&self) -> (u32, Tok) {
        let at = self.behind_blanks(self.at);
        (at, self.token(at))
    }
}

/// Offsets and counts fit into 32 bits, as [`LONGEST`] sees to.
#[inline]
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
