//! `format` and `formatlist`: texts with verbs, as Go's `fmt` has them.

use super::{Ambient, Function, MANY, function};
use crate::value::{Value, number_text, whole};

pub(super) const FUNCTIONS: &[Function] = &[
    function("format", 1, MANY, |a, _| Ok(Value::Text(formatted(&a[0].to_text()?, &a[1..])?))),
    function("formatlist", 1, MANY, format_list),
];

/// What stands between `%` and the verb.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "the flags that a verb can have")]
struct Shape {
    minus: bool,
    plus: bool,
    zero: bool,
    sharp: bool,
    space: bool,
    width: usize,
    precision: Option<usize>,
}

fn formatted(format: &str, arguments: &[Value]) -> Result<String, String> {
    let mut out = String::new();
    let mut letters = format.chars().peekable();
    let mut next = 0;
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let mut shape = Shape::default();
        let digits = |letters: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            let mut number = 0;
            while let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(10)) {
                number = (number * 10 + digit as usize).min(1000);
                letters.next();
            }
            number
        };
        while let Some(flag) = letters.peek().copied().filter(|flag| "-+0# ".contains(*flag)) {
            letters.next();
            match flag {
                '-' => shape.minus = true,
                '+' => shape.plus = true,
                '0' => shape.zero = true,
                '#' => shape.sharp = true,
                _ => shape.space = true,
            }
        }
        shape.width = digits(&mut letters);
        if letters.peek() == Some(&'.') {
            letters.next();
            shape.precision = Some(digits(&mut letters));
        }
        if letters.peek() == Some(&'[') {
            letters.next();
            next = digits(&mut letters).checked_sub(1).ok_or("arguments are counted from 1")?;
            letters.next_if_eq(&']').ok_or("`%[` is not closed")?;
        }
        let verb = letters.next().ok_or("the format ends within a verb")?;
        if verb == '%' {
            out.push('%');
            continue;
        }
        let argument = arguments.get(next).ok_or_else(|| format!("there is no argument for `%{verb}`"))?;
        next += 1;
        out.push_str(&padded(&one(verb, &shape, argument)?, &shape, argument));
    }
    Ok(out)
}

fn padded(text: &str, shape: &Shape, argument: &Value) -> String {
    let missing = shape.width.saturating_sub(text.chars().count());
    if shape.minus {
        return format!("{text}{}", " ".repeat(missing));
    }
    if shape.zero && matches!(argument, Value::Number(_)) {
        let sign = text.len() - text.trim_start_matches(['-', '+']).len();
        return format!("{}{}{}", &text[..sign], "0".repeat(missing), &text[sign..]);
    }
    format!("{}{text}", " ".repeat(missing))
}

fn one(verb: char, shape: &Shape, argument: &Value) -> Result<String, String> {
    let signed = |text: String| {
        let sign = if shape.plus {
            "+"
        } else if shape.space {
            " "
        } else {
            ""
        };
        if text.starts_with('-') { text } else { format!("{sign}{text}") }
    };
    let cut = |text: String| shape.precision.map_or(text.clone(), |most| text.chars().take(most).collect());
    let integer = || whole(argument.to_number()?);
    let precision = shape.precision.unwrap_or(6);
    Ok(match verb {
        'v' if shape.sharp => argument.json().to_string(),
        'v' => match argument {
            Value::Null => "null".to_owned(),
            Value::List(_) | Value::Map(_) => argument.json().to_string(),
            Value::Number(number) => signed(number_text(*number)),
            other => other.to_text()?,
        },
        't' => argument.to_bool()?.to_string(),
        's' => cut(argument.to_text()?),
        'q' => kit::go_quote(&argument.to_text()?),
        'd' => signed(integer()?.to_string()),
        'b' => signed(radix(integer()?, |number| format!("{number:b}"))),
        'o' => signed(radix(integer()?, |number| format!("{number:o}"))),
        'x' => signed(radix(integer()?, |number| format!("{number:x}"))),
        'X' => signed(radix(integer()?, |number| format!("{number:X}"))),
        'f' | 'F' => signed(format!("{:.precision$}", argument.to_number()?)),
        'e' => signed(exponent(argument.to_number()?, precision)),
        'E' => signed(exponent(argument.to_number()?, precision).to_uppercase()),
        'g' | 'G' => signed(number_text(argument.to_number()?)),
        _ => return Err(format!("`%{verb}` is no verb")),
    })
}

fn radix(number: i64, write: impl Fn(u64) -> String) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", write(number.unsigned_abs()))
}

/// Go writes at least two digits of an exponent, with its sign.
fn exponent(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let Some((digits, power)) = text.split_once('e') else { return text };
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{digits}e{sign}{power:0>2}")
}

fn format_list(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let format = arguments[0].to_text()?;
    let lists = arguments[1..].iter().filter_map(|value| value.as_list().ok().map(<[Value]>::len));
    let length = lists.clone().next().unwrap_or(1);
    if lists.clone().any(|other| other != length) {
        return Err("the lists have different lengths".to_owned());
    }
    let row = |at: usize| -> Vec<Value> {
        let pick = |value: &Value| value.as_list().map_or_else(|_| value.clone(), |items| items[at].clone());
        arguments[1..].iter().map(pick).collect()
    };
    (0..length)
        .map(|at| formatted(&format, &row(at)).map(Value::Text))
        .collect::<Result<_, _>>()
        .map(Value::List)
}
