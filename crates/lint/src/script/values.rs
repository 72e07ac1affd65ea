//! What is known of the values of shell variables without running the text.

use std::collections::{BTreeMap, BTreeSet};

use shell::{
    Access, Assignment, Case, CaseItem, Command, If, Kind, Loop, Node, Parameter, Parse, Piece, VariableUse,
    Word,
};

/// Values that are made of each other more often than this are not followed.
const DEEPEST: usize = 8;

/// What a value can do to the command that it is put in without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Content {
    /// It is one word without blanks and patterns.
    Word,
    /// It is empty.
    Empty,
    /// It can be several words, none, or names of files.
    Any,
}

/// The variables that a text sets.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    uses: Vec<VariableUse<'a>>,
    sets: BTreeMap<&'a str, Vec<Set<'a>>>,
    /// Variables of the environment. Each is taken for a plain word.
    declared: BTreeSet<String>,
}

/// Variables that a build has without being told.
const PROXIES: &[&str] = &[
    "FTP_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "ftp_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// A place that changes a variable.
#[derive(Debug, Clone, Copy)]
struct Set<'a> {
    node: Node<'a>,
}

impl<'a> Values<'a> {
    pub(super) fn new(parse: &'a Parse, declared: impl IntoIterator<Item = String>) -> Self {
        let mut sets: BTreeMap<&str, Vec<Set<'_>>> = BTreeMap::new();
        let uses = parse.variables();
        for VariableUse { name, node, access, .. } in uses.iter().copied() {
            if access.sets() || access == Access::Unset {
                sets.entry(name).or_default().push(Set { node });
            }
        }
        for list in sets.values_mut() {
            list.sort_by_key(|set| set.node.range().start);
        }
        let declared = declared.into_iter().chain(PROXIES.iter().map(|name| (*name).to_owned())).collect();
        Self { uses, sets, declared }
    }

    /// All uses of variables.
    pub(crate) fn uses(&self) -> &[VariableUse<'a>] {
        &self.uses
    }

    /// The last place before `at` that sets a variable.
    pub(crate) fn last_set(&self, name: &str, at: u32) -> Option<Node<'a>> {
        let sets = self.sets.get(name)?;
        let behind = sets.partition_point(|set| set.node.range().start < at);
        sets[..behind].last().map(|set| set.node)
    }

    /// Whether the text sets a variable at all.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.sets.contains_key(name)
    }

    /// What a variable holds at `place`. One that is not set there for sure can hold anything; those of ENV and ARG are
    /// taken for words.
    pub(crate) fn content(&self, name: &str, place: Node<'a>) -> Content {
        self.content_at(name, place, 0)
    }

    fn content_at(&self, name: &str, place: Node<'a>, depth: usize) -> Content {
        let outer = if self.declared.contains(name) { Content::Word } else { Content::Any };
        let Some(sets) = self.sets.get(name).filter(|_| depth < DEEPEST) else { return outer };
        let at = place.range().start;
        let reach: Vec<&Set<'_>> = sets.iter().filter(|set| set.can_reach(place)).collect();
        let before = |set: &&&Set<'_>| set.at() <= at && set.is_certain_at(place);
        let certain = reach.iter().rposition(|set| before(&set)).or_else(|| in_all_branches(&reach, place));
        let before = certain.is_none().then_some(outer);
        // Behind a loop there may have been no round.
        let over = |set: &Set<'_>| set.node.kind() == Kind::For && !contains(set.node, place);
        let own = reach[certain.unwrap_or(0)..]
            .iter()
            .map(|set| if over(set) { Content::Any } else { self.content_of(set, depth) });
        let contents = before.into_iter().chain(own);
        // An option that may be left out is empty on one way and a word on another one.
        contents
            .reduce(|a, b| match (a, b) {
                (Content::Any, _) | (_, Content::Any) => Content::Any,
                (Content::Empty, other) | (other, Content::Empty) => other,
                _ => Content::Word,
            })
            .unwrap_or(Content::Any)
    }

    fn content_of(&self, set: &Set<'a>, depth: usize) -> Content {
        if let Some(assignment) = Assignment::cast(set.node) {
            if assignment.subscript().is_some() {
                return Content::Any;
            }
            let value = match assignment.value() {
                Some(value) => self.content_of_word(value, depth),
                None if assignment.elements().is_some() => Content::Any,
                None => Content::Empty,
            };
            return match (assignment.is_append().then(|| assignment.name()).flatten(), value) {
                (Some(name), Content::Word) => self.content_at(name.text(), set.node, depth + 1),
                _ => value,
            };
        }
        match set.node.kind() {
            Kind::For => Loop::cast(set.node).map_or(Content::Any, |loops| {
                let split = |item: Word<'_>| {
                    item.unquoted_expansions().any(|piece| piece.node.kind() == Kind::Parameter)
                };
                let mut items = loops.items().map(|item| match self.content_of_word(item, depth) {
                    _ if split(item) => Content::Any,
                    known => known,
                });
                let all = loops.has_items() && items.all(|item| item == Content::Word);
                if all { Content::Word } else { Content::Any }
            }),
            // A number.
            Kind::Expression => Content::Word,
            _ => Content::Any,
        }
    }

    fn content_of_word(&self, word: Word<'a>, depth: usize) -> Content {
        let (mut empty, mut any) = (true, false);
        for piece in word.pieces() {
            match self.content_of_piece(piece, depth) {
                Content::Any => any = true,
                Content::Word => empty = false,
                Content::Empty => {}
            }
        }
        match (any, empty) {
            (true, _) => Content::Any,
            (false, true) => Content::Empty,
            (false, false) => Content::Word,
        }
    }

    fn content_of_piece(&self, piece: Piece<'a>, depth: usize) -> Content {
        let text = || match piece.text() {
            text if text.is_empty() => Content::Empty,
            text if text.contains([' ', '\t', '\n', '*', '?', '[']) => Content::Any,
            _ => Content::Word,
        };
        match piece.node.kind() {
            Kind::Arithmetic | Kind::Tilde => Content::Word,
            Kind::Parameter => match Parameter::cast(piece.node) {
                Some(parameter) if is_number(parameter) => Content::Word,
                Some(parameter) if parameter.operator().is_none() && !parameter.is_indirect() => {
                    self.content_at(parameter.name(), piece.node, depth + 1)
                }
                _ => Content::Any,
            },
            kind if kind.is_expansion() || kind.is_pattern() || kind == Kind::Brace => Content::Any,
            _ => text(),
        }
    }
}

