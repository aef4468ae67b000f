//! What a process has registered: the options that exist, their types and
//! defaults. oslo.config calls this `register_opts`.

use std::ops::Deref;
use std::sync::Arc;

/// The type of an option, as oslo.config converts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text; an empty one is a value too.
    Str,
    /// `true 1 on yes` and `false 0 off no`, in any case.
    Bool,
    /// Python's `int()`; empty means null.
    Int,
    /// Python's `float()`; empty means null.
    Float,
    /// Python's `int()` and nothing more: empty is an error.
    BareInt,
    /// Python's `float()` and nothing more: empty is an error.
    BareFloat,
    /// Texts between commas.
    List,
    /// One of a few words.
    Choice {
        /// The words.
        choices: &'static [&'static str],
        /// Whether case is ignored (the value keeps the case it was written in).
        ignore_case: bool,
    },
    /// A type that is not modelled: its value is never known here.
    Opaque,
}

impl Kind {
    /// The short name used in `show`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Str => "str",
            Self::Bool => "bool",
            Self::Int | Self::BareInt => "int",
            Self::Float | Self::BareFloat => "float",
            Self::List => "list",
            Self::Choice { .. } => "choice",
            Self::Opaque => "other",
        }
    }
}

/// The value of an option that nobody sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// Null.
    None,
    /// This text, converted as if it stood in a file.
    Text(&'static str),
    /// Python's `str()` of the default: all that a `$name` needs.
    Printed(&'static str),
    /// It hangs on the host the service runs on, such as `my_ip`.
    HostDependent,
}

/// One registered option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSpec {
    /// The name in a file (oslo.config's `dest`).
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its default.
    pub default: Default,
    /// Names that are still read, as oslo.config matches them: dashes and
    /// underscores are different.
    pub deprecated: &'static [&'static str],
    /// Whether its value must not be shown.
    pub secret: bool,
}

/// An option as a setting refers to it.
#[derive(Debug, Clone)]
pub enum Spec {
    /// One of a table's.
    Listed(&'static OptionSpec),
    /// One that was looked up or made for the purpose.
    Made(Arc<OptionSpec>),
}

impl Deref for Spec {
    type Target = OptionSpec;

    fn deref(&self) -> &OptionSpec {
        match self {
            Self::Listed(spec) => spec,
            Self::Made(spec) => spec,
        }
    }
}

impl From<&'static OptionSpec> for Spec {
    fn from(spec: &'static OptionSpec) -> Self {
        Self::Listed(spec)
    }
}

impl From<OptionSpec> for Spec {
    fn from(spec: OptionSpec) -> Self {
        Self::Made(Arc::new(spec))
    }
}

/// A section and the options registered in it.
#[derive(Debug, Clone)]
pub struct Group {
    /// The name in lower case; `DEFAULT` in capitals.
    pub name: String,
    /// The options.
    pub options: Vec<&'static OptionSpec>,
}

impl Group {
    /// The option that a line of that name sets, under its own name or an old one.
    pub fn written_as(&self, name: &str) -> Option<&'static OptionSpec> {
        let options = || self.options.iter().copied();
        // A name that is read now is no old name of another option.
        let current = options().find(|option| option.name == name);
        current.or_else(|| options().find(|option| option.deprecated.contains(&name)))
    }
}

/// Options that this program does not read itself but that a `$name` in a value
/// may point to.
pub trait Registry: std::fmt::Debug + Send + Sync {
    /// The option of that name in that group.
    fn option(&self, group: &str, name: &str) -> Option<OptionSpec>;
    /// Whether the group exists.
    fn has_group(&self, group: &str) -> bool;
}

/// All that one process registers.
#[derive(Debug, Default)]
pub struct Schema {
    groups: Vec<Group>,
    others: Option<&'static dyn Registry>,
}

impl Schema {
    /// A schema whose groups are extended by `others`.
    pub fn new(others: Option<&'static dyn Registry>) -> Self {
        Self { groups: Vec::new(), others }
    }

    /// Registers options of different names in a group; one that is there already
    /// stays.
    pub fn register(&mut self, group: &str, options: impl IntoIterator<Item = &'static OptionSpec>) {
        let index = match self.groups.iter().position(|g| g.name == group) {
            Some(index) => index,
            None => {
                self.groups.push(Group { name: group.to_owned(), options: Vec::new() });
                self.groups.len() - 1
            }
        };
        let group = &mut self.groups[index].options;
        let options = options.into_iter();
        let known = group.len();
        group.reserve(options.size_hint().0);
        for option in options {
            if !group[..known].iter().any(|o| o.name == option.name) {
                group.push(option);
            }
        }
    }

    /// The groups registered here, in order of registration.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// An option by group and name.
    pub fn option(&self, group: &str, name: &str) -> Option<Spec> {
        let own = self.group(group).and_then(|group| group.options.iter().find(|o| o.name == name));
        own.map(|&own| Spec::from(own)).or_else(|| self.others?.option(group, name).map(Spec::from))
    }

    /// The option, of any group, that once had this name.
    pub(super) fn renamed(&self, name: &str) -> Option<Spec> {
        let options = self.groups.iter().flat_map(|group| group.options.iter().copied());
        let had = |option: &&OptionSpec| option.deprecated.iter().any(|old| old.replace('-', "_") == name);
        options.rev().find(had).map(Spec::from)
    }

    /// Whether every option that exists is known here.
    pub fn is_complete(&self) -> bool {
        self.others.is_some()
    }

    /// A group registered here.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|g| g.name == name)
    }

    /// Whether a group of that exact name is registered.
    pub fn has_group(&self, name: &str) -> bool {
        self.group(name).is_some() || self.others.is_some_and(|others| others.has_group(name))
    }
}
