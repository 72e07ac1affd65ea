//! What a text uses beyond the language of POSIX.

use kit::TextRange;

use crate::kind::Kind;
use crate::tree::{Node, Parse};

/// A use of something that `sh` need not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    /// What it is.
    pub kind: ExtensionKind,
    /// Where it stands.
    pub range: TextRange,
}

/// What shells have beyond POSIX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ExtensionKind {
    /// `<(…)`
    ProcessSubstitution,
    /// `a=(…)`
    Array,
    /// `a[…]=…`, `${a[…]}`
    ArrayElement,
    /// `+=`
    Append,
    /// `<<<`
    HereString,
    /// `|&`
    PipeBoth,
    /// `&>`
    RedirectBoth,
    /// `&>` with no command before it.
    RedirectBothFirst,
    /// `>& file`
    RedirectBothOld,
    /// `{name}>`
    NamedDescriptor,
    /// `[[ … ]]`
    Conditional,
    /// `((…))`
    ArithmeticCommand,
    /// `for ((…))`
    ArithmeticFor,
    /// `for …; { … }`
    BraceFor,
    /// `select`
    Select,
    /// `;&` and `;;&`
    CaseFallThrough,
    /// `function`
    FunctionKeyword,
    /// A name of a function that is no name of a variable.
    FunctionName,
    /// `$'…'`
    AnsiQuoted,
    /// `$"…"`
    TranslatedQuoted,
    /// `$[…]`
    OldArithmetic,
    /// `@(…)`
    ExtendedGlob,
    /// `{a,b}`
    BraceExpansion,
    /// `${x:1}`
    Substring,
    /// `${x/a/b}`
    Replace,
    /// `${x^}`, `${x,}`, `${x~}`
    ChangeCase,
    /// `${!x}`
    Indirect,
    /// `${x@Q}`
    Transform,
    /// `$((a) | b)`: a subshell that looks like arithmetic.
    AmbiguousArithmetic,
    /// `++` and `--` in an expression.
    Increment,
    /// `**` in an expression.
    Power,
    /// `16#ff` in an expression.
    NumberBase,
    /// `10> file`: a descriptor of more than one digit.
    LongDescriptor,
    /// `> /dev/tcp/…`, `< /dev/udp/…`
    NetworkFile,
    /// `$(< file)`
    FileSubstitution,
}

impl ExtensionKind {
    /// Whether dash refuses the whole text for it, before a command is run. Others it takes for something else, or
    /// refuses when it gets there.
    pub const fn is_refused(self) -> bool {
        matches!(
            self,
            Self::ProcessSubstitution
                | Self::Array
                | Self::HereString
                | Self::PipeBoth
                | Self::RedirectBothFirst
                | Self::ArithmeticFor
                | Self::BraceFor
                | Self::Select
                | Self::CaseFallThrough
                | Self::FunctionKeyword
                | Self::FunctionName
                | Self::AmbiguousArithmetic
        )
    }
}

impl Parse {
    /// The uses of what POSIX does not have, in the order of the text. For a text in bash they are nothing to worry
    /// about.
    pub fn extensions(&self) -> impl Iterator<Item = Extension> {
        self.nodes().filter_map(|node| {
            let (kind, place) = extension(node)?;
            Some(Extension { kind, range: place.range() })
        })
    }

    /// Whether its shell refuses the text before it runs a command.
    pub fn is_refused(&self) -> bool {
        let broken = self.errors.iter().any(|error| !error.late);
        broken
            || self.dialect == crate::Dialect::Posix && self.extensions().any(|found| found.kind.is_refused())
    }
}

/// What a node uses, and the node that shows it.
fn extension(node: Node<'_>) -> Option<(ExtensionKind, Node<'_>)> {
    let kind = match node.kind() {
        Kind::ProcessSubstitution => ExtensionKind::ProcessSubstitution,
        Kind::Array => ExtensionKind::Array,
        Kind::Subscript => ExtensionKind::ArrayElement,
        Kind::Conditional => ExtensionKind::Conditional,
        Kind::ArithmeticCommand if node.parent().is_some_and(|parent| parent.kind() == Kind::For) => {
            ExtensionKind::ArithmeticFor
        }
        Kind::ArithmeticCommand => ExtensionKind::ArithmeticCommand,
        Kind::Select => ExtensionKind::Select,
        Kind::Function => return function(node),
        Kind::For => return brace_for(node),
        Kind::AnsiQuoted => ExtensionKind::AnsiQuoted,
        Kind::TranslatedQuoted => ExtensionKind::TranslatedQuoted,
        Kind::ExtendedGlob => ExtensionKind::ExtendedGlob,
        Kind::Arithmetic if node.text().starts_with("$[") => ExtensionKind::OldArithmetic,
        Kind::Brace if node.text() == "{" => ExtensionKind::BraceExpansion,
        Kind::CommandSubstitution if node.text().starts_with("$((") => ExtensionKind::AmbiguousArithmetic,
        Kind::CommandSubstitution if is_file_alone(node) => ExtensionKind::FileSubstitution,
        Kind::Number if in_expression(node) && node.text().contains('#') => ExtensionKind::NumberBase,
        Kind::Number if !in_expression(node) && node.text().len() > 1 => ExtensionKind::LongDescriptor,
        Kind::Redirect if is_network(node) => ExtensionKind::NetworkFile,
        Kind::Subshell if is_arithmetic(node) => ExtensionKind::ArithmeticCommand,
        Kind::Operator => return operator(node).map(|kind| (kind, node)),
        _ => return None,
    };
    Some((kind, node))
}

