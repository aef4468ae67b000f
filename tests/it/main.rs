//! The integration tests.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says where"
)]

mod architecture;
mod auth_url;
mod bad_input;
mod binary;
mod certificates;
mod cli;
#[path = "../cloud/mod.rs"]
mod cloud;
mod cloud_works;
mod diff;
mod differential;
mod faults;
mod formats;
mod installed;
mod keystoneauth;
mod layouts;
mod leaks;
mod live;
mod logins;
mod loopback;
mod measure;
mod measure_reading;
mod memory;
mod merge;
mod oslo;
mod other_logins;
mod outputs;
mod packaging;
mod paste;
mod paste_services;
mod plugins;
mod probe;
mod program;
mod properties;
mod rados_gateway;
mod recorder;
mod rules;
mod schema;
mod secrets;
mod settings;
mod shell;
mod stub;
mod suppressions;
mod syntax;
mod tls_files;
mod trees;
mod truth;
mod upgrade;
