//! Templates: texts with `${…}` and `%{…}` in them.

use hcl_edit::expr::Expression;
use hcl_edit::template::{Directive, Element, HeredocTemplate, StringTemplate, Strip, Template};

use crate::BakeError;
use crate::eval::Eval;
use crate::value::{MAX_TEXT, Value};

/// A quoted template; one that is nothing but an interpolation keeps the kind of its value.
pub(crate) fn quoted(eval: &Eval<'_>, template: &StringTemplate) -> Result<Value, BakeError> {
    let elements: Vec<&Element> = template.iter().collect();
    if let [Element::Interpolation(only)] = elements.as_slice() {
        return eval.value(&only.expr);
    }
    text(eval, &elements, Style { outer: [false; 2], indent: None, nested: false }).map(Value::Text)
}

/// A heredoc, its indentation taken away where `<<-` says so.
pub(crate) fn heredoc(eval: &Eval<'_>, heredoc: &HeredocTemplate) -> Result<Value, BakeError> {
    let elements: Vec<&Element> = heredoc.template.iter().collect();
    let indent = Some(heredoc.indent().unwrap_or(0));
    text(eval, &elements, Style { outer: [false; 2], indent, nested: false }).map(Value::Text)
}

/// What the place of a template says about its blanks.
#[derive(Clone, Copy)]
struct Style {
    /// Whether what encloses it strips at its beginning and at its end.
    outer: [bool; 2],
    /// The indentation that the lines of a heredoc had.
    indent: Option<usize>,
    /// Whether it is within a directive, where the parser leaves the indentation.
    nested: bool,
}

const fn strips(strip: Strip) -> [bool; 2] {
    [matches!(strip, Strip::Start | Strip::Both), matches!(strip, Strip::End | Strip::Both)]
}

/// Whether blanks before and after an element are stripped.
fn around(element: &Element) -> [bool; 2] {
    match element {
        Element::Literal(_) => [false; 2],
        Element::Interpolation(one) => strips(one.strip),
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(one) => [strips(one.if_expr.strip)[0], strips(one.endif_expr.strip)[1]],
            Directive::For(one) => [strips(one.for_expr.strip)[0], strips(one.endfor_expr.strip)[1]],
        },
    }
}

fn text(eval: &Eval<'_>, elements: &[&Element], style: Style) -> Result<String, BakeError> {
    let outer = style.outer;
    let mut out = String::new();
    for (at, element) in elements.iter().enumerate() {
        match element {
            Element::Literal(literal) => {
                let before = at.checked_sub(1).map_or(outer[0], |before| around(elements[before])[1]);
                let after = elements.get(at + 1).map_or(outer[1], |after| around(after)[0]);
                let dedented = match style.indent {
                    Some(indent) if style.nested => dedent(literal.as_str(), indent),
                    _ => literal.as_str().to_owned(),
                };
                out.push_str(&stripped(&dedented, [before, after], style.indent));
            }
            Element::Interpolation(one) => out.push_str(&eval.value(&one.expr)?.to_text()?),
            Element::Directive(directive) => out.push_str(&directed(eval, directive, style)?),
        }
        if out.len() > MAX_TEXT {
            return Err(BakeError::new(format!("a template grows beyond {MAX_TEXT} bytes")));
        }
    }
    Ok(out)
}

/// A literal whose lines, but for the first, have less indentation.
fn dedent(literal: &str, indent: usize) -> String {
    let mut lines = literal.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        out.push('\n');
        out.push_str(&line[blanks.min(indent)..]);
    }
    out
}

/// A literal without the blanks that markers beside it strip. In a heredoc they reach to the end of the line, and
/// what follows them keeps its indentation: it does not stand at the beginning of a line.
fn stripped(literal: &str, [before, after]: [bool; 2], indent: Option<usize>) -> String {
    let Some(indent) = indent else {
        let literal = if before { literal.trim_start() } else { literal };
        return (if after { literal.trim_end() } else { literal }).to_owned();
    };
    let literal = if after { literal.trim_end_matches([' ', '\t']) } else { literal };
    if !before {
        return literal.to_owned();
    }
    let blanks = literal.trim_start_matches([' ', '\t']);
    let Some(line) = blanks.strip_prefix("\r\n").or_else(|| blanks.strip_prefix('\n')) else {
        return blanks.to_owned();
    };
    let indent = if line.is_empty() && after { 0 } else { indent };
    format!("{}{line}", " ".repeat(indent))
}

fn inner(eval: &Eval<'_>, template: &Template, style: Style) -> Result<String, BakeError> {
    let elements: Vec<&Element> = template.iter().collect();
    text(eval, &elements, style)
}

fn directed(eval: &Eval<'_>, directive: &Directive, style: Style) -> Result<String, BakeError> {
    let within = |outer| Style { outer, nested: true, ..style };
    match directive {
        Directive::If(choice) => {
            let (first, end) = (&choice.if_expr, strips(choice.endif_expr.strip)[0]);
            let other = choice.else_expr.as_ref();
            if is_true(eval, &first.cond_expr)? {
                let end = other.map_or(end, |other| strips(other.strip)[0]);
                return inner(eval, &first.template, within([strips(first.strip)[1], end]));
            }
            other.map_or_else(
                || Ok(String::new()),
                |other| inner(eval, &other.template, within([strips(other.strip)[1], end])),
            )
        }
        Directive::For(each) => {
            let head = &each.for_expr;
            let names = (head.key_var.as_ref().map(|name| name.as_str()), head.value_var.as_str());
            let outer = within([strips(head.strip)[1], strips(each.endfor_expr.strip)[0]]);
            let mut out = String::new();
            eval.each(names, &head.collection_expr, |scope| {
                out.push_str(&inner(&scope, &head.template, outer)?);
                if out.len() > MAX_TEXT {
                    return Err(BakeError::new(format!("a template grows beyond {MAX_TEXT} bytes")));
                }
                Ok(())
            })?;
            Ok(out)
        }
    }
}

fn is_true(eval: &Eval<'_>, expr: &Expression) -> Result<bool, BakeError> {
    Ok(eval.value(expr)?.to_bool()?)
}
