//! Findings: what they are, how they are counted, and when they make a run fail.
//! One place for all of it, whatever the format of the report.

mod finding;
mod status;

pub use finding::{Confidence, Finding, Place, Related, Severity, Suppression, SuppressionKind};
pub use status::{Counts, FailOn, Status, count, status};
