//! `auth-type-missing`

use super::logins::{Subject, all};
use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{LoginPlan, Sending};

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
    let name = &subject.service.service.name;
    let (severity, consequence) = match subject.sender {
        Some(sender) => match &sender.sending {
            Sending::SwitchedOff | Sending::Yes => return None,
            Sending::NoPlugin => (Severity::Error, format!("{name} goes on without a service token")),
            Sending::Raises(why) => (Severity::Error, why.clone()),
        },
        None => receiver(subject)?,
    };
    let message = format!("[{}] of {name} names no auth_type: {consequence}", subject.login.section);
    let finding = Finding::new(RULE.name, severity, message)
        .of(subject.id())
        .at(subject.login.header.clone())
        .section(&subject.login.section)
        .option("auth_type")
        .help("set auth_type, usually to password");
    Some(finding)
}

fn receiver(subject: &Subject<'_>) -> Option<(Severity, String)> {
    let receiver = subject.service.service.receiver.as_ref()?;
    let fault = receiver.faults.iter().find(|fault| fault.option == "auth_type");
    Some(match fault {
        Some(fault) => (Severity::Error, fault.reason.clone()),
        None => (
            Severity::Warning,
            "the obsolete admin_* login is used, which keystonemiddleware 13 (2026.2) no longer reads"
                .to_owned(),
        ),
    })
}
