//! One file per rule: what it looks for, why it matters, how to fix it, and its
//! check. Facts in, findings out; no rule reads a file, asks a server or prints.

mod ambiguous_syntax;
mod auth_filters_clash;
mod auth_type_missing;
mod auth_type_unknown;
mod authtoken_missing;
mod byte_order_mark;
mod clock_differs;
mod config_unparsable;
pub mod docs;
mod expired_window_short;
mod fernet_keys_few;
mod fixes;
mod indented_option;
mod inline_comment;
mod insecure_tls;
mod installed_unclear;
mod ironic_access;
mod keystone_differs;
mod keystone_file;
mod keystone_unreachable;
mod lacking;
mod lines;
mod lockout_active;
mod login_expires_soon;
mod login_refused;
mod logins;
mod mitigation_left;
mod obsolete_option;
mod option_deprecated;
mod option_duplicated;
mod option_missing;
mod option_name_case;
mod option_name_dashes;
mod option_unknown;
mod option_without_effect;
mod overridden;
mod password_differs;
mod password_over_http;
mod placeholder_password;
mod policy_role_missing;
mod policy_token_role_missing;
mod probe_contradicts;
mod receiver_cannot_validate;
mod refusal;
mod region_spelling;
mod releases_mixed;
mod role_list_malformed;
mod role_not_accepted;
mod role_not_required;
mod roles_differ;
mod scope_missing;
mod second_look_differs;
mod secret_masked;
mod secret_readable;
mod section_case_default;
mod send_token_disabled;
mod sender_inconsistent;
mod service_type_missing;
mod spelling;
mod substitution_unknown;
mod suppressions;
mod template_unrendered;
mod tls_file_unusable;
mod tls_settings_elsewhere;
mod token_decision_deferred;
mod unified_limits;
mod urls;
mod user_role_accepted;
mod value_invalid;
mod www_authenticate_uri_missing;

pub use mitigation_left::DETACH_POLICIES;

use std::cell::OnceCell;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::config::Place;
use crate::facts::{Facts, ServiceFacts};
use crate::findings::{Confidence, Finding, Fix, Severity};
use crate::keystone::{TokenFacts, TokenScope};
use crate::service::{Credential, Method, Receiver, Ref, Scope, UserRef};
use crate::text::{list, shell_word};
use crate::trust::Matrix;

/// A rule and its documentation.
#[derive(Debug)]
pub struct Rule {
    /// Its name, which reads well after "ignore".
    pub name: &'static str,
    /// The worst severity it reports.
    pub severity: Severity,
    /// How sure its findings usually are.
    pub confidence: Confidence,
    /// The version of this program that brought it.
    pub since: &'static str,
    /// Where the behaviour it rests on is defined.
    pub source: &'static str,
    /// Whether it needs a live login.
    pub needs_login: bool,
    /// What it looks for: one sentence.
    pub summary: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// A bad and a good example.
    pub example: &'static str,
    /// Looks at the facts.
    pub check: fn(&Context<'_>) -> Vec<Finding>,
}

/// What a rule may look at.
pub struct Context<'f> {
    /// The services and their logins.
    pub facts: &'f Facts,
    /// The verdicts.
    pub matrix: &'f Matrix,
    /// What several rules ask for, found by the first of them.
    subjects: OnceCell<Vec<logins::Subject<'f>>>,
    parts: OnceCell<Vec<Vec<lines::Part<'f>>>>,
    misnamed: OnceCell<Vec<lines::Misnamed<'f>>>,
    unread_in_logins: OnceCell<Vec<Vec<lines::UnreadInLogin<'f>>>>,
}

impl<'f> Context<'f> {
    /// The facts and what they come to.
    pub fn new(facts: &'f Facts, matrix: &'f Matrix) -> Self {
        Self {
            facts,
            matrix,
            subjects: OnceCell::new(),
            parts: OnceCell::new(),
            misnamed: OnceCell::new(),
            unread_in_logins: OnceCell::new(),
        }
    }
}

