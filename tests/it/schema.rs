//! JSON against a published schema: the few keywords of JSON Schema that
//! `schemas/` uses. A keyword that is not known here fails, so that none is
//! passed over.

use serde_json::Value;

/// Every way in which a value does not fit a schema.
pub(crate) fn errors(schema: &Value, value: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    check(schema, schema, value, "$", &mut errors);
    errors
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().unwrap() {
        let fits = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "format" => true,
            "type" => has_type(rule, value),
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().unwrap(), text)),
            "required" => value.as_object().is_none_or(|object| {
                rule.as_array().unwrap().iter().all(|name| object.contains_key(name.as_str().unwrap()))
            }),
            "properties" => {
                for (name, inner) in rule.as_object().unwrap() {
                    if let Some(part) = value.get(name) {
                        check(root, inner, part, &format!("{at}.{name}"), errors);
                    }
                }
                true
            }
            "items" => {
                for (index, part) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, part, &format!("{at}[{index}]"), errors);
                }
                true
            }
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap());
                check(root, target.unwrap(), value, at, errors);
                true
            }
            "allOf" => {
                rule.as_array().unwrap().iter().for_each(|inner| check(root, inner, value, at, errors));
                true
            }
            "anyOf" => rule.as_array().unwrap().iter().any(|inner| {
                let mut tried = Vec::new();
                check(root, inner, value, at, &mut tried);
                tried.is_empty()
            }),
            unknown => panic!("the schema uses {unknown}, which this test does not know"),
        };
        if !fits {
            errors.push(format!("{at}: {keyword} {rule} does not hold for {value}"));
        }
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    };
    rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is))
}

/// The two patterns in use.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        "^[0-9a-f]{16}$" => text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit()),
        r"^\d{4}-\d{2}-\d{2}$" => {
            text.len() == 10
                && text.bytes().enumerate().all(
                    |(i, b)| {
                        if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() }
                    },
                )
        }
        other => panic!("no pattern {other}"),
    }
}
