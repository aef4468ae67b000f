//! Logins to other services against a real Keystone: what is tried, in which
//! order, and whether the roles that Keystone really grants are enough.

use serde_json::{Value, json};

use crate::binary::Report;
use crate::cloud::admin::{DEFAULT_DOMAIN, Scope};
use crate::cloud::shared;
use crate::live::{Account, Files, PASSWORD};
use crate::recorder::{Bend, Recorder};

/// What the report says of a login of nova.
fn login<'r>(report: &'r Report, section: &str) -> &'r Value {
    let logins = report.service("nova")["logins"].as_array().unwrap();
    let login = logins.iter().find(|login| login["section"] == section);
    login.unwrap_or_else(|| panic!("{section} in {logins:#?}"))
}

/// The findings of a rule.
fn of_rule<'r>(report: &'r Report, rule: &str) -> Vec<&'r Value> {
    report.0["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule).collect()
}

/// Nova with a sender that works, and one more section.
fn nova(sender: &Account, more: &str) -> Files {
    let receiver = Account::new("cinder", &["service"]);
    let sender = sender.login();
    Files::new().nova(&format!("{sender}\n{more}")).receiver("cinder", &receiver.login(), "")
}

#[test]
fn admin_is_no_substitute_for_service_at_port_bindings() {
    let (sender, neutron) = (Account::new("nova", &["service"]), Account::new("neutron", &["admin"]));
    let files = nova(&sender, &format!("[neutron]\n{}", neutron.login()));
    let (run, report) = files.report();
    assert_eq!((run.code, report.verdict("nova", "cinder")), (1, "trusted"), "{run:#?}");
    let login = login(&report, "neutron");
    assert_eq!((&login["target"], &login["auth_type"]), (&json!("neutron"), &json!("password")));
    assert_eq!((&login["login"]["status"], &login["login"]["user"]), (&json!("ok"), &json!(neutron.name)));
    let [finding] = of_rule(&report, "policy-role-missing")[..] else { panic!("{run:#?}") };
    assert_eq!((&finding["severity"], &finding["confidence"]), (&json!("error"), &json!("likely")));
    assert_eq!(finding["location"]["section"], "neutron");
    let help = finding["help"].as_str().unwrap();
    assert_eq!(
        help,
        format!(
            "openstack role add --user {0} --user-domain Default --project {0} --project-domain Default service",
            neutron.name
        )
    );
    // What it says mends it.
    let admin = &shared().admin;
    let role = admin.role("service").unwrap();
    admin.grant(&neutron.id, &role, Scope::Project(&neutron.project)).unwrap();
    let (run, report) = files.report();
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(of_rule(&report, "policy-role-missing").is_empty(), "{run:#?}");
    // Sender, receiver and this one.
    assert_eq!(report.0["summary"]["logins"], 3);
}

#[test]
fn the_role_that_is_asked_for_hangs_on_the_release() {
    let (sender, neutron) =
        (Account::new("nova", &["service", "admin"]), Account::new("neutron", &["admin"]));
    let files = nova(&sender, &format!("[neutron]\n{}", neutron.login()));
    let at = |arguments: &[&str]| {
        let binary = crate::binary::Binary::new().args(arguments).args(files.targets());
        let (run, report) = binary.report();
        let messages: Vec<String> = of_rule(&report, "policy-role-missing")
            .iter()
            .map(|finding| finding["message"].as_str().unwrap().to_owned())
            .collect();
        (run.code, messages)
    };
    assert_eq!(at(&["--release", "2023.2"]), (0, Vec::new()));
    assert_eq!(at(&["--release", "2024.1"]).0, 1);
    let (code, messages) = at(&["--release", "2023.2", "--upgrade-to", "2024.1"]);
    assert_eq!(code, 1, "{messages:?}");
    assert!(messages[0].starts_with("under 2024.1: the user "), "{messages:?}");
    // Where neutron itself stays behind, its policies do too.
    let neutron = Account::new("neutron", &["service"]);
    let files = files.receiver("neutron", &neutron.login(), "");
    let binary = crate::binary::Binary::new().args(["--release", "2024.1", "--release", "neutron=2023.2"]);
    let (run, report) = binary.args(files.targets()).report();
    assert!(of_rule(&report, "policy-role-missing").is_empty(), "{run:#?}");
}

#[test]
fn a_section_that_reuses_a_login_costs_none() {
    let sender = Account::new("nova", &["service"]);
    let (run, report) = nova(&sender, "[neutron]\nauth_section = service_user\n").report();
    assert_eq!(run.code, 0, "{run:#?}");
    assert_eq!(report.0["summary"]["logins"], 2);
    assert_eq!(login(&report, "neutron")["login"]["user"], json!(sender.name));
}

#[test]
fn after_a_refusal_no_other_section_tries_that_account() {
    let recorder = Recorder::start(shared().keystone.port(), Bend::Nothing);
    let url = format!("http://127.0.0.1:{}", recorder.port());
    let (sender, cinder) = (Account::new("nova", &["service"]), Account::new("cinder", &["service"]));
    let wrong = |number: u8| format!("{}password = {PASSWORD}-{number}\n", cinder.login_at(&url));
    // The receiver's login is what service tokens need, so it is tried first.
    let files = Files::new()
        .nova(&format!("{}\n[neutron]\n{}\n[placement]\n{}", sender.login_at(&url), wrong(1), wrong(2)))
        .receiver("cinder", &cinder.login_at(&url), "");
    let (run, report) = files.report();
    assert_eq!((run.code, report.verdict("nova", "cinder")), (1, "trusted"), "{run:#?}");
    assert_eq!(login(&report, "neutron")["login"]["status"], "refused");
    assert_eq!(login(&report, "placement")["login"]["status"], "skipped");
    let posts = recorder.take().iter().filter(|request| request.method == "POST").count();
    assert_eq!(posts, 3);
    let refused = of_rule(&report, "login-refused");
    assert!(
        refused[0]["message"].as_str().unwrap().contains("servers neither start nor migrate"),
        "{run:#?}"
    );
}

#[test]
fn the_plan_names_them_and_sends_nothing() {
    let recorder = Recorder::start(shared().keystone.port(), Bend::Nothing);
    let url = format!("http://127.0.0.1:{}", recorder.port());
    let neutron = Account::new("neutron", &["service"]);
    let files = nova(
        &Account::new("nova", &["service"]),
        &format!("[neutron]\n{}[placement]\nauth_type = none\n", neutron.login_at(&url)),
    );
    let run = files.binary().args(["--plan"]).run();
    assert!(run.stdout.contains("- nova [neutron]\n"), "{run:#?}");
    assert!(run.stdout.contains("- nova [placement]: auth_type = none logs in to no Keystone"), "{run:#?}");
    assert!(recorder.take().is_empty());
}

#[test]
fn a_role_in_another_project_is_not_enough() {
    let (sender, neutron) = (Account::new("nova", &["service"]), Account::new("neutron", &["member"]));
    let admin = &shared().admin;
    let elsewhere = admin.create_project(&crate::cloud::admin::unique("elsewhere"), DEFAULT_DOMAIN).unwrap();
    admin.grant(&neutron.id, &admin.role("service").unwrap(), Scope::Project(&elsewhere)).unwrap();
    let (run, report) = nova(&sender, &format!("[neutron]\n{}", neutron.login())).report();
    assert_eq!(of_rule(&report, "policy-role-missing").len(), 1, "{run:#?}");
}
