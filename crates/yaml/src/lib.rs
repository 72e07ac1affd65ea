//! YAML documents, as JSON values or as trees of texts with places: who reads a tree decides what a text means, and who changes
//! a document changes lines of it and keeps the rest.

mod json;

use std::collections::BTreeMap;

pub use json::{json, json_of_texts};
use serde_json::Value as Json;
use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, TScalarStyle};

/// Larger documents than this are no configuration.
const MAX_BYTES: usize = 1 << 20;
/// Aliases can make a small document grow without bound.
const MAX_NODES: usize = 100_000;
/// Deeper ones are not read.
const MAX_DEPTH: usize = 64;

/// A value of a document and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Its line, from 1; 0 where it has none.
    pub line: usize,
    /// Its column in characters, from 0.
    pub column: usize,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text as it is written, without quotes.
    Scalar {
        /// The text.
        text: String,
        /// Whether it has no quotes, so that it can be a number, a truth value or null.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// Pairs in their order.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// What a JSON value is as a tree; it has no places.
    pub fn of_json(json: &Json) -> Self {
        let scalar = |text: String, plain| Value::Scalar { text, plain };
        let value = match json {
            Json::Null => scalar("null".to_owned(), true),
            Json::Bool(truth) => scalar(truth.to_string(), true),
            Json::Number(number) => scalar(number.to_string(), true),
            Json::String(text) => scalar(text.clone(), false),
            Json::Array(items) => Value::List(items.iter().map(Self::of_json).collect()),
            Json::Object(pairs) => {
                let key = |text: &String| Self { value: scalar(text.clone(), false), line: 0, column: 0 };
                Value::Map(pairs.iter().map(|(name, item)| (key(name), Self::of_json(item))).collect())
            }
        };
        Self { value, line: 0, column: 0 }
    }

    /// Its text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it says nothing.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if ["", "~", "null", "Null", "NULL"].contains(&text.as_str()))
    }

    /// Its truth, where it is one.
    pub fn truth(&self) -> Option<bool> {
        match &self.value {
            Value::Scalar { text, plain: true } => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Its items, where it is a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Its pairs, where it is a map.
    pub fn pairs(&self) -> Option<&[(Node, Node)]> {
        match &self.value {
            Value::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.pairs()?.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }
}

/// Reads the first document of a text; nothing when it is empty.
///
/// # Errors
/// When it is no YAML, or too large.
pub fn parse(text: &str) -> Result<Option<Node>, String> {
    parse_up_to(text, MAX_BYTES)
}

/// Takes the parser's events one by one: its own loader calls itself for each level, as deep as a text asks for.
fn parse_up_to(text: &str, most: usize) -> Result<Option<Node>, String> {
    if text.len() > most {
        return Err(format!("it is larger than {most} bytes"));
    }
    let mut parser = Parser::new_from_str(text.trim_start_matches('\u{feff}'));
    let mut reader = Reader::default();
    loop {
        let (event, mark) = parser.next_token().map_err(|error| error.to_string())?;
        if event == Event::StreamEnd {
            return Ok(reader.root);
        }
        // Documents after the first one have to be YAML, no more.
        if !reader.is_done {
            reader.take(event, mark)?;
        }
    }
}

/// What is being read: the open lists and maps, and what an alias can mean.
#[derive(Default)]
struct Reader {
    root: Option<Node>,
    is_done: bool,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
}

struct Open {
    node: Node,
    anchor: usize,
    key: Option<Node>,
    begin: usize,
}

impl Reader {
    fn take(&mut self, event: Event, mark: Marker) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1)?;
                let plain = style == TScalarStyle::Plain && !is_text(tag.as_ref());
                let value = Value::Scalar { text, plain };
                self.put(Node { value, line: mark.line(), column: mark.col() }, anchor, 1);
            }
            Event::SequenceStart(anchor, _) => self.begin(Value::List(Vec::new()), anchor, mark)?,
            Event::MappingStart(anchor, _) => self.begin(Value::Map(Vec::new()), anchor, mark)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(number) => self.alias(number)?,
            Event::DocumentEnd => self.is_done = true,
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, value: Value, anchor: usize, mark: Marker) -> Result<(), String> {
        self.count(1)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("it is deeper than {MAX_DEPTH} levels"));
        }
        let node = Node { value, line: mark.line(), column: mark.col() };
        self.open.push(Open { node, anchor, key: None, begin: self.nodes });
        Ok(())
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.put(open.node, open.anchor, self.nodes - open.begin);
    }

    fn alias(&mut self, number: usize) -> Result<(), String> {
        let size = self.anchors.get(&number).map(|(_, size)| *size).ok_or("an alias stands for nothing")?;
        self.count(size)?;
        if let Some((node, _)) = self.anchors.get(&number) {
            let node = node.clone();
            self.put(node, 0, size);
        }
        Ok(())
    }

    /// Puts a whole value, of so many values, where it belongs.
    fn put(&mut self, node: Node, anchor: usize, size: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(above) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match &mut above.node.value {
            Value::List(items) => items.push(node),
            Value::Map(pairs) => match above.key.take() {
                None => above.key = Some(node),
                Some(key) => pairs.push((key, node)),
            },
            Value::Scalar { .. } => {}
        }
    }

    fn count(&mut self, more: usize) -> Result<(), String> {
        self.nodes += more;
        if self.nodes > MAX_NODES { Err("it has too many values".to_owned()) } else { Ok(()) }
    }
}

/// Whether a tag says that a value is a text.
fn is_text(tag: Option<&Tag>) -> bool {
    tag.is_some_and(|tag| tag.handle == "tag:yaml.org,2002:" && tag.suffix == "str")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_as_they_are_written_and_have_places() {
        let root = parse("# x\na: 0755\nb:\n  - '1.10'\n  - yes\nc: {d: ~}\n").unwrap().unwrap();
        let a = root.get("a").unwrap();
        assert_eq!((a.text(), a.line, a.column), (Some("0755"), 2, 3));
        let items = root.get("b").unwrap().items().unwrap();
        assert_eq!((items[0].text(), items[0].truth(), items[0].line), (Some("1.10"), None, 4));
        assert_eq!(items[1].truth(), Some(true));
        assert!(root.get("c").unwrap().get("d").unwrap().is_null());
        assert_eq!(parse(""), Ok(None));
        assert!(parse("a: [").is_err());
    }

    #[test]
    fn aliases_mean_what_they_stand_for_and_cannot_grow_without_bound() {
        let root = parse("a: &x [1, 2]\nb: *x\n").unwrap().unwrap();
        assert_eq!(root.get("b").unwrap().items().unwrap().len(), 2);
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..9 {
            let below = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(","));
        }
        assert!(parse(&text).unwrap_err().contains("too many"));
    }

    #[test]
    fn depth_is_bounded_however_it_is_written() {
        for part in ["[", "{a: ", "- ", "? ", "- ? "] {
            let text = part.repeat(MAX_BYTES / part.len());
            assert!(parse(&text).is_err() && json(&text).is_err(), "{part}");
        }
        let steps = (0..1000).fold(String::new(), |text, level| text + &" ".repeat(level) + "a:\n");
        assert!(parse(&steps).unwrap_err().contains("deeper"));
    }

    #[test]
    fn json_is_a_tree_too() {
        let root = Node::of_json(&serde_json::json!({"a": [1, "x", true, null]}));
        let texts: Vec<_> =
            root.get("a").unwrap().items().unwrap().iter().map(|one| one.text().unwrap()).collect();
        assert_eq!(texts, ["1", "x", "true", "null"]);
    }
}
