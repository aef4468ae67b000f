//! Logins to other services against a real Keystone: what is tried, in which
//! order, and whether the roles that Keystone really grants are enough.

use serde_json::{Value, json};

use crate::binary::Report;
use crate::cloud::admin::{DEFAULT_DOMAIN, Login, Scope};
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
    // One that makes a sender as well is named once.
    let ironic =
        Files::new().receiver("ironic", &neutron.login(), "[cinder]\nauth_type = v3kerberos\nauth_url = x\n");
    let of_ironic = ironic.binary().args(["--plan"]).run();
    assert_eq!(of_ironic.stdout.matches("- ironic [cinder]: ").count(), 1, "{of_ironic:#?}");
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

#[test]
fn an_application_credential_tells_its_end_and_keeps_its_roles() {
    let recorder = Recorder::start(shared().keystone.port(), Bend::Nothing);
    let (nova, cinder) = (Account::new("nova", &["service", "member"]), Account::new("cinder", &["service"]));
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(9 * 24 + 1);
    let end = json!({"expires_at": end.strftime("%Y-%m-%dT%H:%M:%S").to_string()});
    let user = Login { user: &nova.id, password: PASSWORD, scope: Some(Scope::Project(&nova.project)) };
    let credential = shared().admin.create_application_credential(user, "short", &["member"], &end).unwrap();
    let login = format!(
        "auth_type = v3applicationcredential\nauth_url = http://127.0.0.1:{}\n\
         application_credential_id = {}\napplication_credential_secret = {}\n",
        recorder.port(),
        credential.id,
        credential.secret
    );
    let (run, report) = Files::new().nova(&login).receiver("cinder", &cinder.login(), "").report();
    let [finding] = of_rule(&report, "login-expires-soon")[..] else { panic!("{run:#?}") };
    assert_eq!(
        finding["message"].as_str().unwrap(),
        format!(
            "an application credential of the user {} expires in 9 days: every login with it fails from then on",
            nova.name
        )
    );
    assert_eq!(finding["location"]["option"], "application_credential_id");
    // The user has the role; the credential does not, and a grant would not help.
    let [finding] = of_rule(&report, "role-not-accepted")[..] else { panic!("{run:#?}") };
    let help = finding["help"].as_str().unwrap();
    assert!(help.contains("make one with service anew") && !help.contains("role add"), "{help}");
    // A token and one question more, all of it counted with cinder's own two. What
    // cinder validates at is another host by its name, so nothing is validated.
    let seen = recorder.take();
    let asked: Vec<&str> = seen.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(asked, ["POST", "GET"], "{seen:#?}");
    assert!(seen[1].target.ends_with(&format!("/application_credentials/{}", credential.id)), "{seen:#?}");
    assert_eq!(report.0["summary"]["requests"], 4);
}

