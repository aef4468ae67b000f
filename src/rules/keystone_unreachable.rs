//! `keystone-unreachable`

use super::logins::{Subject, Whose, all};
use super::{Context, Rule};
use crate::config::Setting;
use crate::facts::{LoginState, ServiceFacts, SessionFault, ValidationState};
use crate::findings::{Confidence, Finding, Severity};
use crate::keystone::Fault;

pub(super) const RULE: Rule = Rule {
    name: "keystone-unreachable",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystoneauth1/session.py",
    needs_login: true,
    summary: "A login could not be tried, because Keystone did not answer as Keystone.",
    why: "Nothing was learnt about the login, so the verdicts that hang on it are unknown and the program ends with \
code 3. From the service's own host it may look different: another route, another trust store, another proxy.",
    fix: "Follow the diagnosis, or run the check on the host of the service. With --offline no login is tried.",
    example: "nova-token-check --timeout 60 nova=/etc/nova/nova.conf",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter();
    let sessions = services.flat_map(|service| service.sessions.iter().map(|fault| session(service, fault)));
    let mut found: Vec<Finding> = Vec::new();
    for subject in all(context) {
        for finding in findings(subject) {
            // That one Keystone is not there is told by the logins that service
            // tokens need, if they go there too.
            let told = found.iter().any(|known| known.message == finding.message);
            if subject.is_of_service_tokens() || !told {
                found.push(finding);
            }
        }
    }
    found.extend(sessions);
    found
}

/// A session that does not reach the Keystone that another reaches.
fn session(service: &ServiceFacts, session: &SessionFault) -> Finding {
    let (service, options, fault) = (&service.service, session.options, &session.fault);
    let section = options.section;
    let message = format!(
        "no service token for calls to {} over the session of {}, whose TLS settings are not those of the others: {}",
        options.called.label(),
        options.label(),
        fault.summary()
    );
    Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.id)
        .at(service.configuration.header(section))
        .section(section)
        .help(fault.help())
        .likely()
}

fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let LoginState::Unreachable(fault) = subject.state {
        let url = subject.login.auth_url.as_deref().unwrap_or_default();
        let url = crate::config::mask(url, false);
        findings.push(finding(subject, fault, &format!("no login at {url}: {}", fault.summary())));
    }
    let validation = subject.service.receiver.as_ref().filter(|_| matches!(subject.whose, Whose::Receiver));
    if let Some(ValidationState::Unreachable(fault)) = validation.map(|receiver| &receiver.validation) {
        let message = format!(
            "whether {} may validate tokens was not learnt: {}",
            subject.service.service.name,
            fault.summary()
        );
        findings.push(finding(subject, fault, &message));
    }
    findings
}

fn finding(subject: &Subject<'_>, fault: &Fault, message: &str) -> Finding {
    let url = subject.login.settings.iter().find(|setting| setting.spec.name == "auth_url");
    let place = url.and_then(Setting::place).or_else(|| subject.login.header.clone());
    Finding::new(RULE.name, Severity::Warning, message)
        .of(subject.id())
        .at(place)
        .section(&subject.login.holder)
        .option("auth_url")
        .help(fault.help())
        .likely()
}
