//! Why PasteDeploy gives up on a file, so that the service does not start.

use thiserror::Error;

/// The first thing that PasteDeploy refuses. Holds no values: one may be a
/// password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PasteProblem {
    /// An option stands before the first section.
    #[error("an option stands before the first [section]")]
    NoSection {
        /// 1-based line.
        line: usize,
    },
    /// A section comes twice.
    #[error("the section [{name}] comes twice")]
    DuplicateSection {
        /// 1-based line of the second header.
        line: usize,
        /// The section.
        name: String,
    },
    /// An option comes twice in one section.
    #[error("{name} comes twice in one section")]
    DuplicateOption {
        /// 1-based line of the second.
        line: usize,
        /// The option.
        name: String,
    },
    /// A line that is neither section, option nor continuation.
    #[error("the line has neither = nor :, or nothing before it")]
    Syntax {
        /// 1-based line.
        line: usize,
    },
    /// A `%` that is neither `%%` nor `%(name)s`.
    #[error("{option} has a % that is neither %% nor %(name)s")]
    BadReference {
        /// 1-based line; none for a value that no file holds.
        line: Option<usize>,
        /// The option.
        option: String,
    },
    /// `%(name)s` names nothing in the section or in `[DEFAULT]`.
    #[error("%({name})s in {option} names no option of the section or of [DEFAULT]")]
    UnknownReference {
        /// 1-based line; none for a value that no file holds.
        line: Option<usize>,
        /// The option.
        option: String,
        /// The name between the parentheses.
        name: String,
    },
    /// `%(name)s` leads on and on.
    #[error("%(name)s in {option} leads from one reference to the next without an end")]
    DeepReference {
        /// 1-based line; none for a value that no file holds.
        line: Option<usize>,
        /// The option.
        option: String,
    },
    /// A pipeline names something that no section defines.
    #[error("no section defines {name}")]
    NoSuchName {
        /// 1-based line where it is named, if it is named in the file.
        line: Option<usize>,
        /// The name.
        name: String,
    },
    /// Several sections define the same name.
    #[error("several sections define {name}")]
    Ambiguous {
        /// 1-based line where it is named, if it is named in the file.
        line: Option<usize>,
        /// The name.
        name: String,
    },
    /// A section lacks what its kind needs.
    #[error("[{section}] has no {option}")]
    Lacks {
        /// 1-based line of the section.
        line: usize,
        /// The section.
        section: String,
        /// What it lacks.
        option: &'static str,
    },
    /// A pipeline has options that are none of a pipeline's.
    #[error("[{section}] has more than a pipeline takes")]
    Extra {
        /// 1-based line of the first such option.
        line: Option<usize>,
        /// The section.
        section: String,
    },
    /// Sections lead back to themselves.
    #[error("{name} leads back to itself")]
    Loop {
        /// The name.
        name: String,
    },
}

impl PasteProblem {
    /// 1-based line to show, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NoSection { line }
            | Self::DuplicateSection { line, .. }
            | Self::DuplicateOption { line, .. }
            | Self::Syntax { line }
            | Self::Lacks { line, .. } => Some(*line),
            Self::BadReference { line, .. }
            | Self::UnknownReference { line, .. }
            | Self::DeepReference { line, .. }
            | Self::NoSuchName { line, .. }
            | Self::Extra { line, .. }
            | Self::Ambiguous { line, .. } => *line,
            Self::Loop { .. } => None,
        }
    }

    /// The same in the lines of a file that so many stand before.
    #[must_use]
    pub(super) fn lines_less(mut self, lines_before: usize) -> Self {
        match &mut self {
            Self::NoSection { line }
            | Self::DuplicateSection { line, .. }
            | Self::DuplicateOption { line, .. }
            | Self::Syntax { line }
            | Self::Lacks { line, .. } => *line -= lines_before,
            Self::BadReference { line, .. }
            | Self::UnknownReference { line, .. }
            | Self::DeepReference { line, .. }
            | Self::NoSuchName { line, .. }
            | Self::Extra { line, .. }
            | Self::Ambiguous { line, .. } => *line = line.map(|line| line - lines_before),
            Self::Loop { .. } => {}
        }
        self
    }

    /// What to do about it, for the operator.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoSection { .. } => "put a [section] header above the first option",
            Self::DuplicateSection { .. } => "join the two sections",
            Self::DuplicateOption { .. } => "keep one of the two lines",
            Self::Syntax { .. } => "write `option = value`, or start the line with # to make it a comment",
            Self::BadReference { .. } => "write %% for a percent sign",
            Self::UnknownReference { .. } | Self::DeepReference { .. } => {
                "correct the name between the parentheses; write %% for a percent sign"
            }
            Self::NoSuchName { .. } => "correct the name, or add the section",
            Self::Ambiguous { .. } => "rename one of the sections",
            Self::Lacks { .. } => "add it to the section",
            Self::Extra { .. } => "remove the line, or write `set NAME = VALUE`",
            Self::Loop { .. } => "correct the name that leads back",
        }
    }
}