#[test]
fn a_password_that_ends_soon_is_told() {
    let cinder = Account::new("cinder", &["service"]);
    let days = |days| {
        let name = crate::cloud::admin::unique("nova");
        let id = shared().user_with_password_days(&name, PASSWORD, days).unwrap();
        let admin = &shared().admin;
        let project = admin.create_project(&name, DEFAULT_DOMAIN).unwrap();
        admin.grant(&id, &admin.role("service").unwrap(), Scope::Project(&project)).unwrap();
        Account { id, name, project }
    };
    let report = |nova: &Account| {
        let (run, report) = Files::new().nova(&nova.login()).receiver("cinder", &cinder.login(), "").report();
        assert_eq!(run.code, 0, "{run:#?}");
        let found = of_rule(&report, "login-expires-soon");
        found.iter().map(|finding| finding["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let nova = days(20);
    let found = report(&nova);
    // The twentieth day is over as soon as the clock has gone on.
    let told = |days| {
        let name = &nova.name;
        format!(
            "the password of the user {name} expires in {days} days: every login with it fails from then on"
        )
    };
    assert!(found == [told(19)] || found == [told(20)], "{found:?}");
    assert_eq!(report(&days(400)), [""; 0]);
}

#[test]
fn what_the_catalogue_names_and_nobody_gave_is_said_once() {
    let nova = Account::new("nova", &["service"]);
    let admin = &shared().admin;
    let region = admin.create_region(&crate::cloud::admin::unique("region")).unwrap();
    let service = admin.create_service("accelerator", "cyborg").unwrap();
    admin.create_endpoint(&service, "internal", "http://127.0.0.1:1", &region).unwrap();
    let (run, report) = self::nova(&nova, "").report();
    let not_checked = report.0["not_checked"].as_array().unwrap();
    let found: Vec<&Value> = not_checked
        .iter()
        .filter(|item| item["why"].as_str().unwrap().contains("no file of it was given"))
        .collect();
    assert_eq!(found.len(), 1, "{run:#?}");
    assert!(found[0]["how"].as_str().unwrap().contains("cyborg=FILE"), "{run:#?}");
    assert!(!found[0]["how"].as_str().unwrap().contains("cinder=FILE"), "{run:#?}");
}

#[test]
fn quotas_in_keystone_need_a_reader_of_the_system() {
    let (sender, limits) =
        (Account::new("nova", &["service"]), Account::new("limits", &["service", "reader"]));
    let admin = &shared().admin;
    let may = |scope| {
        let login = Login { user: &limits.id, password: PASSWORD, scope: Some(scope) };
        let token = admin.token(login).unwrap();
        ["/endpoints", "/services"].map(|path| admin.may_read(&token, path).unwrap())
    };
    let driver = "[quota]\ndriver = nova.quota.UnifiedLimitsDriver\n";
    let files = nova(&sender, &format!("{driver}[oslo_limit]\n{}", limits.login()));
    let (run, report) = files.report();
    assert_eq!(may(Scope::Project(&limits.project)), [false, false]);
    let [finding] = of_rule(&report, "policy-role-missing")[..] else { panic!("{run:#?}") };
    assert_eq!((run.code, &finding["severity"]), (1, &json!("error")), "{run:#?}");
    let command =
        format!("openstack role add --user {} --user-domain Default --system all reader", limits.name);
    assert!(finding["help"].as_str().unwrap().starts_with(&command), "{finding:#}");
    // Without the driver nothing asks.
    let (run, report) = nova(&sender, &format!("[oslo_limit]\n{}", limits.login())).report();
    assert!(of_rule(&report, "policy-role-missing").is_empty(), "{run:#?}");
    // What it says mends it.
    admin.grant(&limits.id, &admin.role("reader").unwrap(), Scope::System).unwrap();
    assert_eq!(may(Scope::System), [true, true]);
    let lines = limits.login();
    let lines = lines.lines().filter(|line| !line.starts_with("project")).collect::<Vec<_>>().join("\n");
    let files = nova(&sender, &format!("{driver}[oslo_limit]\n{lines}\nsystem_scope = all\n"));
    let (run, report) = files.report();
    assert!(run.code == 0 && of_rule(&report, "policy-role-missing").is_empty(), "{run:#?}");
}

#[test]
fn ironic_sends_a_token_of_each_called_service_s_section() {
    let (cinder, ironic) = (Account::new("cinder", &["service"]), Account::new("ironic", &["admin"]));
    let other = Account::new("ironic", &["service"]);
    let sections = format!("[cinder]\n{}\n[neutron]\n{}", ironic.login(), other.login());
    let files = Files::new()
        .receiver("ironic", &other.login(), &sections)
        .receiver("cinder", &cinder.login(), "")
        .receiver("neutron", &cinder.login(), "");
    let (run, report) = files.report();
    let used: Vec<(&Value, &Value, &Value)> = report.0["trust"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["senders"] == json!(["ironic"]) && row["used"] == true)
        .map(|row| (&row["section"], &row["receivers"][0], &row["verdict"]))
        .collect();
    let expected = [("cinder", "cinder", "rejected"), ("neutron", "neutron", "trusted")];
    assert_eq!(json!(used), json!(expected), "{run:#?}");
    let [finding] = of_rule(&report, "role-not-accepted")[..] else { panic!("{run:#?}") };
    assert!(finding["help"].as_str().unwrap().contains(&ironic.name), "{finding:#}");
    // Its first release with these tokens for cinder.
    let (run, report) =
        crate::binary::Binary::new().args(["--release", "zed"]).args(files.targets()).report();
    assert!(of_rule(&report, "role-not-accepted").is_empty(), "{run:#?}");
}
