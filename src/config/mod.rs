//! Effective values: which of several files wins, deprecated names, the
//! environment, `$` substitution and types; each value with its origin.
//!
//! This is oslo.config's `ConfigOpts` without the registration: what is
//! registered is handed in as a [`Schema`]. Which options matter, and what they
//! mean for a service token, is not known here.

mod excerpt;
mod layers;
mod lookup;
mod overrides;
mod place;
mod python;
mod schema;
mod substitute;
mod types;

pub use excerpt::TextLine;
pub(crate) use excerpt::{Excerpt, steers};
pub use layers::{Configuration, Environment, Holder, Instead, Layer, LoadFailure, LoadProblem};
pub use lookup::{FileLine, InSection, Origin, Reading, Setting};
pub use overrides::{Neighbour, Override, Overrides};
pub use place::Place;
pub(crate) use place::{MASK, harmless, harmlessly, mask, printable};
pub use schema::{Default, Group, Kind, OptionSpec, Registry, Schema, Spec};
pub use substitute::ReferenceProblem;
pub use types::{Invalid, Value};
