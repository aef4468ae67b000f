//! nova-token-check.
pub mod catalog;
pub mod config;
pub mod ini;
pub mod secret;
pub mod service;
