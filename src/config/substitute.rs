//! `$name` and `${group.name}` in values.
//!
//! Source: `oslo_config/cfg.py` (`_substitute`, `Template`, `StrSubWrapper`) on
//! top of Python's `string.Template`.

use std::collections::BTreeMap;

use thiserror::Error;

use super::layers::Configuration;
use super::lookup::Reading;
use super::schema::{Schema, Spec};

/// Why oslo.config cannot put a value in a reference's place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReferenceProblem {
    /// No option of that name is registered.
    #[error("${name} names no option that the service knows")]
    NoSuchOption {
        /// The name behind the `$`.
        name: String,
    },
    /// The group before the dot is not registered.
    #[error("${name} names no section that the service knows")]
    NoSuchGroup {
        /// The name behind the `$`.
        name: String,
    },
    /// The name is that of a whole section.
    #[error("${name} names a section, not an option")]
    IsGroup {
        /// The name behind the `$`.
        name: String,
    },
    /// The option refers to itself by way of others.
    #[error("${name} leads back to the option it stands in")]
    Cycle {
        /// The name behind the `$`.
        name: String,
    },
    /// The option referred to has an unusable value.
    #[error("${name} stands for an option with an invalid value")]
    InvalidTarget {
        /// The name behind the `$`.
        name: String,
    },
    /// The result outgrows any memory.
    #[error("${name} makes the value grow beyond {} MiB", MAX_SIZE >> 20)]
    TooLarge {
        /// The name behind the `$`.
        name: String,
    },
}

impl ReferenceProblem {
    /// The same problem without the name, which may be part of a secret.
    pub(super) fn without_name(self) -> Self {
        let name = "…".to_owned();
        match self {
            Self::NoSuchOption { .. } => Self::NoSuchOption { name },
            Self::NoSuchGroup { .. } => Self::NoSuchGroup { name },
            Self::IsGroup { .. } => Self::IsGroup { name },
            Self::Cycle { .. } => Self::Cycle { name },
            Self::InvalidTarget { .. } => Self::InvalidTarget { name },
            Self::TooLarge { .. } => Self::TooLarge { name },
        }
    }
}

/// A substituted text longer than this (in bytes) is given up.
const MAX_SIZE: usize = 64 << 20;

/// References nested deeper than this end as Python's recursion does.
const MAX_DEPTH: usize = 90;

/// The outcome of substitution.
#[derive(Clone)]
pub(super) enum Substituted {
    Text(String),
    /// The value hangs on the host, by way of this option.
    HostDependent(String),
    Problem(ReferenceProblem),
}

/// Resolves references for one look-up; each option is read once.
pub(super) struct Resolver<'c> {
    configuration: &'c Configuration,
    schema: &'c Schema,
    /// The option that was asked for, by its section and name.
    asked: (&'c str, &'c str),
    /// Options being resolved on its behalf, outermost first.
    stack: Vec<(String, String)>,
    done: BTreeMap<(String, String), Substituted>,
    secrets_used: usize,
}

impl<'c> Resolver<'c> {
    /// A resolver for the value of one option.
    pub(super) fn new(
        configuration: &'c Configuration,
        schema: &'c Schema,
        group: &'c str,
        name: &'c str,
    ) -> Self {
        let asked = (group, name);
        Self { configuration, schema, asked, stack: Vec::new(), done: BTreeMap::new(), secrets_used: 0 }
    }

    /// How many references so far stood for a secret.
    pub(super) fn secrets_used(&self) -> usize {
        self.secrets_used
    }

    /// Substitutes all references in a text that stands in `group`.
    pub(super) fn substitute(&mut self, group: &str, text: &str) -> Substituted {
        self.expand(group, &text.replace("\\$", "$$"))
    }

