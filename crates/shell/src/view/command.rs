//! Simple commands, and where they stand.

use std::borrow::Cow;

use super::{Assignment, Redirect, Word, view};
use crate::kind::Kind;
use crate::tree::{Node, Parse};
use kit::TextRange;

view! {
    /// A simple command: assignments, words, redirections.
    Command: Simple
}

view! {
    /// Commands whose outputs and inputs are joined by `|`; often one alone.
    Pipeline: Pipeline
}

view! {
    /// Pipelines joined by `&&` and `||`; often one alone.
    AndOr: AndOr
}

/// How a command is joined with the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// None is before it in its list.
    First,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;` or a line end
    Sequence,
    /// `&`: the one before it goes on beside it.
    Beside,
}

impl Parse {
    /// All simple commands in the order in which they begin, those of substitutions and functions too.
    pub fn commands(&self) -> impl Iterator<Item = Command<'_>> {
        self.nodes().filter_map(Command::cast)
    }
}

impl<'a> Command<'a> {
    /// `name=value` before the first word.
    pub fn assignments(self) -> impl Iterator<Item = Assignment<'a>> {
        self.node.children().filter_map(Assignment::cast)
    }

    /// The words.
    pub fn words(self) -> impl Iterator<Item = Word<'a>> {
        self.node.children().filter_map(Word::cast)
    }

    /// The redirections.
    pub fn redirects(self) -> impl Iterator<Item = Redirect<'a>> {
        self.node.children().filter_map(Redirect::cast)
    }

    /// The first word, when nothing in it is expanded.
    pub fn name(self) -> Option<Cow<'a, str>> {
        self.words().next()?.literal()
    }

    /// From its first assignment or word to its last: without redirections at its ends.
    pub fn words_range(self) -> TextRange {
        let words = self.node.children().filter(|node| matches!(node.kind(), Kind::Word | Kind::Assignment));
        words.map(Node::range).reduce(TextRange::cover).unwrap_or_else(|| self.range())
    }

    /// Where it stands.
    pub fn pipeline(self) -> Option<Pipeline<'a>> {
        Pipeline::around(self.node)
    }

    /// The command whose output it reads.
    pub fn input(self) -> Option<Node<'a>> {
        self.pipeline()?.before(self.node)
    }

    /// The command that reads its output.
    pub fn output(self) -> Option<Node<'a>> {
        self.pipeline()?.behind(self.node)
    }

    /// The innermost substitution it runs in.
    pub fn substitution(self) -> Option<Node<'a>> {
        self.node.enclosing(Kind::is_substitution)
    }

    /// Whether it runs in a process of its own, so that it cannot change variables or the directory for what follows.
    pub fn is_in_subshell(self) -> bool {
        self.node.ancestors().any(Node::is_subshell)
    }

    /// Whether something is done with its exit status, or with that of a command it is part of: behind it stands
    /// `&&` or `||`, before it `!`, or it is a condition. Then `set -e` does nothing for it.
    pub fn is_tested(self) -> bool {
        self.node.ancestors().any(|node| match node.kind() {
            Kind::Condition => true,
            Kind::Pipeline => {
                let negated = Pipeline::cast(node).is_some_and(Pipeline::is_negated);
                negated || node.siblings_behind().next().is_some()
            }
            _ => false,
        })
    }

    /// Whether it can be left out: it stands behind `&&` or `||`, in a branch, a loop, or a function.
    pub fn is_conditional(self) -> bool {
        let around = std::iter::once(self.node).chain(self.node.ancestors());
        around.into_iter().any(|node| {
            let Some(parent) = node.parent() else { return false };
            match parent.kind() {
                Kind::AndOr => node.siblings_before().next().is_some(),
                Kind::If | Kind::While | Kind::Until => node.kind() == Kind::List,
                Kind::For | Kind::Select => node.kind().is_list(),
                Kind::CaseItem | Kind::Function => true,
                _ => false,
            }
        })
    }
}

impl Node<'_> {
    /// Whether the commands below it run in a process of their own, as those of `( … )`, `$( … )`, of a pipeline with
    /// several commands, and before `&` do.
    pub fn is_subshell(self) -> bool {
        match self.kind() {
            Kind::Pipeline => self.children_of(Kind::Operator).next().is_some(),
            Kind::AndOr => AndOr::cast(self).is_some_and(AndOr::is_background),
            kind => kind.is_subshell(),
        }
    }
}

impl<'a> Pipeline<'a> {
    /// The pipeline that a command is a member of.
    pub fn around(command: Node<'a>) -> Option<Self> {
        command.parent().and_then(Self::cast)
    }

    /// Its commands, simple ones and others.
    pub fn commands(self) -> impl Iterator<Item = Node<'a>> {
        self.node.children().filter(|node| node.kind().is_command())
    }

    /// Whether `!` stands before it.
    pub fn is_negated(self) -> bool {
        self.node.children_of(Kind::Keyword).filter(|word| word.text() == "!").count() % 2 == 1
    }

    /// Whether bash's `time` stands before it.
    pub fn is_timed(self) -> bool {
        self.node.children_of(Kind::Keyword).any(|word| word.text() == "time")
    }

    /// The command before one of its commands.
    pub fn before(self, command: Node<'a>) -> Option<Node<'a>> {
        command.siblings_before().find(|node| node.kind().is_command() && node.parent() == Some(self.node))
    }

    /// The command behind one of its commands.
    pub fn behind(self, command: Node<'a>) -> Option<Node<'a>> {
        command.siblings_behind().find(|node| node.kind().is_command() && node.parent() == Some(self.node))
    }

    /// The chain it is a member of.
    pub fn chain(self) -> Option<AndOr<'a>> {
        self.node.parent().and_then(AndOr::cast)
    }

    /// How it is joined with what stands before it.
    pub fn link(self) -> Link {
        let Some(chain) = self.chain() else { return Link::First };
        match self.node.siblings_before().next().map(Node::text) {
            Some("&&") => Link::And,
            Some(_) => Link::Or,
            None => chain.link(),
        }
    }
}

impl<'a> AndOr<'a> {
    /// Its pipelines.
    pub fn pipelines(self) -> impl Iterator<Item = Pipeline<'a>> {
        self.node.children().filter_map(Pipeline::cast)
    }

    /// The list it is part of.
    pub fn list(self) -> Option<Node<'a>> {
        self.node.parent()
    }

    /// Whether `&` stands behind it.
    pub fn is_background(self) -> bool {
        let behind = self.node.siblings_behind().next();
        behind.is_some_and(|node| node.kind() == Kind::Operator && node.text() == "&")
    }

    /// How it is joined with what stands before it.
    pub fn link(self) -> Link {
        let mut before =
            self.node.siblings_before().filter(|node| matches!(node.kind(), Kind::AndOr | Kind::Operator));
        match before.next() {
            Some(node) if node.text() == "&" => Link::Beside,
            Some(_) if self.list().is_some_and(|list| list.kind().is_list()) => Link::Sequence,
            _ => Link::First,
        }
    }
}
