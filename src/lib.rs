//! nova-token-check.
pub mod catalog;
pub mod config;
pub mod facts;
pub mod ini;
pub mod keystone;
pub mod secret;
pub mod service;
pub mod trust;
