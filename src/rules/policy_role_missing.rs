//! `policy-role-missing`

use super::{Context, Rule, grant_command, together};
use crate::catalog::{Need, Release, policy};
use crate::facts::{Facts, LoginState, ServiceFacts};
use crate::findings::{Confidence, Finding, Severity};
use crate::keystone::{TokenFacts, TokenScope};
use crate::service::{LoginPlan, OtherLogin};

pub(super) const RULE: Rule = Rule {
    name: "policy-role-missing",
    severity: Severity::Error,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "the default policies of neutron, placement, nova, cinder, manila and glance, enforced by oslo.policy (scripts/collect-policies)",
    needs_login: true,
    summary: "The user with whom a service calls another one has no role that the other's default policies ask for.",
    why: "nova binds ports with the login of its [neutron] section, and reports to placement with that of [placement]; \
cinder and neutron call nova with that of [nova]. No service token takes part: the user of that login needs the role. \
Since 2024.1 neutron lets only the role service write port bindings, and admin is no substitute: live migrations fail \
with 403. Where Keystone keeps the quotas, the user of [oslo_limit] needs reader on the system. Often the user is the other service's own (neutron in [neutron]), so a role granted to nova changes nothing.",
    fix: "Grant the role to the user of that section, in the project it logs in to. Where the other service has a policy \
file of its own, look there first.",
    example: "\
# bad: the user neutron has only admin
[neutron]
auth_type = password
username = neutron

# good: grant the role
openstack role add --user neutron --user-domain Default \\
  --project service --project-domain Default service",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = super::lines::services(context);
    let lacks: Vec<Lack<'_>> = services.flat_map(|service| lacks(context.facts, service)).collect();
    let covered = |lack: &&Lack<'_>| !lacks.iter().any(|other| lack.is_covered_by(other));
    let mut findings = Vec::new();
    let mut told: Vec<String> = Vec::new();
    for lack in lacks.iter().filter(covered) {
        let key = lack.key();
        if told.contains(&key) {
            continue;
        }
        let same: Vec<&Lack<'_>> = lacks.iter().filter(|other| other.key() == key).collect();
        findings.extend(finding(&same));
        told.push(key);
    }
    findings.extend(super::lines::services(context).flat_map(super::unified_limits::lacks));
    findings.extend(super::ironic_access::lacks(context));
    findings
}

/// A login whose roles are not enough for a call.
struct Lack<'f> {
    service: &'f ServiceFacts,
    other: &'f OtherLogin,
    need: &'static Need,
    granted: Granted<'f>,
    /// The roles of which each one would do; the first is to be granted.
    asks: Vec<&'static str>,
    /// The policies that refuse, in the order of the table.
    refusing: Vec<&'static str>,
    /// The latest release in which one of them began to ask so.
    since: Option<&'static Release>,
    /// Whether the called service's files were given.
    target_seen: bool,
    /// A policy file of the called service.
    custom: Option<String>,
}

/// The roles that are known of a login.
#[derive(Clone, Copy)]
enum Granted<'f> {
    /// Keystone's own word.
    Token(&'f TokenFacts),
    /// `--assume-roles`, of a login that is also a sender's.
    Assumed(&'f [String]),
}

impl Granted<'_> {
    fn roles(&self) -> &[String] {
        match self {
            Self::Token(token) => &token.roles,
            Self::Assumed(roles) => roles,
        }
    }

    /// oslo.policy compares names without case.
    fn has(&self, role: &str) -> bool {
        self.roles().iter().any(|have| have.eq_ignore_ascii_case(role))
    }
}

fn lacks<'f>(facts: &'f Facts, service: &'f ServiceFacts) -> Vec<Lack<'f>> {
    let mut lacks = Vec::new();
    for (other, state) in service.other_logins() {
        let Some(granted) = granted(facts, service, other, state) else { continue };
        let needs = other.purpose.needs.iter();
        lacks.extend(needs.filter_map(|need| lack(facts, service, other, need, granted)));
    }
    lacks
}

/// The roles of a login, where they are known. That a token without a scope has
/// none is another rule's. What `--assume-roles` says is said of senders, so it
/// holds for a login that is the same as a sender's.
fn granted<'f>(
    facts: &'f Facts,
    service: &'f ServiceFacts,
    other: &OtherLogin,
    state: &'f LoginState,
) -> Option<Granted<'f>> {
    if let Some(token) = state.token() {
        return (token.scope != TokenScope::Unscoped).then_some(Granted::Token(token));
    }
    let assumed = facts.assumed_roles.as_deref()?;
    let LoginPlan::Ready(own) = &other.login.plan else { return None };
    let senders = service.service.senders.iter().filter(|sender| sender.sends());
    let is_a_sender_s = senders.into_iter().any(|sender| match &sender.login.plan {
        LoginPlan::Ready(credential) => credential.identity() == own.identity(),
        _ => false,
    });
    is_a_sender_s.then_some(Granted::Assumed(assumed))
}

