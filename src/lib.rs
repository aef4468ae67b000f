//! nova-token-check.
pub mod catalog;
pub mod config;
pub mod deployment;
pub mod facts;
pub mod findings;
pub mod ini;
pub mod keystone;
pub mod report;
pub mod rules;
pub mod secret;
pub mod service;
pub mod text;
pub mod trust;
