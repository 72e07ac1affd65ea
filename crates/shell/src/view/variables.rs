//! Which variables a text reads and sets.

use super::{Assignment, Command, Invocation, Parameter, ParameterOperator, Pieces, Word};
use crate::kind::Kind;
use crate::tree::{Node, Parse};
use kit::TextRange;

/// A use of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VariableUse<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the name stands.
    pub range: TextRange,
    /// What is done.
    pub access: Access,
    /// The parameter, assignment, word or command that does it.
    pub node: Node<'a>,
}

/// What is done with a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Its value is used.
    Read,
    /// Its value is used if there is one: `${x:-…}` and its like.
    ReadIfSet,
    /// It gets a value.
    Assign,
    /// It gets a value for one command alone: `x=y command`.
    Lend,
    /// It gets a value and is handed on to commands: `export x=y`.
    Export,
    /// It is handed on to commands: `export x`.
    ExportOnly,
    /// It gets a value from what is read or looped over: `read x`, `for x in …`.
    Fill,
    /// Its value changes: `x+=y`, `((x++))`.
    Change,
    /// It is removed.
    Unset,
}

impl Access {
    /// Whether the variable has a value afterwards.
    pub const fn sets(self) -> bool {
        matches!(self, Self::Assign | Self::Export | Self::Fill | Self::Change)
    }
}

impl Parse {
    /// The uses of variables, in the order of the text as far as their nodes go. Parameters like `$?` and `$1` are in
    /// it, too.
    pub fn variables(&self) -> Vec<VariableUse<'_>> {
        self.root().variables()
    }
}

impl<'a> Node<'a> {
    /// The uses of variables in it.
    pub fn variables(self) -> Vec<VariableUse<'a>> {
        let mut found = Vec::new();
        for node in self.descendants() {
            match node.kind() {
                Kind::Parameter => found.extend(parameter(node)),
                Kind::Assignment => {
                    found.extend(assignment(node));
                    prompt(node, &mut found);
                }
                Kind::Name => found.extend(name(node)),
                Kind::Simple => builtin(node, &mut found),
                _ => {}
            }
        }
        found
    }
}