/// Every rule, in the order in which they are documented.
pub const RULES: &[&Rule] = &[
    // What the sender does.
    &send_token_disabled::RULE,
    &auth_type_missing::RULE,
    &sender_inconsistent::RULE,
    // Logins of both sides.
    &auth_type_unknown::RULE,
    &option_missing::RULE,
    &scope_missing::RULE,
    &value_invalid::RULE,
    &login_refused::RULE,
    &keystone_unreachable::RULE,
    &login_expires_soon::RULE,
    &clock_differs::RULE,
    &probe_contradicts::RULE,
    &password_differs::RULE,
    &placeholder_password::RULE,
    &template_unrendered::RULE,
    &secret_masked::RULE,
    &secret_readable::RULE,
    // What the receivers make of it.
    &role_not_accepted::RULE,
    &second_look_differs::RULE,
    &role_list_malformed::RULE,
    &roles_differ::RULE,
    &user_role_accepted::RULE,
    &role_not_required::RULE,
    &token_decision_deferred::RULE,
    &auth_filters_clash::RULE,
    &receiver_cannot_validate::RULE,
    &region_spelling::RULE,
    &keystone_differs::RULE,
    &mitigation_left::RULE,
    &authtoken_missing::RULE,
    &service_type_missing::RULE,
    &www_authenticate_uri_missing::RULE,
    // Logins to other services.
    &policy_role_missing::RULE,
    &policy_token_role_missing::RULE,
    // Connections.
    &insecure_tls::RULE,
    &password_over_http::RULE,
    &tls_settings_elsewhere::RULE,
    &tls_file_unusable::RULE,
    // Keystone's own file.
    &expired_window_short::RULE,
    &fernet_keys_few::RULE,
    &lockout_active::RULE,
    // The files themselves.
    &config_unparsable::RULE,
    &byte_order_mark::RULE,
    &indented_option::RULE,
    &inline_comment::RULE,
    &substitution_unknown::RULE,
    &section_case_default::RULE,
    &option_name_dashes::RULE,
    &option_name_case::RULE,
    &option_unknown::RULE,
    &obsolete_option::RULE,
    &option_deprecated::RULE,
    &option_duplicated::RULE,
    &option_without_effect::RULE,
    &ambiguous_syntax::RULE,
    // What is installed.
    &installed_unclear::RULE,
    &releases_mixed::RULE,
    // Suppressions and the baseline.
    &suppressions::UNUSED,
    &suppressions::EXPIRED,
    &suppressions::UNKNOWN_RULE,
    &suppressions::BASELINE_STALE,
];

/// The rules about lines whose name is not read.
const MISREAD: [&str; 3] =
    [option_name_dashes::RULE.name, option_name_case::RULE.name, option_unknown::RULE.name];

/// The rules about what is missing, which point at such a line.
const MISSING: [&str; 3] =
    [send_token_disabled::RULE.name, auth_type_missing::RULE.name, option_missing::RULE.name];

/// A rule by name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

/// Runs rules and brings their findings together: what several services share
/// is one finding, the worst come first.
pub fn check(context: &Context<'_>, selected: impl Fn(&Rule) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut known: HashMap<Key, usize> = HashMap::new();
    for rule in RULES.iter().filter(|rule| selected(rule)) {
        for finding in (rule.check)(context) {
            merge(&mut findings, &mut known, finding);
        }
    }
    say_once(&mut findings);
    overridden::show(context, &mut findings);
    fixes::settle(&mut findings);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// A line that is misread is said once: where another rule points at it for what is
/// missing because of it, that finding is the one that matters, and takes over the fix.
fn say_once(findings: &mut Vec<Finding>) {
    let line = |finding: &Finding| finding.place.as_ref().map(|place| (Arc::clone(&place.file), place.line));
    let mut pointed_at: HashMap<(Arc<str>, usize), Option<Fix>> = HashMap::new();
    let missing = findings.iter().filter(|finding| MISSING.contains(&finding.rule));
    pointed_at.extend(missing.filter_map(line).map(|line| (line, None)));
    findings.retain_mut(|finding| {
        let said = line(finding).and_then(|line| pointed_at.get_mut(&line));
        let Some(fix) = said.filter(|_| MISREAD.contains(&finding.rule)) else { return true };
        *fix = fix.take().or_else(|| finding.fixes.pop());
        false
    });
    for finding in
        findings.iter_mut().filter(|finding| MISSING.contains(&finding.rule) && finding.fixes.is_empty())
    {
        finding.fixes.extend(line(finding).and_then(|line| pointed_at.get_mut(&line)?.take()));
    }
}

/// What makes two findings one: rule, place, option, message.
type Key = (&'static str, Place, Option<String>, String);

fn merge(findings: &mut Vec<Finding>, known: &mut HashMap<Key, usize>, finding: Finding) {
    let Some(place) = finding.place.clone() else { return findings.push(finding) };
    match known.entry((finding.rule, place, finding.option.clone(), finding.message.clone())) {
        Entry::Occupied(same) => {
            let known = &mut findings[*same.get()];
            finding.services.iter().for_each(|service| known.concerns(service));
            // What is right for one service and not for another is no fix.
            let both = known.fixes.pop().zip(finding.fixes.into_iter().next());
            known.fixes.extend(both.and_then(|(one, other)| one.agreed(other)));
        }
        Entry::Vacant(new) => {
            new.insert(findings.len());
            findings.push(finding);
        }
    }
}

/// The receivers whose files parse. Of the others nothing is known but that they do
/// not start.
fn receivers<'f>(context: &Context<'f>) -> impl Iterator<Item = (&'f ServiceFacts, &'f Receiver)> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services.filter_map(|service| Some((service, service.service.receiver.as_ref()?)))
}

