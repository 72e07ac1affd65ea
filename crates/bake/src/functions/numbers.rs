//! Functions of numbers and truth.

use super::{Ambient, Function, MANY, function};
use crate::value::{Value, whole};

pub(super) const FUNCTIONS: &[Function] = &[
    function("absolute", 1, 1, |a, _| number(a, f64::abs)),
    function("add", 2, 2, |a, _| two(a, |left, right| Ok(left + right))),
    function("and", 2, 2, |a, _| Ok(Value::Bool(a[0].to_bool()? && a[1].to_bool()?))),
    function("ceil", 1, 1, |a, _| number(a, f64::ceil)),
    function("divide", 2, 2, |a, _| two(a, |left, right| divisor(right).map(|right| left / right))),
    function("equal", 2, 2, |a, _| Ok(Value::Bool(a[0] == a[1]))),
    function("floor", 1, 1, |a, _| number(a, f64::floor)),
    function("greaterthan", 2, 2, |a, _| compare(a, |left, right| left > right)),
    function("greaterthanorequalto", 2, 2, |a, _| compare(a, |left, right| left >= right)),
    function("int", 1, 1, |a, _| number(a, f64::trunc)),
    function("lessthan", 2, 2, |a, _| compare(a, |left, right| left < right)),
    function("lessthanorequalto", 2, 2, |a, _| compare(a, |left, right| left <= right)),
    function("log", 2, 2, |a, _| two(a, |number, base| finite(number.ln() / base.ln()))),
    function("max", 1, MANY, |a, _| fold(a, f64::max)),
    function("min", 1, MANY, |a, _| fold(a, f64::min)),
    function("modulo", 2, 2, |a, _| two(a, |left, right| divisor(right).map(|right| left % right))),
    function("multiply", 2, 2, |a, _| two(a, |left, right| Ok(left * right))),
    function("negate", 1, 1, |a, _| number(a, |number| -number)),
    function("not", 1, 1, |a, _| Ok(Value::Bool(!a[0].to_bool()?))),
    function("notequal", 2, 2, |a, _| Ok(Value::Bool(a[0] != a[1]))),
    function("or", 2, 2, |a, _| Ok(Value::Bool(a[0].to_bool()? || a[1].to_bool()?))),
    function("parseint", 2, 2, parse),
    function("pow", 2, 2, |a, _| two(a, |base, power| finite(base.powf(power)))),
    function("signum", 1, 1, |a, _| number(a, |number| if number == 0.0 { 0.0 } else { number.signum() })),
    function("subtract", 2, 2, |a, _| two(a, |left, right| Ok(left - right))),
];

fn number(arguments: &[Value], change: impl Fn(f64) -> f64) -> Result<Value, String> {
    Ok(Value::Number(change(arguments[0].to_number()?)))
}

fn two(arguments: &[Value], make: impl Fn(f64, f64) -> Result<f64, String>) -> Result<Value, String> {
    make(arguments[0].to_number()?, arguments[1].to_number()?).map(Value::Number)
}

fn compare(arguments: &[Value], holds: impl Fn(f64, f64) -> bool) -> Result<Value, String> {
    Ok(Value::Bool(holds(arguments[0].to_number()?, arguments[1].to_number()?)))
}

fn fold(arguments: &[Value], choose: fn(f64, f64) -> f64) -> Result<Value, String> {
    let mut best = arguments[0].to_number()?;
    for other in &arguments[1..] {
        best = choose(best, other.to_number()?);
    }
    Ok(Value::Number(best))
}

fn divisor(number: f64) -> Result<f64, String> {
    if number == 0.0 { Err("division by zero".to_owned()) } else { Ok(number) }
}

fn finite(number: f64) -> Result<f64, String> {
    if number.is_finite() { Ok(number) } else { Err("the result is no finite number".to_owned()) }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of build files are far smaller than 2^53")]
fn parse(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (text, base) = (arguments[0].to_text()?, whole(arguments[1].to_number()?)?);
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
    let base = base.ok_or("the base is not between 2 and 36")?;
    let number = i64::from_str_radix(&text, base);
    number
        .map(|number| Value::Number(number as f64))
        .map_err(|_| format!("`{text}` is no number of base {base}"))
}
