//! Tables of TOML, read key by key: each value by its type, each problem with
//! its line, and at the end what nobody asked for.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::text::nearest;

/// What makes a file unusable.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub(super) struct Problem {
    pub(super) line: usize,
    pub(super) what: String,
}

/// A key and its string, each with its line.
pub(super) type Pair = (At<String>, At<String>);

/// A value with its line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) line: usize,
}

/// A table that is being read.
pub(super) struct Table<'t> {
    text: &'t str,
    /// `rules.` in the table `[rules]`.
    prefix: String,
    entries: Vec<(String, &'t Spanned<DeValue<'t>>, usize)>,
    asked: Vec<&'static str>,
}

/// The 1-based line of a byte.
fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}

/// Parses a file.
pub(super) fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, Problem> {
    DeTable::parse(text).map_err(|error| Problem {
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        what: error.message().replace('\n', ", "),
    })
}

impl<'t> Table<'t> {
    pub(super) fn new(text: &'t str, prefix: &str, table: &'t DeTable<'t>) -> Self {
        let entries = table.iter().map(|(key, value)| {
            // The command line's spelling and that of many TOML files.
            let name = key.get_ref().replace('_', "-");
            (name, value, line_of(text, key.span().start))
        });
        Self { text, prefix: prefix.to_owned(), entries: entries.collect(), asked: Vec::new() }
    }

    fn take(&mut self, name: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.push(name);
        self.entries.iter().find(|(key, ..)| key == name).map(|(_, value, _)| *value)
    }

    fn wrong<T>(&self, name: &str, expected: &str, value: &Spanned<DeValue<'_>>) -> Result<T, Problem> {
        let found = value.get_ref().type_str();
        let what = format!("{}{name}: expected {expected}, found {found}", self.prefix);
        Err(Problem { line: line_of(self.text, value.span().start), what })
    }

    pub(super) fn string(&mut self, name: &'static str) -> Result<Option<At<String>>, Problem> {
        self.take(name).map(|value| self.as_string(name, value)).transpose()
    }

    fn as_string(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<At<String>, Problem> {
        match value.get_ref() {
            DeValue::String(text) => {
                Ok(At { value: text.to_string(), line: line_of(self.text, value.span().start) })
            }
            _ => self.wrong(name, "a string", value),
        }
    }

    pub(super) fn strings(&mut self, name: &'static str) -> Result<Option<Vec<At<String>>>, Problem> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong(name, "an array of strings", value);
        };
        items.iter().map(|item| self.as_string(name, item)).collect::<Result<_, _>>().map(Some)
    }

    pub(super) fn bool(&mut self, name: &'static str) -> Result<Option<bool>, Problem> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value.get_ref().as_bool().map_or_else(|| self.wrong(name, "true or false", value), |b| Ok(Some(b)))
    }

    pub(super) fn number(&mut self, name: &'static str, max: u64) -> Result<Option<u64>, Problem> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let digits = value.get_ref().as_integer();
        let number = digits.and_then(|digits| u64::from_str_radix(digits.as_str(), digits.radix()).ok());
        match number.filter(|number| (1..=max).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => self.wrong(name, &format!("a whole number from 1 to {max}"), value),
        }
    }

    pub(super) fn table(&mut self, name: &'static str) -> Result<Option<Table<'t>>, Problem> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.get_ref() {
            DeValue::Table(table) => {
                Ok(Some(Table::new(self.text, &format!("{}{name}.", self.prefix), table)))
            }
            _ => self.wrong(name, "a table", value),
        }
    }

    /// Every key of the table with its string, for tables whose keys are names.
    pub(super) fn pairs(self) -> Result<Vec<Pair>, Problem> {
        let pair = |(name, value, line): &(String, &'t Spanned<DeValue<'t>>, usize)| {
            Ok((At { value: name.clone(), line: *line }, self.as_string(name, value)?))
        };
        self.entries.iter().map(pair).collect()
    }

    /// What nobody asked for, each with the nearest known key.
    pub(super) fn unknown(&self) -> Vec<String> {
        let unknown = self.entries.iter().filter(|(name, ..)| !self.asked.contains(&name.as_str()));
        unknown
            .map(|(name, _, line)| {
                let near = nearest(name, self.asked.iter().copied());
                let hint = near.map(|near| format!("; did you mean {}{near}?", self.prefix));
                format!("line {line}: unknown key {}{name}{}", self.prefix, hint.unwrap_or_default())
            })
            .collect()
    }
}
