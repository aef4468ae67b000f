//! No secret is in any output, whatever the format and verbosity. Canaries
//! stand wherever an operator may have put one.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::program::{Run, program, run};

/// Every canary has it in its name.
const CANARY: &str = "CANARY";

const NOVA: &str = "\
[DEFAULT]
transport_url = rabbit://openstack:CANARY-transport@rabbit:5672/

[service_user]
send_service_user_token = true
auth_type = password
auth_url = http://someone:CANARY-userinfo@127.0.0.1:1/v3
username = nova
password = CANARY-password
passwrod = CANARY-misspelt
token = CANARY-unread-token
application_credential_secret = CANARY-unread-secret
user_domain_name = Default
project_name = service
project_domain_name = Default

[keystone_authtoken]
www_authenticate_uri = https://someone:CANARY-uri@keystone.example/
auth_type = v3applicationcredential
auth_url = http://127.0.0.1:1/v3
application_credential_id = 12ab
application_credential_secret = CANARY-credential
memcache_security_strategy = ENCRYPT
memcache_secret_key = CANARY-memcache
admin_password = CANARY-admin
admin_token = CANARY-admin-token
auth_uri = https://someone:CANARY-old-uri@keystone.example/
";

const QUOTED: &str = "\
[service_user]
send_service_user_token = true
auth_type = password
auth_url = http://127.0.0.1:1/v3
username = nova
password = \"CANARY-quoted
    CANARY-continued
user_domain_name = Default
project_name = service

[keystone_authtoken]
auth_type = password
auth_url = 127.0.0.1/v3//someone:CANARY-no-scheme@x
username = nova
password = 'CANARY\\'
user_domain_name = Default
";

const DOLLAR: &str = "\
[service_user]
send_service_user_token = true
auth_type = password
auth_url = http://someone:pa$CANARY_url@127.0.0.1:1/v3
username = nova
password = pa$CANARY_dollar
user_domain_name = Default

[keystone_authtoken]
auth_type = token
auth_url = http://127.0.0.1:1/v3
token = CANARY-token
";

/// Files that do not parse, each at a secret.
const UNPARSABLE: [&str; 4] = [
    "[service_user]\npassword CANARY-no-sign\n",
    "[service_user]\npassword = x\nCANARY-second-line\n",
    "[CANARY-section\n",
    "[service_user]\n= CANARY-no-key\n",
];

fn check(directory: &Path, arguments: &[&str]) -> Run {
    let run = run(directory, arguments);
    for (where_to, text) in [("standard output", &run.stdout), ("standard error", &run.stderr)] {
        let line = text.lines().find(|line| line.contains(CANARY));
        assert_eq!(line, None, "in {where_to} of {arguments:?}");
    }
    run
}

/// The formats that the program itself says it has.
pub(crate) fn formats() -> Vec<String> {
    let stderr = run(Path::new("."), ["--format", "nonsense"]).stderr;
    let (_, list) = stderr.split_once("[possible values: ").unwrap();
    list.split(']').next().unwrap().split(", ").map(str::to_owned).collect()
}

fn directory(name: &str, text: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join(name), text).unwrap();
    directory
}

fn everywhere(directory: &Path) {
    let formats = formats();
    assert!(formats.len() > 1);
    for format in &formats {
        for mode in
            [&["--offline"] as &[&str], &["--offline", "-v"], &["-q"], &["-v"], &["--upgrade-to", "2026.2"]]
        {
            check(directory, &[mode, &["--format", format, "nova.conf"]].concat());
        }
        let report = format!("{format}=report");
        check(directory, &["--offline", "--report", &report, "nova.conf"]);
        // A run that could do nothing leaves no report.
        if let Ok(written) = fs::read_to_string(directory.join("report")) {
            assert!(!written.contains(CANARY), "in the report {format}");
            fs::remove_file(directory.join("report")).unwrap();
        }
    }
    check(directory, &["--offline", "--write-baseline", "baseline", "nova.conf"]);
    let baseline = fs::read_to_string(directory.join("baseline")).unwrap();
    assert!(!baseline.contains(CANARY), "in the baseline");
    for format in ["text", "json"] {
        check(directory, &["show", "--format", format, "nova.conf"]);
        check(directory, &["show", "--defaults", "--format", format, "nova.conf"]);
    }
}

#[test]
fn no_secret_is_in_any_output() {
    for text in [NOVA, QUOTED, DOLLAR] {
        everywhere(directory("nova.conf", text).path());
    }
}

#[test]
fn a_secret_in_the_environment_is_not_shown() {
    let files = directory("nova.conf", NOVA);
    let variables = [
        ("OS_SERVICE_USER__PASSWORD", "CANARY-env"),
        ("OS_SERVICE_USER__AUTH_URL", "http://someone:CANARY-env-url@127.0.0.1:1/v3"),
        ("OS_KEYSTONE_AUTHTOKEN__MEMCACHE_SECRET_KEY", "CANARY-env-key"),
        ("OS_KEYSTONE_AUTHTOKEN__SERVICE_TOKEN_ROLES_REQUIRED", "CANARY-env-bool"),
    ];
    for arguments in [
        &["--offline", "-v", "nova.conf"] as &[&str],
        &["--with-env", "-v", "nova.conf"],
        &["--with-env", "--format", "json", "nova.conf"],
        &["show", "--with-env", "nova.conf"],
        &["show", "--with-env", "--format", "json", "nova.conf"],
    ] {
        let run = Run::of(&program(files.path()).args(arguments).envs(variables).output().unwrap());
        // The last one is no secret, only no boolean.
        let said = format!("{}{}", run.stdout, run.stderr).replace("CANARY-env-bool", "");
        assert!(!said.contains(CANARY), "{arguments:?}: {said}");
    }
}

#[test]
fn a_line_that_does_not_parse_is_not_shown() {
    for text in UNPARSABLE {
        let files = directory("nova.conf", text);
        everywhere(files.path());
        assert_eq!(check(files.path(), &["--offline", "nova.conf"]).code, 1, "{text}");
    }
}