    fn expand(&mut self, group: &str, text: &str) -> Substituted {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let (token, length) = token(after);
            match token {
                Token::Escaped | Token::Plain => out.push('$'),
                Token::Reference(name) => match self.reference(group, name, &rest[at..=at + length]) {
                    Substituted::Text(value) => out.push_str(&value),
                    other => return other,
                },
            }
            if out.len() > MAX_SIZE {
                let name = after[..length].trim_matches(['{', '}']).to_owned();
                return Substituted::Problem(ReferenceProblem::TooLarge { name });
            }
            rest = &after[length..];
        }
        out.push_str(rest);
        Substituted::Text(out)
    }

    /// The text that stands for `written` (`$name`) when it is used in `group`.
    fn reference(&mut self, group: &str, name: &str, written: &str) -> Substituted {
        let value = match self.find(group, name) {
            Ok(target) => self.value_of(target, name, written),
            // The service may well know what this program does not.
            Err(ReferenceProblem::NoSuchOption { .. } | ReferenceProblem::NoSuchGroup { .. })
                if !self.schema.is_complete() =>
            {
                return Substituted::HostDependent(name.to_owned());
            }
            Err(problem) => Substituted::Problem(problem),
        };
        // oslo.config takes a missing name deep inside the option for a missing
        // option, and looks in [DEFAULT] as well.
        let missing = matches!(value, Substituted::Problem(ReferenceProblem::NoSuchOption { .. }));
        if missing && group != "DEFAULT" && !name.contains('.') {
            return match self.find("DEFAULT", name) {
                Ok(target) => self.value_of(target, name, written),
                Err(problem) => Substituted::Problem(problem),
            };
        }
        value
    }

    /// What a reference means: an option of the group it names or else of the
    /// group it stands in, then one of `[DEFAULT]`.
    fn find(&self, group: &str, name: &str) -> Result<Target, ReferenceProblem> {
        let owned = || name.to_owned();
        if let Some((group, option)) = name.split_once('.') {
            // Options of [DEFAULT] are in no group of that name.
            if group == "DEFAULT" || !self.schema.has_group(group) {
                return Err(ReferenceProblem::NoSuchGroup { name: owned() });
            }
            let spec = self.schema.option(group, option);
            return spec
                .map(|spec| Target::Option(group.to_owned(), spec))
                .ok_or_else(|| ReferenceProblem::NoSuchOption { name: owned() });
        }
        if group != "DEFAULT"
            && let Some(spec) = self.schema.option(group, name)
        {
            return Ok(Target::Option(group.to_owned(), spec));
        }
        if self.schema.has_group(name) && name != "DEFAULT" {
            return Err(ReferenceProblem::IsGroup { name: owned() });
        }
        let default = || "DEFAULT".to_owned();
        match self.schema.option("DEFAULT", name) {
            Some(spec) => Ok(Target::Option(default(), spec)),
            // oslo.config keeps the deprecated names of all groups under
            // [DEFAULT], and reads the option there.
            None => match self.schema.renamed(name) {
                Some(_) if RENAMED_WITH_A_DASH.contains(&name) => Ok(Target::Text),
                Some(spec) => Ok(Target::Option(default(), spec)),
                None => Err(ReferenceProblem::NoSuchOption { name: owned() }),
            },
        }
    }

    fn value_of(&mut self, target: Target, name: &str, written: &str) -> Substituted {
        let Target::Option(group, spec) = target else { return Substituted::Text(written.to_owned()) };
        let option = name.rsplit('.').next().unwrap_or(name);
        let key = (group, option.to_owned());
        self.secrets_used += usize::from(spec.secret);
        if let Some(done) = self.done.get(&key) {
            return done.clone();
        }
        let is_asked = (key.0.as_str(), key.1.as_str()) == self.asked;
        if is_asked || self.stack.contains(&key) || self.stack.len() >= MAX_DEPTH {
            return Substituted::Problem(ReferenceProblem::Cycle { name: name.to_owned() });
        }
        self.stack.push(key.clone());
        let configuration = self.configuration;
        let reading = configuration.read(self, &configuration.lines(&key.0), &spec, option).reading;
        self.stack.pop();
        let value = match reading {
            Reading::Unset => Substituted::Text(String::new()),
            Reading::Value(value) => Substituted::Text(value.to_python_str()),
            Reading::HostDependent(name) => Substituted::HostDependent(name),
            Reading::Invalid(_) => {
                Substituted::Problem(ReferenceProblem::InvalidTarget { name: name.to_owned() })
            }
            Reading::BadReference(problem) => Substituted::Problem(problem),
        };
        self.done.insert(key, value.clone());
        value
    }
}

/// What a reference means.
enum Target {
    /// An option of a group.
    Option(String, Spec),
    /// Nothing: the reference stays as it is written.
    Text,
}

/// Deprecated names whose options are registered under names with a dash. The
/// look-up by that name fails inside `string.Template`, which then leaves the
/// reference as it is.
const RENAMED_WITH_A_DASH: [&str; 2] = ["tenant_name", "tenant_id"];

