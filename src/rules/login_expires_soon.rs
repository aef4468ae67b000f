//! `login-expires-soon`

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::logins::{Subject, all};
use super::{Context, Rule, together};
use crate::config::{Place, Setting};
use crate::findings::{Confidence, Finding, Severity};
use crate::text::plural;

pub(super) const RULE: Rule = Rule {
    name: "login-expires-soon",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystone/common/render_token.py (password_expires_at), keystone/api/users.py (application credentials)",
    needs_login: true,
    summary: "A password or an application credential of a service ends within thirty days.",
    why: "From that moment on Keystone answers 401 to every login with it: all processes that share it stop together, \
tokens that were got before live on for an hour at most, and nothing in the files has changed. The token tells when \
the user's password ends; when an application credential does, Keystone is asked.",
    fix: "Set a new password, in Keystone and in every file that holds it, or exempt the service's user from expiry \
(then Keystone still tells the date, and this finding can be ignored). Of an application credential make a new one \
before the old one ends.",
    example: "\
# bad: keystone.conf, for service users too
[security_compliance]
password_expires_days = 90

# good: exempt the user
openstack user set --ignore-password-expiry nova",
    check,
};

/// Warned so long before.
const DAYS: i64 = 30;

fn check(context: &Context<'_>) -> Vec<Finding> {
    let subjects = all(context);
    let ends: Vec<End<'_>> = subjects.iter().filter_map(end).collect();
    let mut told: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for end in &ends {
        if !told.contains(&end.message.as_str()) {
            told.push(&end.message);
            let same: Vec<&End<'_>> = ends.iter().filter(|other| other.message == end.message).collect();
            findings.extend(finding(&same));
        }
    }
    findings
}

/// A login that is about to end.
struct End<'s> {
    subject: &'s Subject<'s>,
    message: String,
    option: &'static str,
    help: String,
}

fn end<'s>(subject: &'s Subject<'s>) -> Option<End<'s>> {
    let token = subject.state.token()?;
    let user = &token.user;
    let (date, what, option, help) = match &token.application_credential {
        Some(credential) => (
            credential.expires_at.as_deref()?,
            format!("an application credential of the user {user}"),
            "application_credential_id",
            "make a new one and write its id and secret here before that".to_owned(),
        ),
        None => (
            token.password_expires_at.as_deref()?,
            format!("the password of the user {user}"),
            "password",
            format!(
                "openstack user set --ignore-password-expiry --domain {} {}, or set a new password there and in every file",
                crate::text::shell_word(&token.user_domain),
                crate::text::shell_word(user)
            ),
        ),
    };
    let days = days_left(date)?;
    // What is over and still lets in is exempt.
    if !(0..DAYS).contains(&days) {
        return None;
    }
    let when = match days {
        0 => "within a day".to_owned(),
        1 => "in 1 day".to_owned(),
        days => format!("in {}", plural(usize::try_from(days).ok()?, "day")),
    };
    let message = format!("{what} expires {when}: every login with it fails from then on");
    Some(End { subject, message, option, help })
}

/// Whole days until a date that Keystone writes, with or without a Z.
fn days_left(date: &str) -> Option<i64> {
    let end = date.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = date.parse().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    Some((end.as_second() - Timestamp::now().as_second()).div_euclid(24 * 60 * 60))
}

fn place(subject: &Subject<'_>, option: &str) -> Option<Place> {
    let settings = &subject.login.settings;
    let setting = settings.iter().find(|setting| setting.spec.name == option && setting.is_set());
    setting.and_then(Setting::place).or_else(|| subject.login.header.clone())
}

fn finding(same: &[&End<'_>]) -> Option<Finding> {
    let first = same.first()?;
    let places = same.iter().map(|end| (end.subject.id(), place(end.subject, end.option)));
    let finding = together(&RULE, Severity::Warning, first.message.clone(), places)?
        .section(&first.subject.login.holder)
        .option(first.option)
        .help(first.help.clone());
    Some(finding.likely())
}
