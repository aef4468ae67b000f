//! The grammar of oslo.config's files: text in, sections and assignments with
//! their positions out, or the refusal that oslo.config would give.
//!
//! It knows nothing about options: what a name means, which value wins and
//! which type it has is `config/`'s. Nor does it touch the file system.
//!
//! A [`Document`] is an index of the sections of one file; the assignments of a
//! section are read again from its text when they are asked for. So memory
//! stays close to the size of the file, whatever the file holds.

mod document;
mod refusal;
mod scanner;
mod space;

pub use document::{Assignment, Document, Section, Span};
pub use refusal::{Refusal, RefusalKind};
pub use space::{is_python_space, strip};
