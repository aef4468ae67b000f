//! A change of a file that mends a finding and that nobody could object to: plain
//! data made by the rule. Nothing here writes a file, and no decision about
//! security is ever made by a fix.

use std::sync::Arc;

use crate::config::TextLine;

/// What would mend a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The file as reached from the target as typed.
    pub file: Arc<str>,
    /// What changes, all of it or nothing.
    pub edits: Vec<Edit>,
    /// The lines that change and those around them, as far as they may be shown;
    /// or why there can be no patch.
    pub lines: Result<Vec<TextLine>, Withheld>,
}

/// A stretch of a line that another text takes the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// 1-based line.
    pub line: usize,
    /// 1-based column in code points.
    pub column: usize,
    /// How many code points go; none where something is put in.
    pub width: usize,
    /// What comes; it has the file's own line ends.
    pub text: String,
}

/// Why a fix cannot be a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// The lines could hold a secret.
    Secret,
    /// They hold characters that could steer a terminal.
    Control,
    /// The file is a part of a manifest.
    Manifest,
    /// It came on standard input.
    StandardInput,
    /// Its name is not UTF-8.
    Name,
    /// It is of a report that was read back.
    Elsewhere,
    /// Some of its lines end in a lone carriage return, which `patch` does not know.
    LineEnds,
}

impl Withheld {
    /// As the end of a sentence.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Secret => "the line may hold a secret",
            Self::Control => "the line holds control characters",
            Self::Manifest => "a patch does not reach into a manifest",
            Self::StandardInput => "standard input has no file to patch",
            Self::Name => "the file's name is not UTF-8",
            Self::Elsewhere => "a report does not hold the file",
            Self::LineEnds => "a line of the file ends in a lone carriage return",
        }
    }
}

impl Fix {
    /// The same change as seen by another service, with the lines that both would
    /// show; nothing, if that one would change something else.
    pub fn agreed(self, other: Self) -> Option<Self> {
        let shown = |fix: &Self| fix.lines.as_ref().map_or(0, Vec::len);
        let agrees = self.file == other.file && self.edits == other.edits;
        agrees.then(|| if shown(&other) < shown(&self) { other } else { self })
    }
}

impl Edit {
    /// Whole lines that are put in above `line`, which stays as it is.
    pub fn above(line: usize, text: String) -> Self {
        Self { line, column: 1, width: 0, text }
    }

    /// Whether it puts in whole lines and leaves its own alone.
    pub fn is_above(&self) -> bool {
        self.column == 1 && self.width == 0 && self.text.ends_with('\n')
    }
}
