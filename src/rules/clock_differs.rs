//! `clock-differs`

use super::logins::{Subject, all};
use super::{Context, Rule};
use crate::config::Setting;
use crate::findings::{Confidence, Finding, Severity};
use crate::keystone::TokenFacts;

/// Time that two synchronised clocks, a slow answer and a slow machine may take
/// together (seconds).
const TOLERANCE: i64 = 300;

pub(super) const RULE: Rule = Rule {
    name: "clock-differs",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystoneauth1/access/access.py (will_expire_soon); keystonemiddleware auth_token",
    needs_login: true,
    summary: "Keystone's clock and this host's are more than five minutes apart.",
    why: "Tokens carry their end as a time of day. A service whose clock is ahead takes good tokens for expired, logs in \
anew for every call or refuses its clients; one whose clock is behind goes on using tokens that Keystone no longer \
takes. The time is that of the Date header of Keystone's answer.",
    fix: "Synchronise both hosts (chronyc tracking, timedatectl). If this is not the service's host, look at that one.",
    example: "chronyc tracking",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    all(context).iter().filter(|subject| subject.is_of_service_tokens()).filter_map(finding).collect()
}

fn finding(subject: &Subject<'_>) -> Option<Finding> {
    let token = subject.state.token()?;
    let apart = token.clock_ahead.filter(|seconds| seconds.abs() > TOLERANCE);
    let message = match apart.map(difference) {
        _ if is_over(token) => {
            "the token that Keystone just gave has expired by this host's clock".to_owned()
        }
        Some(difference) => format!("Keystone's clock is {difference} this host's"),
        None => return None,
    };
    let url = subject.login.settings.iter().find(|setting| setting.spec.name == "auth_url");
    let place = url.and_then(Setting::place).or_else(|| subject.login.header.clone());
    let finding = Finding::new(RULE.name, Severity::Warning, message)
        .of(subject.id())
        .at(place)
        .section(&subject.login.holder)
        .option("auth_url")
        .help("synchronise the clocks of Keystone's host and of this one")
        .likely();
    Some(finding)
}

/// How far apart two clocks are: so many seconds ahead.
fn difference(seconds: i64) -> String {
    let direction = if seconds > 0 { "ahead of" } else { "behind" };
    let minutes = (seconds.unsigned_abs() + 30) / 60;
    let amount = match minutes {
        0..120 => crate::text::plural(usize::try_from(minutes).unwrap_or_default(), "minute"),
        120..2880 => crate::text::plural(usize::try_from(minutes / 60).unwrap_or_default(), "hour"),
        _ => "more than a day".to_owned(),
    };
    format!("{amount} {direction}")
}

/// Whether the token has ended by the clock that the answer was compared with.
fn is_over(token: &TokenFacts) -> bool {
    let end = token.expires_at.as_deref().and_then(|end| end.parse::<jiff::Timestamp>().ok());
    end.is_some_and(|end| end < jiff::Timestamp::now())
}