enum Token<'t> {
    /// `$$`.
    Escaped,
    /// A `$` with nothing behind it that could be a name.
    Plain,
    Reference(&'t str),
}

/// What stands behind a `$`, and how many bytes of it belong to it.
fn token(after: &str) -> (Token<'_>, usize) {
    if after.starts_with('$') {
        return (Token::Escaped, 1);
    }
    if let Some(braced) = after.strip_prefix('{') {
        let length = name_length(braced);
        if length > 0 && braced[length..].starts_with('}') {
            return (Token::Reference(&braced[..length]), length + 2);
        }
        return (Token::Plain, 0);
    }
    match name_length(after) {
        0 => (Token::Plain, 0),
        length => (Token::Reference(&after[..length]), length),
    }
}

/// Bytes of the longest `[_a-z][._a-z0-9]*` at the start, case ignored.
fn name_length(text: &str) -> usize {
    let end = text.char_indices().find(|&(at, c)| {
        let first = at == 0;
        !(c == '_' || is_letter(c) || (!first && (c == '.' || c.is_ascii_digit())))
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// `[a-z]` under Python's `re.IGNORECASE`, which takes four letters more.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{130}' | '\u{131}' | '\u{17f}' | '\u{212a}')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Configuration, Default, Environment, Kind, Layer, OptionSpec, Value};
    use super::*;
    use crate::ini::Document;

    const fn text(name: &'static str) -> OptionSpec {
        OptionSpec { name, kind: Kind::Str, default: Default::None, deprecated: &[], secret: false }
    }

    /// A service that registers nothing else.
    #[derive(Debug)]
    struct Nothing;

    impl super::super::Registry for Nothing {
        fn option(&self, _: &str, _: &str) -> Option<OptionSpec> {
            None
        }

        fn has_group(&self, _: &str) -> bool {
            false
        }
    }

    fn schema() -> Schema {
        let mut schema = Schema::new(Some(&Nothing));
        schema.register("DEFAULT", const { &[text("d"), OptionSpec { kind: Kind::Bool, ..text("flag") }] });
        schema.register("g", const { &[text("a"), text("b"), OptionSpec { kind: Kind::List, ..text("l") }] });
        schema
    }

    fn read(ini: &str) -> Reading {
        let layer = Layer::new(Arc::from("x.conf"), Document::parse(ini.to_owned()).unwrap());
        let configuration = Configuration::new(vec![layer], Environment::default());
        configuration.get_named(&schema(), "g", "a").unwrap().reading
    }

    fn value(a: &str) -> Reading {
        read(&format!("[DEFAULT]\nd = D\nflag = yes\n[g]\nb = B\nl = x, y\na = {a}\n"))
    }

    fn is(text: &str) -> Reading {
        Reading::Value(Value::Str(text.to_owned()))
    }

    #[test]
    fn names_are_looked_for_in_the_own_group_then_in_default() {
        assert_eq!(value("$b-$d-${g.b}-$g.b"), is("B-D-B-B"));
        assert_eq!(value("$flag $l"), is("True ['x', 'y']"));
    }

    #[test]
    fn two_dollars_and_a_backslash_dollar_are_a_dollar() {
        assert_eq!(value(r"$$b \$b \$$b \\$b"), is(r"$b $b $B \$b"));
    }

    #[test]
    fn what_is_no_name_stays() {
        assert_eq!(value("$1 $ ${ ${a-b} ${b $"), is("$1 $ ${ ${a-b} ${b $"));
    }

    #[test]
    fn unknown_names_are_errors() {
        for (a, problem) in [
            ("$nosuch", ReferenceProblem::NoSuchOption { name: "nosuch".into() }),
            ("$B", ReferenceProblem::NoSuchOption { name: "B".into() }),
            ("$b.", ReferenceProblem::NoSuchGroup { name: "b.".into() }),
            ("${DEFAULT.d}", ReferenceProblem::NoSuchGroup { name: "DEFAULT.d".into() }),
            ("$g", ReferenceProblem::IsGroup { name: "g".into() }),
            ("$a", ReferenceProblem::Cycle { name: "a".into() }),
        ] {
            assert_eq!(value(a), Reading::BadReference(problem), "{a}");
        }
    }

    #[test]
    fn a_known_but_unset_option_is_the_empty_text() {
        assert_eq!(read("[g]\na = <$d>\n"), is("<>"));
    }
}
