//! A build file as blocks and attributes, whether it is written in HCL or in JSON.

use std::rc::Rc;

use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::structure::{Attribute as HclAttribute, Block as HclBlock, Body};
use hcl_edit::{Span, parser};
use kit::TextRange;

use crate::BakeError;

/// Larger files than this are no build files.
const MAX_BYTES: usize = 4 << 20;

/// `name = expression`.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) range: Option<TextRange>,
    pub(crate) expr: Rc<Expression>,
    /// Number of the file.
    pub(crate) file: usize,
}

/// `kind "label" { … }`.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) kind: String,
    pub(crate) labels: Vec<String>,
    pub(crate) range: Option<TextRange>,
    pub(crate) file: usize,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) blocks: Vec<Block>,
}

impl Block {
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().rev().find(|attribute| attribute.name == name)
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> BakeError {
        BakeError::new(message).at(self.file, self.range)
    }
}

impl Attribute {
    pub(crate) fn error(&self, message: impl Into<String>) -> BakeError {
        BakeError::new(message).at(self.file, self.range)
    }
}

/// A file's blocks and the attributes outside of them.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) blocks: Vec<Block>,
}

pub(crate) fn range_of(item: &impl Span) -> Option<TextRange> {
    item.span().map(TextRange::of)
}

fn check_size(text: &str) -> Result<(), BakeError> {
    if text.len() > MAX_BYTES {
        return Err(BakeError::new(format!("the file is larger than {MAX_BYTES} bytes")));
    }
    Ok(())
}

fn syntax_error(file: usize, text: &str, error: &parser::Error) -> BakeError {
    let offset = error.location().offset().min(text.len());
    let end = text[offset..].chars().next().map_or(offset, |letter| offset + letter.len_utf8());
    BakeError::new(format!("cannot be read as HCL: {}", error.message().trim()))
        .at(file, Some(TextRange::of(offset..end)))
}

/// Reads HCL.
pub(crate) fn hcl(file: usize, text: &str) -> Result<Document, BakeError> {
    check_size(text)?;
    let body = parser::parse_body(text).map_err(|error| syntax_error(file, text, &error))?;
    let (attributes, blocks) = parts(file, &body);
    Ok(Document { attributes, blocks })
}

fn parts(file: usize, body: &Body) -> (Vec<Attribute>, Vec<Block>) {
    let attributes = body.attributes().map(|attribute| of_attribute(file, attribute)).collect();
    (attributes, body.blocks().map(|block| of_block(file, block)).collect())
}

fn of_attribute(file: usize, attribute: &HclAttribute) -> Attribute {
    Attribute {
        name: attribute.key.to_string(),
        range: range_of(&attribute.key),
        expr: Rc::new(attribute.value.clone()),
        file,
    }
}

fn of_block(file: usize, block: &HclBlock) -> Block {
    let (attributes, blocks) = parts(file, &block.body);
    Block {
        kind: block.ident.to_string(),
        labels: block.labels.iter().map(|label| label.as_str().to_owned()).collect(),
        range: range_of(&block.ident),
        file,
        attributes,
        blocks,
    }
}

/// Reads JSON as HCL has it (HCL's JSON syntax specification): texts are templates, blocks are objects by label.
pub(crate) fn json(file: usize, text: &str) -> Result<Document, BakeError> {
    check_size(text)?;
    serde_json::from_str::<serde_json::Value>(text).map_err(|error| {
        let line =
            text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let at = (line + error.column().saturating_sub(1)).min(text.len());
        let shown = BakeError::new(format!("cannot be read as JSON: {error}"));
        shown.at(file, Some(TextRange::of(at..at)))
    })?;
    let text = as_hcl(text);
    let expr = parser::parse_expr(text.trim()).map_err(|error| syntax_error(file, text.trim(), &error))?;
    let Expression::Object(object) = expr else {
        return Err(BakeError::new("a build file in JSON is an object"));
    };
    let mut document = Document::default();
    for (name, range, value) in items(&object) {
        match name.as_str() {
            "target" | "group" | "variable" | "function" => {
                for block in labelled(file, &name, value)? {
                    document.blocks.push(block);
                }
            }
            _ => document.attributes.push(Attribute { name, range, expr: Rc::new(value.clone()), file }),
        }
    }
    Ok(document)
}