/// The first of the places that set a variable in a compound command before `place` of which every branch sets it or
/// ends the text.
fn in_all_branches(sets: &[&Set<'_>], place: Node<'_>) -> Option<usize> {
    let is_branch = |node: &Node<'_>| matches!(node.kind(), Kind::Case | Kind::If);
    sets.iter().position(|set| {
        let outer = set.node.ancestors().take_while(|node| !contains(*node, place)).filter(is_branch).last();
        outer.is_some_and(|outer| {
            let Some(branches) = branches(outer) else { return false };
            let certain = Set { node: outer }.is_certain_at(place);
            let sets_it = |branch: &Node<'_>| sets.iter().any(|other| contains(*branch, other.node));
            certain && branches.iter().all(|branch| sets_it(branch) || ends(*branch))
        })
    })
}

/// The branches of a compound command of which one is run for sure.
fn branches(node: Node<'_>) -> Option<Vec<Node<'_>>> {
    if let Some(case) = Case::cast(node) {
        let any = |item: CaseItem<'_>| item.patterns().any(|pattern| pattern.raw() == "*");
        return case.items().any(any).then(|| case.items().map(CaseItem::node).collect());
    }
    let found = If::cast(node)?;
    let last = found.otherwise()?;
    Some(found.branches().filter_map(|(_, then)| then).chain([last]).collect())
}

fn ends(branch: Node<'_>) -> bool {
    let mut commands = branch.descendants().filter_map(Command::cast);
    commands.any(|command| matches!(command.name().as_deref(), Some("exit" | "return")))
}

/// Whether a parameter is a number whatever happens: `$?`, `$#`, `${#x}`.
pub(crate) fn is_number(parameter: Parameter<'_>) -> bool {
    parameter.is_length() || NUMBERS.contains(&parameter.name())
}

/// Parameters and variables of the shell that are a number or a word of letters.
const NUMBERS: &[&str] = &[
    "!",
    "#",
    "$",
    "-",
    "?",
    "BASHPID",
    "BASH_SUBSHELL",
    "COLUMNS",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "HISTSIZE",
    "LINENO",
    "LINES",
    "OPTIND",
    "PPID",
    "RANDOM",
    "READLINE_POINT",
    "SECONDS",
    "SHLVL",
    "SRANDOM",
    "UID",
];

impl Set<'_> {
    /// From where on it can be seen.
    fn at(&self) -> u32 {
        let body = Loop::cast(self.node).and_then(Loop::body);
        body.map_or(self.node.range().end, |body| body.range().start)
    }

    /// Whether what it sets can be seen at `place`: not from a process of its own, nor from below unless in a loop.
    fn can_reach(&self, place: Node<'_>) -> bool {
        let around = |node: &Node<'_>| contains(*node, place);
        let lost = self.node.ancestors().take_while(|node| !around(node)).any(Node::is_subshell);
        let is_before = self.at() <= place.range().start;
        let loops = || {
            let shared = self.node.ancestors().filter(around);
            shared.into_iter().any(|node| matches!(node.kind(), Kind::While | Kind::Until | Kind::For))
        };
        !lost && (is_before || loops())
    }

    /// Whether it is done on every way to `place`, which stands behind it.
    fn is_certain_at(&self, place: Node<'_>) -> bool {
        let mut node = self.node;
        while let Some(parent) = node.parent().filter(|_| !contains(node, place)) {
            let optional = match parent.kind() {
                Kind::AndOr => node.siblings_before().any(|before| {
                    before.kind() == Kind::Pipeline && before.text().trim() != "set -o pipefail"
                }),
                Kind::CaseItem | Kind::Function => true,
                Kind::If | Kind::While | Kind::Until => {
                    node.kind() == Kind::List || node.siblings_before().nth(1).is_some()
                }
                Kind::For | Kind::Select => node.kind() == Kind::List,
                _ => false,
            };
            if optional {
                return false;
            }
            node = parent;
        }
        true
    }
}

fn contains(outer: Node<'_>, inner: Node<'_>) -> bool {
    let (outer, inner) = (outer.range(), inner.range());
    outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use shell::{Dialect, parse};

    /// What `$x` holds at each of its uses.
    fn check(text: &str, expect: &[Content]) {
        let parse = parse(text, Dialect::Bash);
        let values = Values::new(&parse, []);
        let uses = parse.variables().into_iter();
        let uses = uses.filter(|found| found.name == "x" && found.access == Access::Read);
        let found: Vec<_> = uses.map(|found| values.content("x", found.node)).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn values_of_the_text_are_followed() {
        use Content::{Any, Empty, Word};
        check("x=1; echo $x", &[Word]);
        check("x=; echo $x", &[Empty]);
        check("x=; if a; then x=-v; fi; echo $x", &[Word]);
        check("x=; if a; then x='-v y'; fi; echo $x", &[Any]);
        check("echo $x; x=1", &[Any]);
        check("a && x=1 && echo $x", &[Any]);
        check("x=1 && echo $x", &[Word]);
        check("set -o pipefail && x=1 && echo $x", &[Word]);
        check("x=1; y=$x; echo $y$x; x=$(ls); echo $x", &[Word, Word, Any]);
        check("for x in a b; do echo $x; done", &[Word]);
        check("for x in {1..3}; do echo $x; done", &[Any]);
        check("y=1; for x in a$y b; do echo $x; done", &[Any]);
        check("for x in a b; do :; done; echo $x", &[Any]);
        check("for x in *.c; do echo $x; done", &[Any]);
        check("x=1; while a; do echo $x; x='a b'; done", &[Any]);
        check("(x=1); echo $x", &[Any]);
        check("x=1; (echo $x; x='a b'); echo $x", &[Word, Word]);
        check("x=1; unset x; echo $x", &[Any]);
        check("x=1; x+=2; echo $x; x+='a b'; echo $x", &[Word, Any]);
        check("x=1; read x; echo $x", &[Any]);
        check("if x=1; then echo $x; fi; echo $x", &[Word, Word]);
        check("x=\"*\"; echo $x", &[Any]);
        check("x=1; case a in b) x=2;; *) x='q w';; esac; echo $x", &[Any]);
        check("case a in b) x=1;; *) exit 1;; esac; echo $x", &[Word]);
        check("case a in b) x=1;; c) x=2;; esac; echo $x", &[Any]);
        check("if a; then x=1; else x=2; fi; echo $x", &[Word]);
        check("x=$((1 + 2)); echo $x", &[Word]);
    }
}
