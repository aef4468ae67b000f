//! From text to a typed value, as `oslo_config/types.py` converts it.

use std::borrow::Cow;

use thiserror::Error;

use super::python;
use super::schema::{Kind, OptionSpec};
use crate::ini::strip;
use crate::secret::Secret;

/// A typed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An int or float option that is set to nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of any size, in decimal digits.
    Int(String),
    /// A float.
    Float(f64),
    /// A text, or the word of a choice.
    Str(String),
    /// The text of an option that is registered as secret.
    Secret(Secret),
    /// The items of a list.
    List(Vec<String>),
}

/// Why oslo.config refuses a value. Holds no part of the value, which may be
/// secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Not one of the eight words.
    #[error("not a boolean: oslo.config takes true, 1, on, yes, false, 0, off and no, nothing else")]
    Bool,
    /// Not an integer.
    #[error("not an integer")]
    Int,
    /// Not a number.
    #[error("not a number")]
    Float,
    /// Not one of the words.
    #[error("not one of {}", .0.join(", "))]
    Choice(Vec<String>),
}

impl Value {
    /// Python's `str()` of the value: what a `$name` puts in its place.
    pub fn to_python_str(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(digits) => digits.clone(),
            Self::Float(x) => python::float_repr(*x),
            Self::Str(text) => text.clone(),
            Self::Secret(text) => text.expose().to_owned(),
            Self::List(items) => python::list_str(items),
        }
    }
}

/// Converts a substituted text.
pub(super) fn convert(text: Cow<'_, str>, spec: &OptionSpec) -> Result<Value, Invalid> {
    match spec.kind {
        Kind::Str if spec.secret => Ok(Value::Secret(Secret::new(text.into_owned()))),
        kind => convert_kind(text, kind),
    }
}

fn convert_kind(text: Cow<'_, str>, kind: Kind) -> Result<Value, Invalid> {
    match kind {
        Kind::Str | Kind::Opaque => Ok(Value::Str(text.into_owned())),
        Kind::Bool => boolean(&text),
        Kind::Int if strip(&text).is_empty() => Ok(Value::Null),
        Kind::Int | Kind::BareInt => python::int(&text).map(Value::Int).ok_or(Invalid::Int),
        Kind::Float if strip(&text).is_empty() => Ok(Value::Null),
        Kind::Float | Kind::BareFloat => python::float(&text).map(Value::Float).ok_or(Invalid::Float),
        Kind::List => Ok(Value::List(list(&text))),
        Kind::Choice { choices, ignore_case } => choice(text, choices, ignore_case),
    }
}

fn boolean(text: &str) -> Result<Value, Invalid> {
    let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(["true", "1", "on", "yes"]) {
        Ok(Value::Bool(true))
    } else if is_one_of(["false", "0", "off", "no"]) {
        Ok(Value::Bool(false))
    } else {
        Err(Invalid::Bool)
    }
}

fn list(text: &str) -> Vec<String> {
    let text = strip(text).trim_end_matches(',');
    if text.is_empty() {
        return Vec::new();
    }
    text.split(',').map(|item| strip(item).to_owned()).collect()
}

fn choice(text: Cow<'_, str>, choices: &[&str], ignore_case: bool) -> Result<Value, Invalid> {
    let found = if ignore_case {
        let lower = text.to_lowercase();
        choices.iter().any(|choice| choice.to_lowercase() == lower)
    } else {
        choices.contains(&&*text)
    };
    if found {
        Ok(Value::Str(text.into_owned()))
    } else {
        Err(Invalid::Choice(choices.iter().map(|&choice| choice.to_owned()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<String> {
        list(text)
    }

    #[test]
    fn a_bool_is_one_of_eight_words_in_any_case() {
        for word in ["true", "1", "ON", "Yes"] {
            assert_eq!(convert_kind(word.into(), Kind::Bool), Ok(Value::Bool(true)));
        }
        for word in ["", " true", "t", "None", "true # x", "true\n"] {
            assert_eq!(convert_kind(word.into(), Kind::Bool), Err(Invalid::Bool), "{word:?}");
        }
    }

    #[test]
    fn empty_numbers_are_null_unless_python_alone_reads_them() {
        assert_eq!(convert_kind(" ".into(), Kind::Int), Ok(Value::Null));
        assert_eq!(convert_kind("".into(), Kind::Float), Ok(Value::Null));
        assert_eq!(convert_kind("".into(), Kind::BareInt), Err(Invalid::Int));
        assert_eq!(convert_kind(" ".into(), Kind::BareFloat), Err(Invalid::Float));
    }

    #[test]
    fn lists_split_at_commas_only() {
        assert_eq!(items("a,,b"), ["a", "", "b"]);
        assert_eq!(items(",a"), ["", "a"]);
        assert_eq!(items("a, ,"), ["a", ""]);
        assert_eq!(items("\na,\n b ,,"), ["a", "b"]);
        assert_eq!(items("a\nb"), ["a\nb"]);
        assert!(items(",").is_empty());
    }

    #[test]
    fn choices_keep_the_case_they_were_written_in() {
        let kind = Kind::Choice { choices: &["None", "MAC"], ignore_case: true };
        assert_eq!(convert_kind("mac".into(), kind), Ok(Value::Str("mac".into())));
        let exact = Kind::Choice { choices: &["1.2"], ignore_case: false };
        assert!(convert_kind("".into(), exact).is_err());
    }
}
