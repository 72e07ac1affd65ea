//! Evaluates expressions of HCL.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Rem;

use hcl_edit::Decorated;
use hcl_edit::expr::{
    BinaryOp, BinaryOperator, Expression, ForExpr, FuncCall, Object, ObjectKey, Traversal, TraversalOperator,
    UnaryOp, UnaryOperator,
};

use crate::document::range_of;
use crate::functions::{self, Ambient};
use crate::value::{Value, number_text};
use crate::{BakeError, template};

/// A file needs fewer steps than this, by far.
const MAX_STEPS: u64 = 1_000_000;

/// Where names lead outside of an expression.
pub(crate) trait Names {
    /// A variable.
    fn variable(&self, name: &str) -> Result<Value, BakeError>;
    /// An attribute of another block: `target.NAME.ATTRIBUTE`.
    fn block(&self, kind: &str, label: &str, attribute: &str) -> Option<Result<Value, BakeError>>;
    /// A function of the file; nothing when it has none of this name.
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, BakeError>>;
    /// What functions may know.
    fn ambient(&self) -> &Ambient;
    /// Counts steps.
    fn steps(&self) -> &Cell<u64>;
}

/// Names that an expression binds itself.
#[derive(Default)]
pub(crate) struct Locals<'a> {
    pub(crate) parent: Option<&'a Locals<'a>>,
    pub(crate) values: BTreeMap<String, Value>,
}

impl Locals<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).or_else(|| self.parent.and_then(|parent| parent.get(name)))
    }
}

/// An expression's surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Eval<'a> {
    pub(crate) names: &'a dyn Names,
    pub(crate) locals: &'a Locals<'a>,
    /// Number of the file that it stands in.
    pub(crate) file: usize,
}

