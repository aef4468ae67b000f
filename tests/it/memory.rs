//! How much memory an answer can cost that no Keystone gives: measured, since
//! what is read is up to whoever answers.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::faults::{CANARY, Case, all_cases, write};
use crate::loopback::Server;

/// What a run may take (KiB).
const BOUND: u64 = 80 << 10;

/// Runs a command and prints the most memory it had at once, in KiB. A process
/// begins with what its parent has, so the parent is a small one.
const MEASURE: &str = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); \
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";

fn peak(directory: &Path) -> u64 {
    let mut command = Command::new("python3");
    command.args(["-c", MEASURE, env!("CARGO_BIN_EXE_nova-token-check"), "--timeout", "20", "nova.conf"]);
    let output = command.current_dir(directory).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

fn peak_of(case: &Case) -> u64 {
    let serve = std::sync::Arc::clone(&case.serve);
    let server = Server::start(None, move |connection| serve(connection));
    let directory = TempDir::new().unwrap();
    let text = format!(
        "[service_user]\nsend_service_user_token = true\nauth_type = v3password\n\
         auth_url = http://127.0.0.1:{}/v3\nusername = nova\npassword = {CANARY}\n\
         user_domain_name = Default\nproject_name = service\nproject_domain_name = Default\n",
        server.port()
    );
    write(directory.path(), "nova.conf", &text);
    peak(directory.path())
}

#[test]
fn no_answer_costs_much_memory() {
    let names = [
        "an endless body",
        "an endless head",
        "a compressed bomb",
        "a million roles",
        "deep nesting",
        "four megabytes of the smallest values",
        "four megabytes of roles",
        "four megabytes of nothing",
        "many values",
        "three thousand endpoints",
    ];
    let mut seen = Vec::new();
    for case in all_cases().iter().filter(|case| names.contains(&case.name)) {
        let peak = peak_of(case);
        println!("{:40} {:6} KiB", case.name, peak);
        assert!(peak < BOUND, "{}: {peak} KiB", case.name);
        seen.push(case.name);
    }
    assert_eq!(seen.len(), names.len(), "{seen:?}");
}
