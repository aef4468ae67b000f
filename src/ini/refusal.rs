//! Why oslo.config refuses a file.

use thiserror::Error;

/// The place and kind of the first error in a file; reading ends there.
///
/// Source: `oslo_config/iniparser.py`, `oslo_config/cfg.py` (`ConfigParser`).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at line {line}, {kind}: {text:?}")]
pub struct Refusal {
    /// 1-based line that oslo.config names.
    pub line: usize,
    /// What is wrong.
    pub kind: RefusalKind,
    /// The offending line, right-stripped; empty for [`RefusalKind::NoSection`].
    pub text: String,
}

/// The six errors of the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RefusalKind {
    /// A line with neither `=` nor `:` that is no section, comment or continuation.
    #[error("no ':' or '=' found in assignment")]
    NoSeparator,
    /// Nothing stands before the separator.
    #[error("key cannot be empty")]
    EmptyKey,
    /// An indented line with no option above it.
    #[error("unexpected continuation line")]
    UnexpectedContinuation,
    /// A line that begins with `[` and does not end with `]`.
    #[error("invalid section (must end with ])")]
    UnclosedSection,
    /// `[]`.
    #[error("empty section name")]
    EmptySection,
    /// An option stands before the first section.
    #[error("section must be started before assignment")]
    NoSection,
}

impl RefusalKind {
    /// What to do about it, for the operator.
    pub fn help(self) -> &'static str {
        match self {
            Self::NoSeparator => "write `option = value`, or start the line with # to make it a comment",
            Self::EmptyKey => "put the option's name before the = sign",
            Self::UnexpectedContinuation => {
                "remove the blanks at the start of the line: an indented line continues the option above it, and here there is none"
            }
            Self::UnclosedSection => {
                "nothing may follow the ] of a section header, not even a comment: put the comment on a line of its own"
            }
            Self::EmptySection => "give the section a name",
            Self::NoSection => "put a [section] header above the first option",
        }
    }
}
