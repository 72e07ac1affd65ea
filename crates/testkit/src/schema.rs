//! Documents against the JSON schemas of `docs/schema`.

use serde_json::Value;

/// Whether a document has the shape of a schema; `name` is how the place of a problem begins.
pub fn fits(schema: &Value, document: &Value, name: &str) -> Result<(), String> {
    Schema { root: schema }.check(schema, document, name)
}

/// As much of JSON Schema as the schemas use; another keyword is an error.
struct Schema<'a> {
    root: &'a Value,
}

impl Schema<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (keyword, rule) in schema.as_object().ok_or("a schema is an object")? {
            self.keyword(schema, keyword, rule, value, at)?;
        }
        Ok(())
    }

    fn keyword(
        &self,
        schema: &Value,
        keyword: &str,
        rule: &Value,
        value: &Value,
        at: &str,
    ) -> Result<(), String> {
        let holds = match keyword {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let pointer =
                    rule.as_str().and_then(|text| text.strip_prefix('#')).ok_or("a bad reference")?;
                let target = self.root.pointer(pointer).ok_or(format!("{at}: nothing at {pointer}"))?;
                return self.check(target, value, at);
            }
            "type" => match rule {
                Value::Array(names) => names.iter().any(|name| is_type(name, value)),
                name => is_type(name, value),
            },
            "const" => rule == value,
            "enum" => rule.as_array().is_some_and(|list| list.contains(value)),
            "minimum" => value.as_i64().is_none_or(|number| Some(number) >= rule.as_i64()),
            "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|list| list.len() as u64 <= rule.as_u64().unwrap()),
            "items" => return self.items(rule, value, at),
            "properties" => return self.properties(rule, value, at),
            "required" => {
                let names = rule.as_array().ok_or("a bad list of names")?;
                !value.is_object()
                    || names.iter().all(|name| value.get(name.as_str().unwrap_or("")).is_some())
            }
            "additionalProperties" => return self.additional(schema, rule, value, at),
            "oneOf" => {
                let choices = rule.as_array().ok_or("a bad list of schemas")?;
                choices.iter().filter(|choice| self.check(choice, value, at).is_ok()).count() == 1
            }
            _ => return Err(format!("{at}: the keyword `{keyword}` is not known")),
        };
        if holds { Ok(()) } else { Err(format!("{at}: {value} breaks `{keyword}`")) }
    }

    fn items(&self, rule: &Value, value: &Value, at: &str) -> Result<(), String> {
        let mut items = value.as_array().into_iter().flatten().enumerate();
        items.try_for_each(|(index, item)| self.check(rule, item, &format!("{at}/{index}")))
    }

    fn properties(&self, rule: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (name, rule) in rule.as_object().ok_or("bad properties")? {
            if let Some(value) = value.get(name) {
                self.check(rule, value, &format!("{at}/{name}"))?;
            }
        }
        Ok(())
    }

    fn additional(&self, schema: &Value, rule: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (name, value) in value.as_object().into_iter().flatten() {
            if schema["properties"].get(name).is_some() {
                continue;
            }
            if rule == &Value::Bool(false) {
                return Err(format!("{at}: `{name}` is not in the schema"));
            }
            self.check(rule, value, &format!("{at}/{name}"))?;
        }
        Ok(())
    }
}

fn is_type(name: &Value, value: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}
