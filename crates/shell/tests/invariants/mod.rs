//! What holds for the tree of every text.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use cooper_shell::{Command, Dialect, Invocation, Kind, Node, Parse, Settings, ShellOptions, Word};
use kit::TextRange;

/// Parses `text` and checks all that has to hold whatever the text is.
pub(crate) fn check(text: &str, dialect: Dialect) -> Parse {
    let parse = cooper_shell::parse(text, dialect);
    assert_eq!(parse.print(), text, "the leaves give the text again");
    assert_eq!(parse.text(), text);
    tiles(&parse);
    nests(&parse);
    for error in parse.errors() {
        inside(text, error.range);
        error.opened.into_iter().for_each(|range| inside(text, range));
        assert!(!error.message.is_empty());
    }
    views(&parse);
    let _ = parse.dump();
    parse
}

fn tiles(parse: &Parse) {
    let mut end = 0;
    for leaf in parse.nodes().filter(|node| node.is_leaf()) {
        let range = leaf.range();
        assert_eq!(range.start, end, "no gap and no overlap: {leaf:?}");
        inside(parse.text(), range);
        end = range.end;
    }
    assert_eq!(end as usize, parse.text().len(), "all of the text");
}

fn nests(parse: &Parse) {
    for node in parse.nodes() {
        inside(parse.text(), node.range());
        let children: Vec<Node<'_>> = node.children().collect();
        for (at, child) in children.iter().enumerate() {
            assert_eq!(child.parent(), Some(node));
            assert_eq!(node.range().cover(child.range()), node.range(), "{child:?} lies within {node:?}");
            assert_eq!(child.previous(), at.checked_sub(1).map(|before| children[before]));
            assert_eq!(child.following(), children.get(at + 1).copied());
        }
        if let (Some(first), Some(last)) = (children.first(), children.last()) {
            assert_eq!((node.range().start, node.range().end), (first.range().start, last.range().end));
        }
        match node.kind() {
            Kind::Pipeline => assert_eq!(node.parent().unwrap().kind(), Kind::AndOr),
            Kind::AndOr => assert!(node.parent().unwrap().kind().is_list()),
            Kind::Script => assert_eq!(node.parent(), None),
            _ => {}
        }
    }
}

/// Views neither panic nor lead out of the text.
fn views(parse: &Parse) {
    let settings = Settings::new(parse, ShellOptions::default());
    for node in parse.nodes() {
        let _ = settings.at(cooper_shell::Setting::Errexit, node);
        if let Some(word) = Word::cast(node) {
            let text = word.text();
            assert!(word.literal().is_none_or(|literal| literal == text));
            let _ = (word.role(), word.is_split(), word.is_pattern(), word.is_quoted());
        }
        if let Some(parameter) = cooper_shell::Parameter::cast(node) {
            inside(parse.text(), parameter.name_range());
            let _ =
                (parameter.operator(), parameter.is_length(), parameter.is_indirect(), parameter.is_list());
        }
        if let Some(redirect) = cooper_shell::Redirect::cast(node) {
            let _ = (redirect.operator(), redirect.writes(), redirect.reads());
            redirect.heredoc().map(|heredoc| (heredoc.text().into_owned(), heredoc.is_closed()));
        }
        if let Some(command) = Command::cast(node) {
            command_views(command);
        }
    }
    parse.variables().iter().for_each(|found| inside(parse.text(), found.range));
    parse.extensions().for_each(|found| inside(parse.text(), found.range));
}

fn command_views(command: Command<'_>) {
    let text = command.node().parse().text();
    inside(text, command.words_range());
    let pipeline = command.pipeline();
    let _ =
        pipeline.map(|pipeline| (pipeline.link(), pipeline.is_negated(), command.input(), command.output()));
    let _ = (command.is_in_subshell(), command.is_tested(), command.is_conditional(), command.substitution());
    let invocation = Invocation::new(command);
    assert!(invocation.args().len() <= invocation.words().len());
    let Some(script) = invocation.script() else { return };
    assert_eq!(script.map.len() as usize, script.text.len());
    let inner = script.parse();
    for node in inner.nodes() {
        inside(text, script.map.source(node.range()));
    }
}

fn inside(text: &str, range: TextRange) {
    assert!(text.get(range.range()).is_some(), "{range:?} lies on the characters of the text");
}
