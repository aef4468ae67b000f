//! What each receiver does with each sender's service token: pure functions
//! over the facts.

mod matrix;
mod steps;
mod upgrade;
mod verdict;

pub use matrix::{Matrix, Row, matrix};
pub use steps::Step;
pub use upgrade::{OptionChange, OptionChangeKind, TrustChange, Upgrade, compare};
pub use verdict::{Judgement, Verdict, judge};
