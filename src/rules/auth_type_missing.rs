//! `auth-type-missing`

use super::logins::{Subject, Whose, all};
use super::spelling::point_at;
use super::{Context, Rule, obsolete_option};
use crate::config::Setting;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{LoginPlan, Sender, Sending};

pub(super) const RULE: Rule = Rule {
    name: "auth-type-missing",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystoneauth1/loading/conf.py (no plugin, no error), nova/service_auth.py (a warning), cinder/service_auth.py (ServiceUserTokenNoAuth), keystonemiddleware/auth_token/__init__.py",
    needs_login: false,
    summary: "A section that has to log in names no auth plugin.",
    why: "keystoneauth1 takes a missing auth_type as \"no login\" and says nothing. nova and cyborg then write one \
warning and go on without a service token, cinder raises on every call, castellan refuses every key operation. \
In [keystone_authtoken] the service starts and each request with a token fails; before keystonemiddleware 13 \
the options of the Kilo days (admin_user, identity_uri, …) were read instead.",
    fix: "Set auth_type, usually to password, beside the rest of the login. Mind that a name with a dash \
(auth-type) is not read.",
    example: "\
# bad
[service_user]
send_service_user_token = true
username = nova

# good
[service_user]
send_service_user_token = true
auth_type = password
username = nova",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    all(context).iter().filter(|s| matches!(s.login.plan, LoginPlan::NoPlugin)).filter_map(finding).collect()
}

fn finding(subject: &Subject<'_>) -> Option<Finding> {
    let (severity, consequence) = match subject.whose {
        Whose::Sender(sender) => (Severity::Error, of_sender(subject, sender)?),
        Whose::Receiver => of_receiver(subject)?,
        Whose::Other(_) => (subject.severity(), subject.consequence()),
    };
    let section = &subject.login.section;
    let name = &subject.service.service.name;
    let (what, help) = if subject.login.header.is_some() {
        (format!("[{section}] of {name} names no auth_type"), "set auth_type, usually to password".to_owned())
    } else {
        (
            format!("{name} has no [{section}] section to log in with"),
            format!("add [{section}] with a login, or with auth_section = {}", other_login(subject)),
        )
    };
    let switch = subject.sender().and_then(|sender| sender.switch.as_ref()?.place());
    let place = subject.login.header.clone().or(switch);
    let finding = Finding::new(RULE.name, severity, format!("{what}: {consequence}"))
        .of(subject.id())
        .at(place)
        .section(section)
        .option("auth_type")
        .help(help);
    Some(point_at(finding, subject.service, section, "auth_type"))
}

/// A section of the service that has a login.
fn other_login(subject: &Subject<'_>) -> &'static str {
    if subject.service.service.kind.reads_service_user() { "service_user" } else { "keystone_authtoken" }
}

fn of_sender(subject: &Subject<'_>, sender: &Sender) -> Option<String> {
    let unreadable = sender.switch.as_ref().is_some_and(Setting::is_invalid);
    match &sender.sending {
        Sending::NoPlugin => {
            Some(format!("{} goes on without a service token", subject.service.service.name))
        }
        Sending::Raises(_) if unreadable => None,
        Sending::Raises(_) if sender.section == "service_user" => {
            Some("every call that needs the service token raises".to_owned())
        }
        Sending::Raises(_) => Some("castellan refuses every key operation".to_owned()),
        Sending::SwitchedOff | Sending::Yes => None,
    }
}

/// A login of the days before auth_type is another rule's.
fn of_receiver(subject: &Subject<'_>) -> Option<(Severity, String)> {
    if !obsolete_option::login_lines(subject.service).is_empty() {
        return None;
    }
    let receiver = subject.service.service.receiver.as_ref()?;
    let fault = receiver.faults.iter().find(|fault| fault.option == "auth_type")?;
    Some((Severity::Error, fault.reason.clone()))
}
