//! How long a large file takes beside oslo.config's own parser, and how many
//! instructions of the processor a byte costs, which is the same each time. Run by
//! hand:
//!
//! ```text
//! cargo test --release --test it -- --ignored --nocapture --test-threads=1 measure_reading
//! ```

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use nova_token_check::ini::Document;
use tempfile::TempDir;

use crate::cloud::oslo;
use crate::measure::{Contender, race};
use crate::program::{program, run};

const LOGIN: &str = "[service_user]\nsend_service_user_token = true\nauth_type = password\n\
                     auth_url = https://keystone:5000/v3\nusername = nova\npassword = secret\n\
                     user_domain_name = Default\nproject_name = service\nproject_domain_name = Default\n";

/// A file of about that many bytes that looks as oslo-config-generator's do, with
/// each option set: a description, the default, the option, an empty line.
fn file(bytes: usize) -> String {
    let mut text = LOGIN.to_owned();
    let mut number = 0;
    while text.len() < bytes {
        if number % 30 == 0 {
            write!(text, "[section_{}]\n\n", number / 30 % 400).unwrap();
        }
        write!(
            text,
            "#\n# What the option is for, told in a sentence or two that fill the line (string\n\
             # value)\n# Minimum value: 0\n#option_{number} = <None>\noption_{number} = the-value-{number}\n\n"
        )
        .unwrap();
        number += 1;
    }
    text
}

/// A check of the file from start to end, and what it counted.
fn check(directory: &Path) {
    let run = run(directory, ["--offline", "--format=json", "nova.conf"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["services"][0]["senders"][0]["sends"], true, "{}", run.stdout);
}

#[test]
#[ignore = "measures; run by hand"]
fn measure_reading_beside_oslo_config() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("nova.conf");
    let text = file(100_000_000);
    fs::write(&path, &text).unwrap();
    let theirs = || {
        let output = oslo::parsing(&path).unwrap().output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "8", "{output:?}");
    };
    // Every option is found, as oslo.config finds it.
    let options = text.matches("\noption_").count() + LOGIN.lines().count() - 1;
    let reader = || {
        let document = Document::parse(fs::read_to_string(&path).unwrap()).unwrap();
        let found: usize = document.sections().map(|section| section.assignments().count()).sum();
        assert_eq!(found, options);
    };
    race(
        &format!("A file of {} MB", text.len() / 1_000_000),
        vec![
            Contender::new("this program, the whole check", 10, || check(directory.path())),
            Contender::new("of it, reading and parsing alone", 10, reader),
            Contender::new("oslo.config, reading and parsing alone", 2, theirs),
        ],
    );
}

/// Instructions of a check of a file of about that size.
fn instructions(bytes: usize) -> (usize, u64) {
    let directory = TempDir::new().unwrap();
    let text = file(bytes);
    fs::write(directory.path().join("nova.conf"), &text).unwrap();
    let program = program(directory.path());
    let mut valgrind = Command::new("valgrind");
    valgrind.current_dir(directory.path()).args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = valgrind.arg(program.get_program()).args(["--offline", "nova.conf"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let counted =
        told.lines().find_map(|line| line.split_once("Collected : ")).unwrap_or_else(|| panic!("{told}"));
    (text.len(), counted.1.trim().parse().unwrap())
}

#[test]
#[ignore = "measures; run by hand, with valgrind"]
fn measure_reading_in_instructions() {
    let (small, large) = (instructions(1_000_000), instructions(5_000_000));
    println!("Instructions of a whole check");
    for (bytes, count) in [small, large] {
        println!("  {bytes:>9} bytes {count:>12}");
    }
    let each = (large.1 - small.1) as f64 / (large.0 - small.0) as f64;
    println!("  each byte more {each:>12.2}");
}