impl Eval<'_> {
    /// Evaluates; errors have a place.
    pub(crate) fn value(&self, expr: &Expression) -> Result<Value, BakeError> {
        let steps = self.names.steps();
        steps.set(steps.get() + 1);
        if steps.get() > MAX_STEPS {
            return Err(BakeError::new(format!("the file needs more than {MAX_STEPS} steps")));
        }
        let made = self.inner(expr).and_then(|value| Ok(value.bounded()?));
        made.map_err(|error| error.at(self.file, range_of(expr)))
    }

    fn inner(&self, expr: &Expression) -> Result<Value, BakeError> {
        Ok(match expr {
            Expression::Null(_) => Value::Null,
            Expression::Bool(bool) => Value::Bool(*bool.value()),
            Expression::Number(number) => Value::Number(number.value().as_f64().unwrap_or_default()),
            Expression::String(text) => Value::text(text.as_str()),
            Expression::Array(items) => {
                Value::List(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            Expression::Object(object) => self.object(object)?,
            Expression::StringTemplate(parts) => template::quoted(self, parts)?,
            Expression::HeredocTemplate(heredoc) => template::heredoc(self, heredoc)?,
            Expression::Parenthesis(inner) => self.value(inner.inner())?,
            Expression::Variable(name) => self.variable(name.as_str())?,
            Expression::Conditional(choice) => {
                let is_true = self.value(&choice.cond_expr)?.to_bool()?;
                self.value(if is_true { &choice.true_expr } else { &choice.false_expr })?
            }
            Expression::FuncCall(call) => self.call(call)?,
            Expression::Traversal(traversal) => self.traversal(traversal)?,
            Expression::UnaryOp(operation) => self.unary(operation)?,
            Expression::BinaryOp(operation) => self.binary(operation)?,
            Expression::ForExpr(each) => self.for_each(each)?,
        })
    }

    fn variable(&self, name: &str) -> Result<Value, BakeError> {
        self.locals.get(name).map_or_else(|| self.names.variable(name), |value| Ok(value.clone()))
    }

    fn object(&self, object: &Object) -> Result<Value, BakeError> {
        let mut out = BTreeMap::new();
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(ident) => ident.to_string(),
                ObjectKey::Expression(Expression::Variable(name)) => name.to_string(),
                ObjectKey::Expression(expr) => self.value(expr)?.to_text()?,
            };
            out.insert(key, self.value(value.expr())?);
        }
        Ok(Value::Map(out))
    }

    fn unary(&self, operation: &UnaryOp) -> Result<Value, BakeError> {
        let value = self.value(&operation.expr)?;
        Ok(match *operation.operator.value() {
            UnaryOperator::Neg => Value::Number(-value.to_number()?),
            UnaryOperator::Not => Value::Bool(!value.to_bool()?),
        })
    }

    fn binary(&self, operation: &BinaryOp) -> Result<Value, BakeError> {
        let left = self.value(&operation.lhs_expr)?;
        let operator = *operation.operator.value();
        let right = self.value(&operation.rhs_expr)?;
        Ok(match operator {
            BinaryOperator::And => Value::Bool(left.to_bool()? && right.to_bool()?),
            BinaryOperator::Or => Value::Bool(left.to_bool()? || right.to_bool()?),
            BinaryOperator::Eq => Value::Bool(left == right),
            BinaryOperator::NotEq => Value::Bool(left != right),
            _ => arithmetic(operator, left.to_number()?, right.to_number()?)?,
        })
    }

    fn traversal(&self, traversal: &Traversal) -> Result<Value, BakeError> {
        let operators: Vec<&TraversalOperator> = traversal.operators.iter().map(Decorated::value).collect();
        if let Expression::Variable(root) = &traversal.expr
            && self.locals.get(root.as_str()).is_none()
            && let [TraversalOperator::GetAttr(label), TraversalOperator::GetAttr(attribute), rest @ ..] =
                operators.as_slice()
            && let Some(value) = self.names.block(root.as_str(), label.as_str(), attribute.as_str())
        {
            return self.follow(value?, rest);
        }
        let value = self.value(&traversal.expr)?;
        self.follow(value, &operators)
    }

    fn follow(&self, value: Value, operators: &[&TraversalOperator]) -> Result<Value, BakeError> {
        let Some((first, rest)) = operators.split_first() else { return Ok(value) };
        let next = match first {
            TraversalOperator::GetAttr(name) => match &value {
                Value::Map(_) => value.index(&Value::text(name.as_str()))?,
                other => return Err(format!("{} has no attribute `{}`", other.kind(), name.as_str()).into()),
            },
            TraversalOperator::Index(key) => value.index(&self.value(key)?)?,
            #[expect(clippy::cast_precision_loss, reason = "an index is small")]
            TraversalOperator::LegacyIndex(index) => value.index(&Value::Number(*index.value() as f64))?,
            TraversalOperator::AttrSplat(_) => {
                let is_attribute = |one: &&&TraversalOperator| matches!(one, TraversalOperator::GetAttr(_));
                let each = rest.iter().take_while(is_attribute).count();
                return self.splat(value, &rest[..each], &rest[each..]);
            }
            TraversalOperator::FullSplat(_) => return self.splat(value, rest, &[]),
        };
        self.follow(next, rest)
    }

    /// What `each` gives for each item, and `after` for the list of them.
    fn splat(
        &self,
        value: Value,
        each: &[&TraversalOperator],
        after: &[&TraversalOperator],
    ) -> Result<Value, BakeError> {
        let items = match value {
            Value::List(items) => items,
            Value::Null => Vec::new(),
            other => vec![other],
        };
        let made = items.into_iter().map(|item| self.follow(item, each)).collect::<Result<_, _>>()?;
        self.follow(Value::List(made), after)
    }

    fn call(&self, call: &FuncCall) -> Result<Value, BakeError> {
        let name = call.name.name.as_str();
        let arguments: Vec<&Expression> = call.args.iter().collect();
        match name {
            "try" => {
                let mut last = BakeError::new("`try` needs an argument");
                for argument in arguments {
                    match self.value(argument) {
                        Ok(value) => return Ok(value),
                        Err(error) => last = error,
                    }
                }
                return Err(last);
            }
            "can" if arguments.len() == 1 => return Ok(Value::Bool(self.value(arguments[0]).is_ok())),
            _ => {}
        }
        let mut values = arguments.iter().map(|one| self.value(one)).collect::<Result<Vec<_>, _>>()?;
        if call.args.expand_final()
            && let Some(last) = values.pop()
        {
            values.extend(last.as_list()?.iter().cloned());
        }
        if let Some(made) = self.names.call(name, &values) {
            return made;
        }
        let made = functions::call(name, &values, self.names.ambient());
        made.map_err(|error| match error {
            functions::CallError::Unknown(near) => {
                let error = BakeError::new(format!("there is no function `{name}`"));
                near.map_or(error.clone(), |near| error.help(format!("did you mean `{near}`?")))
            }
            functions::CallError::Failed(why) => BakeError::new(format!("`{name}` failed: {why}")),
        })
    }

    /// Runs `visit` for each item of a collection with its names bound.
    pub(crate) fn each(
        &self,
        (key, value): (Option<&str>, &str),
        collection: &Expression,
        mut visit: impl FnMut(Eval<'_>) -> Result<(), BakeError>,
    ) -> Result<(), BakeError> {
        for (at, item) in self.value(collection)?.entries()? {
            let mut values = BTreeMap::from([(value.to_owned(), item)]);
            if let Some(key) = key {
                values.insert(key.to_owned(), at);
            }
            let locals = Locals { parent: Some(self.locals), values };
            visit(Eval { names: self.names, locals: &locals, file: self.file })?;
        }
        Ok(())
    }

    fn for_each(&self, each: &ForExpr) -> Result<Value, BakeError> {
        let intro = &each.intro;
        let names = (intro.key_var.as_ref().map(|name| name.as_str()), intro.value_var.as_str());
        let (mut list, mut map) = (Vec::new(), BTreeMap::new());
        self.each(names, &intro.collection_expr, |inner| {
            if let Some(cond) = &each.cond
                && !inner.value(&cond.expr)?.to_bool()?
            {
                return Ok(());
            }
            let value = inner.value(&each.value_expr)?;
            let Some(key) = &each.key_expr else {
                list.push(value);
                return Ok(());
            };
            let key = inner.value(key)?.to_text()?;
            if each.grouping {
                let group = map.entry(key).or_insert_with(|| Value::List(Vec::new()));
                if let Value::List(items) = group {
                    items.push(value);
                }
            } else if map.insert(key.clone(), value).is_some() {
                let text = format!("the key `{key}` comes twice; write `...` after the value to group");
                return Err(text.into());
            }
            Ok(())
        })?;
        Ok(if each.key_expr.is_some() { Value::Map(map) } else { Value::List(list) })
    }
}

fn arithmetic(operator: BinaryOperator, left: f64, right: f64) -> Result<Value, String> {
    if right == 0.0 && matches!(operator, BinaryOperator::Div | BinaryOperator::Mod) {
        return Err(format!("`{}` is divided by zero", number_text(left)));
    }
    Ok(match operator {
        BinaryOperator::Plus => Value::Number(left + right),
        BinaryOperator::Minus => Value::Number(left - right),
        BinaryOperator::Mul => Value::Number(left * right),
        BinaryOperator::Div => Value::Number(left / right),
        BinaryOperator::Mod => Value::Number(left.rem(right)),
        BinaryOperator::Less => Value::Bool(left < right),
        BinaryOperator::LessEq => Value::Bool(left <= right),
        BinaryOperator::Greater => Value::Bool(left > right),
        BinaryOperator::GreaterEq => Value::Bool(left >= right),
        BinaryOperator::Eq | BinaryOperator::NotEq | BinaryOperator::And | BinaryOperator::Or => Value::Null,
    })
}
