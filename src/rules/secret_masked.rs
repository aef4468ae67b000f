//! `secret-masked`

use super::logins::{Subject, all};
use super::{Context, Rule, together};
use crate::config::{Place, Setting};
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{StandIn, stand_in};
use crate::text::plural;

pub(super) const RULE: Rule = Rule {
    name: "secret-masked",
    severity: Severity::Note,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "masks that support tools write",
    needs_login: false,
    summary: "A secret is masked, so its login cannot be tried.",
    why: "Support bundles and tickets hold configurations whose secrets were replaced by *** or <redacted>. Everything \
else can be checked; the login is not tried, since it would fail and count towards Keystone's lock-out. If \
this is the file that the service reads, somebody copied the masked file back, and the login fails.",
    fix: "Run the check where the real file is, or accept that the login was not seen.",
    example: "\
[service_user]
password = ********",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let subjects = all(context);
    let masked: Vec<(&Subject<'_>, &Setting)> =
        subjects.iter().filter_map(|subject| Some((subject, masked(subject)?))).collect();
    let message = match masked.as_slice() {
        [] => return Vec::new(),
        [(subject, setting)] => {
            format!(
                "{} in [{}] is masked, so the login cannot be tried",
                setting.spec.name, subject.login.holder
            )
        }
        many => {
            format!("the secrets of {} are masked, so none of them can be tried", plural(many.len(), "login"))
        }
    };
    let places =
        masked.iter().map(|(subject, setting)| -> (&str, Option<Place>) { (subject.id(), setting.place()) });
    let (subject, setting) = masked[0];
    together(&RULE, Severity::Note, message, places)
        .map(|finding| {
            finding
                .section(&subject.login.holder)
                .option(setting.spec.name)
                .help("run the check where the real file is; if it is this one, write the real secret")
                .likely()
        })
        .into_iter()
        .collect()
}

fn masked<'s>(subject: &'s Subject<'_>) -> Option<&'s Setting> {
    subject.login.settings.iter().find(|s| s.spec.secret && stand_in(s) == Some(StandIn::Masked))
}
