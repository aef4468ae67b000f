//! What each receiver does with each sender's service token: pure functions
//! over the facts.

mod matrix;
mod verdict;

pub use matrix::{Matrix, Row, matrix};
pub use verdict::{Judgement, Verdict, judge};
