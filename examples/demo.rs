//! A tour on a real Keystone.
fn main() {}