/// The command that grants a role where the token was scoped to.
fn grant_command(token: &TokenFacts, role: &str) -> String {
    if token.application_credential.is_some() {
        return format!(
            "an application credential keeps the roles that it was made with: make one with {} anew as the user {}, once the user has the role",
            shell_word(role),
            token.user
        );
    }
    let user = format!("--user {} --user-domain {}", shell_word(&token.user), shell_word(&token.user_domain));
    let role = shell_word(role);
    match &token.scope {
        TokenScope::Project { name, domain } => format!(
            "openstack role add {user} --project {} --project-domain {} {role}",
            shell_word(name),
            shell_word(domain)
        ),
        TokenScope::Domain(name) => format!("openstack role add {user} --domain {} {role}", shell_word(name)),
        TokenScope::System => format!("openstack role add {user} --system all {role}"),
        TokenScope::Unscoped => format!("set a project in the section, and grant {role} there"),
    }
}

/// The same as far as a file tells it.
fn grant_by_file(credential: &Credential, role: &str, section: &str) -> String {
    let user = match &credential.method {
        Method::Password { user, .. } | Method::Totp { user, .. } => user,
        Method::Token { .. } => return format!("grant {role} to the user whose token [{section}] holds"),
        Method::ApplicationCredentialId { .. }
        | Method::ApplicationCredentialName { .. }
        | Method::OAuth2 { .. } => {
            return format!("make the application credential of [{section}] anew, with the role {role}");
        }
    };
    let domain = |domain: Option<&Ref>| domain.map(|domain| shell_word(domain.label()));
    let user = match user {
        UserRef::Id(id) => format!("--user {}", shell_word(id)),
        UserRef::Name { name, domain: of } => {
            let domain = domain(of.as_ref()).map(|domain| format!(" --user-domain {domain}"));
            format!("--user {}{}", shell_word(name), domain.unwrap_or_default())
        }
    };
    let scope = match &credential.scope {
        Scope::ProjectId(id) => format!("--project {}", shell_word(id)),
        Scope::ProjectName { name, domain: of } => {
            let domain = domain(of.as_ref()).map(|domain| format!(" --project-domain {domain}"));
            format!("--project {}{}", shell_word(name), domain.unwrap_or_default())
        }
        Scope::Domain(domain) => format!("--domain {}", shell_word(domain.label())),
        Scope::System => "--system all".to_owned(),
        Scope::None | Scope::Trust(_) => {
            return format!("grant {role} to the user that [{section}] logs in as");
        }
    };
    format!("openstack role add {user} {scope} {}", shell_word(role))
}

/// One finding about several places: the first is its own, the others are named
/// beside it. A run over a whole cloud is to say such a thing once.
fn together<'s>(
    rule: &Rule,
    severity: Severity,
    message: String,
    places: impl Iterator<Item = (&'s str, Option<Place>)>,
) -> Option<Finding> {
    let mut places = places.peekable();
    places.peek()?;
    let mut finding = Finding::new(rule.name, severity, message);
    let mut seen: HashSet<Place> = HashSet::with_capacity(places.size_hint().0);
    for (id, place) in places {
        finding.concerns(id);
        let Some(place) = place.filter(|place| seen.insert(place.clone())) else { continue };
        match finding.place {
            None => finding.place = Some(place),
            Some(_) => finding.is_also_at(place, format!("and here, in {id}")),
        }
    }
    Some(finding)
}

/// The names of services, each once: `nova, cinder and glance`.
fn names<'f>(services: impl Iterator<Item = &'f ServiceFacts>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for service in services {
        if !names.contains(&service.service.name.as_str()) {
            names.push(&service.service.name);
        }
    }
    list(&names)
}