fn parameter(node: Node<'_>) -> Option<VariableUse<'_>> {
    let parameter = Parameter::cast(node)?;
    let access = match parameter.operator() {
        Some(ParameterOperator::Assign) => Access::Assign,
        Some(ParameterOperator::Default | ParameterOperator::Alternative | ParameterOperator::Error) => {
            Access::ReadIfSet
        }
        Some(ParameterOperator::Names) => return None,
        _ => Access::Read,
    };
    let (name, range) = (parameter.name(), parameter.name_range());
    (!name.is_empty()).then_some(VariableUse { name, range, access, node })
}

fn assignment(node: Node<'_>) -> Option<VariableUse<'_>> {
    let assignment = Assignment::cast(node)?;
    let name = assignment.name()?;
    let parent = node.parent()?;
    let access = match parent.kind() {
        Kind::Simple if parent.child(Kind::Word).is_some() => Access::Lend,
        Kind::Word => {
            let command = parent.parent().and_then(Command::cast)?.name();
            let exports =
                parent.siblings_before().any(|word| word.kind() == Kind::Word && word.text() == "-x");
            if exports || command.as_deref() == Some("export") { Access::Export } else { Access::Assign }
        }
        _ if assignment.is_append() || assignment.subscript().is_some() => Access::Change,
        _ => Access::Assign,
    };
    Some(VariableUse { name: name.text(), range: name.range(), access, node })
}

/// Names in loops, redirections and expressions.
fn name(node: Node<'_>) -> Option<VariableUse<'_>> {
    let parent = node.parent()?;
    let access = match parent.kind() {
        Kind::For | Kind::Select | Kind::Coproc => Access::Fill,
        Kind::Redirect => Access::Assign,
        Kind::Expression => {
            let behind = node.siblings_behind().next().map_or("", Node::text);
            let before = node.siblings_before().next().map_or("", Node::text);
            match behind {
                "=" => Access::Assign,
                "++" | "--" | "+=" | "-=" | "*=" | "/=" | "%=" | "<<=" | ">>=" | "&=" | "^=" | "|=" => {
                    Access::Change
                }
                _ if matches!(before, "++" | "--") => Access::Change,
                _ => Access::Read,
            }
        }
        _ => return None,
    };
    Some(VariableUse { name: node.text(), range: node.range(), access, node: parent })
}

/// Commands of the shell that set the variables they are given.
fn builtin<'a>(node: Node<'a>, found: &mut Vec<VariableUse<'a>>) {
    let Some(command) = Command::cast(node) else { return };
    let access = match command.name().as_deref() {
        Some("read" | "mapfile" | "readarray" | "getopts") => Access::Fill,
        Some("unset") => Access::Unset,
        Some("export" | "readonly") => Access::ExportOnly,
        Some("declare" | "typeset" | "local") => Access::Assign,
        Some("[" | "test") => return asked(command, found),
        Some("printf") => return printf(command, found),
        Some("let") => return found.extend(command.words().skip(1).filter_map(expression)),
        Some("trap" | "alias") => return command.words().skip(1).for_each(|word| later(word.node(), found)),
        _ => return,
    };
    let invocation = Invocation::new(command);
    let skip = usize::from(invocation.name() == "getopts");
    let valued: &[&str] =
        if invocation.name() == "read" { &["-d", "-i", "-n", "-N", "-p", "-t", "-u"] } else { &[] };
    let mut value = false;
    for arg in invocation.args().iter().skip(skip) {
        if std::mem::take(&mut value) {
            continue;
        }
        value = valued.contains(&arg.text.as_ref());
        found.extend(whole_name(arg.word.node()).map(|name| VariableUse { access, ..name }));
    }
}

/// `[ -v name ]`
fn asked<'a>(command: Command<'a>, found: &mut Vec<VariableUse<'a>>) {
    let mut words = command.words().skip_while(|word| word.raw() != "-v").skip(1);
    let name = words.next().and_then(|word| whole_name(word.node()));
    found.extend(name.map(|name| VariableUse { access: Access::ReadIfSet, ..name }));
}

/// `let name=…`
fn expression(word: Word<'_>) -> Option<VariableUse<'_>> {
    let piece = word.pieces().next()?;
    let quote = u32::from(piece.node.text().starts_with(['"', '\'']));
    let range = piece.node.range();
    let text = TextRange::new(range.start + quote, range.end).slice(&word.node().parse.text);
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let (name, rest) = text.split_at(length);
    let rest = rest.trim_start();
    let access = match rest.as_bytes() {
        [b'=', b'=', ..] | [] => Access::Read,
        [b'=', ..] => Access::Assign,
        _ => Access::Change,
    };
    let start = range.start + quote;
    let named = name.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_');
    let range = TextRange::new(start, start + TextRange::of(0..length).end);
    named.then(|| VariableUse { name, range, access, node: word.node() })
}

/// A prompt, whose text the shell expands whenever it shows it.
fn prompt<'a>(node: Node<'a>, found: &mut Vec<VariableUse<'a>>) {
    let assignment = Assignment::cast(node);
    let name = assignment.and_then(Assignment::name).map_or("", Node::text);
    if matches!(name, "PS1" | "PS2" | "PS3" | "PS4" | "PROMPT_COMMAND") {
        later(node, found);
    }
}

/// The variables in single quotes of a text that the shell reads later on.
fn later<'a>(around: Node<'a>, found: &mut Vec<VariableUse<'a>>) {
    for node in around.descendants().filter(|node| node.kind() == Kind::SingleQuoted) {
        let (text, start) = (node.text(), node.range().start);
        for (at, _) in text.match_indices('$') {
            let begin = at + 1 + usize::from(text[at + 1..].starts_with('{'));
            let rest = &text[begin..];
            let length =
                rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let name = &rest[..length];
            if name.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_') {
                let range = TextRange::of(begin..begin + length);
                let range = TextRange::new(start + range.start, start + range.end);
                found.push(VariableUse { name, range, access: Access::Read, node });
            }
        }
    }
}

/// `printf -v name …`
fn printf<'a>(command: Command<'a>, found: &mut Vec<VariableUse<'a>>) {
    let mut words = command.words().skip(1);
    if words.next().is_some_and(|word| word.raw() == "-v") {
        found.extend(words.next().and_then(|word| whole_name(word.node())));
    }
}

/// A word that is a name and nothing else.
fn whole_name(word: Node<'_>) -> Option<VariableUse<'_>> {
    let mut pieces = Pieces::new(word);
    let (piece, None) = (pieces.next()?, pieces.next()) else { return None };
    let plain = matches!(piece.node.kind(), Kind::Word | Kind::Literal);
    let name = piece.node.text();
    let is_name = !name.starts_with(|ch: char| ch.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (plain && is_name).then(|| VariableUse { name, range: word.range(), access: Access::Assign, node: word })
}