fn function(node: Node<'_>) -> Option<(ExtensionKind, Node<'_>)> {
    if let Some(keyword) = node.child(Kind::Keyword) {
        return Some((ExtensionKind::FunctionKeyword, keyword));
    }
    let name = node.child(Kind::Word)?;
    let text = name.text();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (!plain || text.starts_with(|ch: char| ch.is_ascii_digit()))
        .then_some((ExtensionKind::FunctionName, name))
}

fn brace_for(node: Node<'_>) -> Option<(ExtensionKind, Node<'_>)> {
    let brace = node.children_of(Kind::Keyword).find(|keyword| keyword.text() == "{")?;
    Some((ExtensionKind::BraceFor, brace))
}

fn operator(node: Node<'_>) -> Option<ExtensionKind> {
    let parent = node.parent()?;
    let text = node.text();
    Some(match (parent.kind(), text) {
        (Kind::Assignment, "+=") => ExtensionKind::Append,
        (Kind::Redirect, "<<<") => ExtensionKind::HereString,
        (Kind::Redirect, "&>" | "&>>") if parent.previous().is_none() => ExtensionKind::RedirectBothFirst,
        (Kind::Redirect, "&>" | "&>>") => ExtensionKind::RedirectBoth,
        (Kind::Redirect, "{") => ExtensionKind::NamedDescriptor,
        (Kind::Redirect, ">&") if is_file(parent) => ExtensionKind::RedirectBothOld,
        (Kind::Pipeline, "|&") => ExtensionKind::PipeBoth,
        (Kind::CaseItem, ";&" | ";;&") => ExtensionKind::CaseFallThrough,
        (Kind::Parameter, "!") => ExtensionKind::Indirect,
        (Kind::Expression, "++" | "--") => ExtensionKind::Increment,
        (Kind::Expression, "**" | "**=") => ExtensionKind::Power,
        (Kind::Parameter, ":") => ExtensionKind::Substring,
        (Kind::Parameter, "^" | "^^" | "," | ",," | "~" | "~~") => ExtensionKind::ChangeCase,
        // A second `/` stands before the new text.
        (Kind::Parameter, "/" | "//" | "/#" | "/%") if !follows_replace(node) => ExtensionKind::Replace,
        (Kind::Parameter, text) if text.starts_with('@') => ExtensionKind::Transform,
        _ => return None,
    })
}

fn in_expression(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| parent.kind() == Kind::Expression)
}

fn is_network(redirect: Node<'_>) -> bool {
    let target = redirect.child(Kind::Word).map_or("", Node::text);
    target.starts_with("/dev/tcp/") || target.starts_with("/dev/udp/")
}

/// Whether a substitution is `$(< file)`: a redirection and nothing else.
fn is_file_alone(node: Node<'_>) -> bool {
    let mut commands = node.descendants().filter(|inner| inner.kind().is_command());
    let (Some(only), None) = (commands.next(), commands.next()) else { return false };
    let mut parts = only.children();
    let input = |part: Node<'_>| part.kind() == Kind::Redirect && part.text().starts_with('<');
    parts.next().is_some_and(input) && parts.next().is_none()
}

/// Whether `sh` reads bash's `((…))` as brackets in brackets.
fn is_arithmetic(node: Node<'_>) -> bool {
    node.parse().dialect() == crate::Dialect::Posix
        && node.text().starts_with("((")
        && node.text().ends_with("))")
}

fn follows_replace(node: Node<'_>) -> bool {
    node.siblings_before().any(|before| before.kind() == Kind::Operator && before.text().starts_with('/'))
}

/// Whether the word behind `>&` is no file descriptor.
fn is_file(redirect: Node<'_>) -> bool {
    let Some(word) = redirect.child(Kind::Word) else { return false };
    word.is_leaf() && word.text() != "-" && !word.text().bytes().all(|byte| byte.is_ascii_digit())
}
