//! A tour on a real Keystone:
//!
//! ```text
//! cargo run --example demo
//! ```
//!
//! It starts a Keystone on 127.0.0.1 (the first time it installs one below the
//! target directory, which takes a minute), writes the configuration of five
//! services as one finds it on a cloud that has grown over the years, and runs
//! `nova-token-check` on it. Then it starts a real keystonemiddleware with each
//! receiver's file, sends it nova's service token, and puts what happened beside
//! what was predicted. Nothing is left behind.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "to be read in a terminal")]

#[path = "../tests/cloud/mod.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod cloud;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use cloud::admin::{ApiError, DEFAULT_DOMAIN, Scope};
use cloud::judge::{Case, Source, Tokens};
use cloud::{Cloud, UserTokens};

/// Each service's user, the role it was given, and its file.
const SERVICES: [(&str, &str, &str); 5] = [
    ("nova", "admin", NOVA),
    ("cinder", "service", CINDER),
    ("glance", "service", GLANCE),
    ("neutron", "service", NEUTRON),
    ("cyborg", "member", CYBORG),
];

const NOVA: &str = "\
[DEFAULT]
debug = false

[cinder]
os_region_name = RegionOne

[neutron]
auth_section = service_user

[service_user]
send_service_user_token = true
@LOGIN@";

/// Nothing is set: from 2026.2 on that means that the role is required.
const CINDER: &str = "\
[DEFAULT]
enabled_backends = ceph

[keystone_authtoken]
www_authenticate_uri = @URL@
@LOGIN@";

const GLANCE: &str = "\
[keystone_authtoken]
www_authenticate_uri = @URL@
service_token_roles_required = false
@LOGIN@";

const NEUTRON: &str = "\
[DEFAULT]
core_plugin = ml2

[keystone_authtoken]
www_authenticate_uri = @URL@
service_token_roles = service, admin
service_token_roles_required = true
@LOGIN@";

/// As neutron's, but its user was never given the role.
const CYBORG: &str = "\
[keystone_authtoken]
www_authenticate_uri = @URL@
service_token_roles = service, admin
@LOGIN@";

const LOGIN: &str = "\
auth_type = password
auth_url = @URL@
username = @NAME@
password = @NAME@'s secret
user_domain_name = Default
project_name = service
project_domain_name = Default
";

fn main() -> ExitCode {
    match demo() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Result<()> {
    println!("Starting Keystone ...");
    let cloud = Cloud::start()?;
    create_users(&cloud)?;
    let directory = cloud.keystone.directory().join("demo");
    write_files(&directory, &cloud.keystone.url())?;
    // Paths are reported as typed, and typed as on a controller.
    env::set_current_dir(&directory)?;

    check(&["--release", "2026.2", "--report", "json=report.json", "etc"]);
    let report = serde_json::from_str(&fs::read_to_string("report.json")?)?;
    compare(&cloud, &report, &directory)
}

fn create_users(cloud: &Cloud) -> Result<(), ApiError> {
    let admin = &cloud.admin;
    let project = admin.create_project("service", DEFAULT_DOMAIN)?;
    for (name, role, _) in SERVICES {
        let user = admin.create_user(name, &format!("{name}'s secret"), DEFAULT_DOMAIN, None)?;
        admin.grant(&user, &admin.role(role)?, Scope::Project(&project))?;
    }
    Ok(())
}

fn write_files(directory: &Path, url: &str) -> Result<()> {
    for (name, _, text) in SERVICES {
        let path = directory.join(file(name));
        fs::create_dir_all(path.with_file_name(""))?;
        fs::write(path, text.replace("@LOGIN@", LOGIN).replace("@URL@", url).replace("@NAME@", name))?;
    }
    Ok(())
}

fn file(service: &str) -> String {
    let name = if service == "glance" { "glance-api" } else { service };
    format!("etc/{service}/{name}.conf")
}

/// Runs the program as its own `main` does; an example has no path to it.
fn check(arguments: &[&str]) {
    println!("\n$ nova-token-check {}", arguments.join(" "));
    let arguments = ["nova-token-check"].iter().chain(arguments).map(OsString::from);
    let exit = nova_token_check::cli::run(arguments);
    println!("\n$ echo $?\n{}", exit.code());
}

/// Puts the predictions beside what the real middleware does.
fn compare(cloud: &Cloud, report: &Value, directory: &Path) -> Result<()> {
    println!("\nAnd this is what the real keystonemiddleware {} did:\n", cloud.judge.middleware());
    println!("  receiver  predicted  observed");
    let user = cloud.user()?;
    let nova = [Source::File(directory.join(file("nova")))];
    let token = cloud.judge.send("nova", &nova)?.token.context("nova sends no token")?;
    let expected =
        [("cinder", "rejected"), ("glance", "ignored"), ("neutron", "trusted"), ("cyborg", "broken")];
    let mut surprises = Vec::new();
    for (receiver, usual) in expected {
        let predicted = predicted(report, receiver).unwrap_or("nothing");
        let observed = observed(cloud, &user, &token, receiver, directory)?;
        println!("  {receiver:8}  {predicted:9}  {observed}");
        if predicted != usual || observed != usual {
            surprises.push(receiver);
        }
    }
    ensure!(surprises.is_empty(), "not what was to be shown: {}", surprises.join(", "));
    Ok(())
}

fn predicted<'r>(report: &'r Value, receiver: &str) -> Option<&'r str> {
    let mut rows = report["trust"].as_array()?.iter();
    let row = rows.find(|row| row["senders"][0] == "nova" && row["receivers"][0] == receiver)?;
    row["verdict"].as_str()
}

fn observed(
    cloud: &Cloud,
    user: &UserTokens,
    token: &str,
    receiver: &str,
    directory: &Path,
) -> Result<String> {
    let case = Case {
        id: receiver.to_owned(),
        service: receiver.to_owned(),
        sources: vec![Source::File(directory.join(file(receiver)))],
        paste: BTreeMap::new(),
        env: BTreeMap::new(),
        tokens: Tokens {
            user: user.valid.clone(),
            expired_user: user.expired.clone(),
            service: Some(token.to_owned()),
        },
    };
    Ok(format!("{:?}", cloud.judge.ask(&case)?.verdict()).to_lowercase())
}
