//! The integration tests.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says where"
)]

#[path = "../cloud/mod.rs"]
mod cloud;
mod cloud_works;
mod differential;
mod paste;
mod program;
mod rules;
mod stub;
