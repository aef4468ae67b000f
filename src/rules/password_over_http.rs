//! `password-over-http`

use std::borrow::Cow;

use super::logins::{Subject, all};
use super::urls::{is_loopback, scheme_and_host};
use super::{Context, Rule, together};
use crate::config::Setting;
use crate::findings::{Confidence, Finding, Severity};
use crate::text::plural;

pub(super) const RULE: Rule = Rule {
    name: "password-over-http",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystoneauth1/identity/v3/password.py: the password stands in the body of the request",
    needs_login: false,
    summary: "A password goes to another host in clear text.",
    why: "A login over plain HTTP shows the service user's password to everybody on the way, and the token too. Many \
deployment tools do so on their internal network by default, so this is a note; whether that network is closed \
only you know.",
    fix: "Give Keystone's internal endpoint TLS, and write https in auth_url.",
    example: "\
# bad
auth_url = http://controller:5000/v3

# good
auth_url = https://controller:5000/v3",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let subjects = all(context);
    let in_clear: Vec<(Cow<'_, str>, &Subject<'_>)> =
        subjects.iter().filter_map(|subject| Some((host_in_clear(subject)?, subject))).collect();
    let mut hosts: Vec<&str> = Vec::new();
    for (host, _) in &in_clear {
        if !hosts.contains(&&**host) {
            hosts.push(host);
        }
    }
    hosts.into_iter().filter_map(|host| of_host(host, &in_clear)).collect()
}

/// The host that gets the password in clear text, if one does.
fn host_in_clear<'f>(subject: &Subject<'f>) -> Option<Cow<'f, str>> {
    if subject.sender().is_some_and(|sender| !sender.sends()) {
        return None;
    }
    let has_secret = |setting: &&crate::config::Setting| setting.spec.secret && setting.is_set();
    subject.login.settings.iter().find(has_secret)?;
    let (scheme, host) = scheme_and_host(subject.login.auth_url.as_deref()?)?;
    (scheme == "http" && !is_loopback(&host)).then_some(host)
}

fn of_host(host: &str, all: &[(Cow<'_, str>, &Subject<'_>)]) -> Option<Finding> {
    let subjects: Vec<&Subject<'_>> = all.iter().filter(|(h, _)| h == host).map(|(_, s)| *s).collect();
    let message = format!(
        "{} to {host} in clear text (http)",
        match subjects.len() {
            1 => "a password goes".to_owned(),
            count => format!("the passwords of {} go", plural(count, "login")),
        }
    );
    together(
        &RULE,
        Severity::Note,
        message,
        subjects.iter().map(|subject| {
            let url = subject.login.settings.iter().find(|setting| setting.spec.name == "auth_url");
            (subject.id(), url.and_then(Setting::place))
        }),
    )
    .map(|finding| {
        finding
            .section(&subjects[0].login.holder)
            .option("auth_url")
            .help("write https in auth_url, once Keystone's endpoint has TLS")
    })
}