/// What JSON can say in a text and HCL cannot, in HCL's way. Lines stay where they are.
fn as_hcl(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let (replacement, used) = match tail.as_bytes().first() {
            Some(b'/') => ("/".to_owned(), 1),
            Some(b'b') => ("\\u0008".to_owned(), 1),
            Some(b'f') => ("\\u000c".to_owned(), 1),
            Some(b'u') => surrogates(tail).unwrap_or_else(|| ("\\u".to_owned(), 1)),
            Some(_) => {
                let letter = tail.chars().next().unwrap_or_default();
                (format!("\\{letter}"), letter.len_utf8())
            }
            None => (String::new(), 0),
        };
        out.push_str(&replacement);
        rest = &tail[used..];
    }
    out.push_str(rest);
    out
}

/// A letter that JSON writes as two escapes.
fn surrogates(tail: &str) -> Option<(String, usize)> {
    let unit = |at: usize| {
        let escape = tail.get(at..at + 5)?.strip_prefix('u')?;
        u16::from_str_radix(escape, 16).ok()
    };
    let (first, second) = (unit(0)?, unit(6).filter(|_| tail.as_bytes().get(5) == Some(&b'\\'))?);
    let letter = char::decode_utf16([first, second]).next()?.ok().filter(|letter| letter.len_utf16() == 2)?;
    Some((letter.to_string(), 11))
}

fn items(object: &Object) -> Vec<(String, Option<TextRange>, &Expression)> {
    object
        .iter()
        .filter_map(|(key, value)| {
            let (name, range) = match key {
                ObjectKey::Ident(ident) => (ident.to_string(), range_of(ident)),
                ObjectKey::Expression(Expression::String(text)) => (text.as_str().to_owned(), range_of(text)),
                ObjectKey::Expression(_) => return None,
            };
            Some((name, range, value.expr()))
        })
        .collect()
}

/// The objects of an object or of a list of objects.
fn objects(value: &Expression) -> Option<Vec<&Object>> {
    match value {
        Expression::Object(object) => Some(vec![object]),
        Expression::Array(array) => array.iter().map(Expression::as_object).collect(),
        _ => None,
    }
}

fn labelled(file: usize, kind: &str, value: &Expression) -> Result<Vec<Block>, BakeError> {
    let wrong = |range| BakeError::new(format!("`{kind}` holds an object for each name")).at(file, range);
    let mut out = Vec::new();
    for object in objects(value).ok_or_else(|| wrong(range_of(value)))? {
        for (label, range, body) in items(object) {
            for body in objects(body).ok_or_else(|| wrong(range))? {
                out.push(json_block(file, kind, label.clone(), range, body));
            }
        }
    }
    Ok(out)
}

fn json_block(file: usize, kind: &str, label: String, range: Option<TextRange>, body: &Object) -> Block {
    let mut block = Block {
        kind: kind.to_owned(),
        labels: vec![label],
        range,
        file,
        attributes: Vec::new(),
        blocks: Vec::new(),
    };
    for (name, range, value) in items(body) {
        match objects(value) {
            Some(bodies) if kind == "variable" && name == "validation" => {
                for body in bodies {
                    let inner = json_block(file, &name, String::new(), range, body);
                    block.blocks.push(Block { labels: Vec::new(), ..inner });
                }
            }
            _ => block.attributes.push(Attribute { name, range, expr: Rc::new(value.clone()), file }),
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_json_become_those_of_hcl() {
        let check = |json, hcl: &str| assert_eq!(as_hcl(json), hcl);
        check(r#"{"a": "b\/c\\d\n\u0041"}"#, r#"{"a": "b/c\\d\n\u0041"}"#);
        check(r#""\ud83d\ude00""#, "\"\u{1f600}\"");
        check(r#""\b\f""#, r#""\u0008\u000c""#);
    }

    #[test]
    fn both_languages_give_the_same_blocks() {
        let hcl = hcl(0, "target \"a\" {\n  tags = [\"x\"]\n}\nv = 1\n").unwrap();
        let json = json(0, "{\"target\": {\"a\": {\"tags\": [\"x\"]}},\n\"v\": 1}").unwrap();
        for document in [hcl, json] {
            let [block] = document.blocks.as_slice() else { panic!("{document:?}") };
            assert_eq!((block.kind.as_str(), block.labels.as_slice()), ("target", &["a".to_owned()][..]));
            assert_eq!(block.attributes[0].name, "tags");
            assert_eq!(document.attributes[0].name, "v");
        }
    }

    #[test]
    fn broken_files_say_where() {
        let error = hcl(0, "target \"a\" {\n  tags = [\n}\n").unwrap_err();
        assert_eq!(error.place.unwrap().1.start, 24);
        assert!(json(0, "{\"target\": [}").unwrap_err().place.is_some());
        assert!(json(0, "{\"target\": 1}").is_err());
        assert!(hcl(0, &"a = [".repeat(5000)).is_err());
    }
}
