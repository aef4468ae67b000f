//! Checks that nova's service tokens are sent, issued with the right roles, and
//! trusted by every service that receives them.
//!
//! Data flows one way:
//!
//! ```text
//! targets ─▶ deployment ─▶ ini ─▶ config ─▶ service ─▶ keystone ─▶ trust ─▶ rules ─▶ report
//!            which files   text    effective  senders,   live        verdicts  findings  formats
//!                          to      values,    receivers  logins
//!                          lines   origins
//! ```
//!
//! - [`cli`]: arguments as typed, then resolved; the only place that looks at the
//!   environment and the terminal.
//! - [`deployment`]: which files a service process reads, and in what order.
//! - [`ini`]: oslo.config's grammar; [`paste`]: PasteDeploy's files; [`ceph`]: Ceph's.
//! - [`config`]: effective values with their origins.
//! - [`catalog`]: facts about OpenStack as data.
//! - [`service`]: what a configuration means: senders, receivers, logins.
//! - [`keystone`]: all network code.
//! - [`facts`]: services and what Keystone said about them, brought together.
//! - [`trust`]: the verdict of each pair of sender and receiver.
//! - [`rules`]: one file per rule; facts in, findings out.
//! - [`findings`]: what a finding is, counting, exit status.
//! - [`report`]: one file per format.
//! - [`secret`]: the redacting type; [`text`]: small helpers for sentences; `bytes`:
//!   where a byte stands in a text.

mod bytes;
pub mod catalog;
pub mod ceph;
pub mod cli;
pub mod config;
pub mod deployment;
pub mod facts;
pub mod findings;
pub mod ini;
pub mod keystone;
pub mod paste;
pub mod report;
pub mod rules;
pub mod secret;
pub mod service;
pub mod text;
pub mod trust;
