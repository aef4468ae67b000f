//! Findings: what they are, how they are counted, and when they make a run fail.
//! One place for all of it, whatever the format of the report.

mod alike;
mod baseline;
mod finding;
mod fix;
mod later;
mod status;
mod suppression;

pub use alike::bring_together;
pub use baseline::{Baseline, BaselineError};
pub use finding::{Confidence, Finding, Place, Related, Severity, Suppression, SuppressionKind};
pub use fix::{Edit, Fix, Withheld};
pub use later::add_later;
pub use status::{Counts, FailOn, Status, count, status};
pub use suppression::{Content, Directive, Target, directives, suppress};