fn lack<'f>(
    facts: &'f Facts,
    service: &'f ServiceFacts,
    other: &'f OtherLogin,
    need: &'static Need,
    granted: Granted<'f>,
) -> Option<Lack<'f>> {
    let target = other.purpose.target;
    let targets: Vec<&ServiceFacts> = facts.services.iter().filter(|s| s.service.kind == target).collect();
    let release = targets.first().unwrap_or(&service).service.in_force.release;
    let asked = need.policies.iter().filter_map(|&name| Some((name, policy(target, name)?.asks(release)?)));
    // What no role is enough for is not decided by the user's own token.
    let refusing: Vec<_> = asked
        .filter(|(_, asked)| !asked.roles.is_empty() && !asked.roles.iter().any(|role| granted.has(role)))
        .collect();
    let (_, first) = refusing.first()?;
    let is_enough = |role: &&&str| refusing.iter().all(|(_, asked)| asked.roles.contains(*role));
    let mut asks: Vec<&'static str> = first.roles.iter().filter(is_enough).copied().collect();
    // service is the smaller gift.
    if asks.is_empty() {
        asks.extend(first.roles.first());
    }
    asks.sort_by_key(|role| *role != "service");
    Some(Lack {
        service,
        other,
        need,
        granted,
        asks,
        since: refusing.iter().filter_map(|(_, asked)| asked.since).max_by_key(|release| release.position()),
        refusing: refusing.iter().map(|(name, _)| *name).collect(),
        target_seen: !targets.is_empty(),
        custom: targets.iter().find_map(|target| target.service.custom_policy()),
    })
}

impl Lack<'_> {
    /// The role to grant.
    fn role(&self) -> &'static str {
        self.asks.first().copied().unwrap_or("service")
    }

    /// Whether another one says what this one does, and that more is at stake.
    fn is_covered_by(&self, other: &Lack<'_>) -> bool {
        let same = std::ptr::eq(self.other, other.other) && self.role() == other.role();
        same && self.need.rare && !other.need.rare
    }

    /// What makes two of them one finding: processes of a service share their login.
    fn key(&self) -> String {
        let user = match self.granted {
            Granted::Token(token) => format!("{} {:?}", token.user_id, token.scope),
            Granted::Assumed(_) => String::new(),
        };
        format!("{} {} {user} {}", self.service.service.name, self.other.purpose.section, self.message())
    }

    fn message(&self) -> String {
        let (name, section) = (&self.service.service.name, self.other.purpose.section);
        let target = self.other.purpose.target.label();
        let who = match self.granted {
            Granted::Token(token) => format!("the user {} of [{section}] in {name}", token.user),
            Granted::Assumed(_) => format!("the user of [{section}] in {name}"),
        };
        let has = match self.granted.roles() {
            [] => "has no role".to_owned(),
            roles => format!("has the roles {}", roles.join(", ")),
        };
        let since = self.since.map_or_else(String::new, |release| format!(" since {}", release.id));
        let policies = self.refusing.join(", ");
        let custom = match &self.custom {
            Some(file) => format!(", unless {file} says otherwise"),
            None => String::new(),
        };
        format!(
            "{who} {has}, and {target} asks for {role}{since} ({policies}): {breaks}{custom}",
            role = self.asks.join(" or "),
            breaks = self.need.breaks
        )
    }

    fn severity(&self) -> Severity {
        let severity = match (self.need.rare, self.other.purpose.essential) {
            (true, _) => return Severity::Note,
            (false, true) => Severity::Error,
            (false, false) => Severity::Warning,
        };
        if self.custom.is_some() { severity.min(Severity::Warning) } else { severity }
    }

    fn help(&self) -> String {
        match (self.granted, &self.other.login.plan) {
            (Granted::Token(token), _) => grant_command(token, self.role()),
            (Granted::Assumed(_), LoginPlan::Ready(credential)) => {
                super::grant_by_file(credential, self.role(), self.other.purpose.section)
            }
            (Granted::Assumed(_), _) => format!("grant {} to that user", self.role()),
        }
    }
}

fn finding(same: &[&Lack<'_>]) -> Option<Finding> {
    let first = same.first()?;
    let places = same.iter().map(|lack| (lack.service.service.id.as_str(), lack.other.login.user_place()));
    let help = first.help();
    let cure = matches!(first.granted, Granted::Token(_)).then(|| help.clone());
    let finding = together(&RULE, first.severity(), first.message(), places)?
        .section(first.other.purpose.section)
        .option("username")
        .help(help)
        .cure(cure.filter(|command| command.starts_with("openstack ")));
    Some(if first.target_seen && first.custom.is_none() { finding } else { finding.likely() })
}
