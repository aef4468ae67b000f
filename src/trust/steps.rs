//! What is to be done before an upgrade, in order: Keystone's roles first, then
//! the files.

use super::matrix::{Matrix, Row};
use super::upgrade::{OptionChange, OptionChangeKind};
use super::verdict::Verdict;
use crate::catalog::{self, Change, ChangeKind, Release};
use crate::config::Setting;
use crate::facts::{Facts, ServiceFacts};
use crate::findings::{Finding, Severity};
use crate::service::{LoginPlan, Sender};
use crate::text::shell_word;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do, as a sentence without a full stop.
    pub what: String,
    /// The command that does it, or shows whether it is done.
    pub command: Option<String>,
    /// The release that makes it necessary.
    pub release: &'static str,
    /// Where that is defined.
    pub source: String,
}

/// What a step is derived from.
pub(super) struct Upgraded<'u> {
    pub(super) facts: &'u Facts,
    pub(super) matrix: &'u Matrix,
    pub(super) changes: &'u [&'static Change],
    pub(super) options: &'u [OptionChange],
    pub(super) to: &'static Release,
    pub(super) all_trusted: bool,
    /// Those of the release in force with those of the later one.
    pub(super) findings: &'u [Finding],
}

/// A sender's user of whose roles nothing is known.
struct Unknown<'u> {
    name: &'u str,
    section: &'static str,
    command: Option<String>,
    /// What each receiver accepts.
    accepted: Vec<String>,
}

const GRANT: &str = "openstack role add ";

impl Upgraded<'_> {
    /// The steps in their order.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mended = self.mended();
        let mut tokens = self.unknown_logins();
        if mended.is_empty() && tokens.is_empty() && !self.all_trusted {
            tokens = self.in_words(|kind| kind == ChangeKind::Tokens);
        }
        let (grants, edits): (Vec<Step>, Vec<Step>) =
            mended.into_iter().partition(|step| step.command.as_deref().is_some_and(is_keystone));
        let of_nova = self.nova_logins();
        let mut steps = Vec::new();
        let all = [grants, tokens, of_nova];
        let commands = all.iter().flatten().filter_map(|step| step.command.as_deref());
        steps.extend(self.role(commands));
        steps.extend(all.into_iter().flatten());
        steps.extend(edits);
        steps.extend(self.dropped());
        let mut seen: Vec<Step> = Vec::new();
        for step in steps {
            // One command may serve several ends; it is run once.
            let same = |known: &Step| match &step.command {
                Some(command) => known.command.as_ref() == Some(command),
                None => known.what == step.what,
            };
            if !seen.iter().any(same) {
                seen.push(step);
            }
        }
        seen
    }

    /// What mends the findings that would stand in the way.
    fn mended(&self) -> Vec<Step> {
        let matters = |finding: &&Finding| {
            finding.severity == Severity::Error
                || (finding.severity == Severity::Warning && finding.under.is_some())
                || finding.rule == "role-not-accepted"
        };
        let found = self.findings.iter().filter(matters);
        found.filter_map(|finding| Some(self.of_finding(finding, finding.help.as_deref()?))).collect()
    }

    fn of_finding(&self, finding: &Finding, help: &str) -> Step {
        let (release, source) = if finding.rule == "role-not-accepted" {
            let (release, source) = self.tokens_release();
            (release, source.to_owned())
        } else {
            (finding.under.unwrap_or(self.to.id), format!("rule {}", finding.rule))
        };
        let command = finding.cure.as_deref().or_else(|| help.starts_with("openstack ").then_some(help));
        let place = finding.place.as_ref().map_or_else(String::new, |p| format!("{}:{}: ", p.file, p.line));
        let what = match command.and_then(|command| command.strip_prefix(GRANT)) {
            Some(grant) => {
                let role = grant.rsplit(' ').next().unwrap_or_default();
                match &finding.section {
                    Some(section) if !OF_SERVICE_TOKENS.contains(&finding.rule) => {
                        format!("grant the role {role} to the user of [{section}]")
                    }
                    _ => format!("grant the role {role}, which service tokens need"),
                }
            }
            None => format!("{place}{help}"),
        };
        Step { what, command: command.map(str::to_owned), release, source }
    }

    /// The role that is granted has to be there.
    fn role<'c>(&self, commands: impl Iterator<Item = &'c str>) -> Vec<Step> {
        let mut roles: Vec<&str> = Vec::new();
        for command in commands.filter_map(|command| command.strip_prefix(GRANT)) {
            let role = command.rsplit(' ').next().unwrap_or_default();
            if !role.is_empty() && !roles.contains(&role) {
                roles.push(role);
            }
        }
        let made = self.changes.iter().find(|change| change.kind == ChangeKind::Role);
        if roles.is_empty() && made.is_some() && !self.all_trusted {
            roles.push("service");
        }
        // Before the bootstrap of the release that first makes it.
        let known = catalog::CHANGES.iter().find(|change| change.kind == ChangeKind::Role);
        let step = |role: &str| Step {
            what: format!("create the role {role} where it is missing"),
            command: Some(format!("openstack role create --or-show {role}")),
            release: known.map_or("", |change| change.release),
            source: known.map_or("", |change| change.source).to_owned(),
        };
        roles.into_iter().map(step).collect()
    }

    /// Senders of whose roles nothing is known.
    fn unknown_logins(&self) -> Vec<Step> {
        let unknown = |row: &&Row| row.used != Some(false) && row.judgement.verdict == Verdict::Unknown;
        let mut users: Vec<Unknown<'_>> = Vec::new();
        for row in self.matrix.rows.iter().filter(unknown) {
            for &index in &row.senders {
                let command = self.sender(index, row).and_then(list_roles);
                let same = |user: &&mut Unknown<'_>| {
                    user.name == row.sender_name && user.section == row.section && user.command == command
                };
                let roles = self.accepted(row);
                match users.iter_mut().find(same) {
                    Some(user) if user.accepted.contains(&roles) => {}
                    Some(user) => user.accepted.push(roles),
                    None => users.push(Unknown {
                        name: &row.sender_name,
                        section: row.section,
                        command,
                        accepted: vec![roles],
                    }),
                }
            }
        }
        let (release, source) = self.tokens_release();
        let step = |user: Unknown<'_>| Step {
            what: format!(
                "see that the user of {} [{}] has a role that each of its receivers accepts ({})",
                user.name,
                user.section,
                user.accepted.join("; ")
            ),
            command: user.command,
            release,
            source: source.to_owned(),
        };
        users.into_iter().map(step).collect()
    }

    fn sender(&self, index: usize, row: &Row) -> Option<&Sender> {
        let mut senders = self.facts.services[index].service.senders.iter();
        senders.find(|sender| sender.section == row.section && sender.implicit == row.implicit)
    }

    /// The receivers' name and the roles that any of them accepts.
    fn accepted(&self, row: &Row) -> String {
        let mut roles: Vec<&str> = Vec::new();
        let receivers =
            row.receivers.iter().filter_map(|&at| self.facts.services[at].service.receiver.as_ref());
        for role in receivers.flat_map(|receiver| &receiver.accepted) {
            if !roles.contains(&role.as_str()) {
                roles.push(role);
            }
        }
        format!("{}: {}", row.receiver_name, roles.join(" or "))
    }

    /// The release that first asks for trusted tokens on the way, or else the
    /// target.
    fn tokens_release(&self) -> (&'static str, &'static str) {
        let change = self.changes.iter().rev().find(|change| change.kind == ChangeKind::Tokens);
        change.map_or((self.to.id, catalog::ROLES_REQUIRED_SOURCE), |change| (change.release, change.source))
    }

    /// What no file and no verdict tells.
    fn in_words(&self, which: impl Fn(ChangeKind) -> bool) -> Vec<Step> {
        let changes = self.changes.iter().filter(|change| which(change.kind));
        changes
            .filter_map(|change| {
                let what = change.before?.to_owned();
                Some(Step { what, command: None, release: change.release, source: change.source.to_owned() })
            })
            .collect()
    }

    /// The users of nova's other logins, whose roles the policies look at. Those
    /// whose roles are known are judged by a rule.
    fn nova_logins(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for change in self.changes {
            let ChangeKind::Logins(sections) = change.kind else { continue };
            let novas = || self.facts.services.iter().filter(|facts| facts.service.name == "nova");
            let known = |section: &str| {
                let mut logins = novas().flat_map(ServiceFacts::other_logins);
                logins.any(|(other, state)| other.purpose.section == section && state.token().is_some())
            };
            if sections.iter().any(|section| known(section)) {
                continue;
            }
            let mut found: Vec<Step> = Vec::new();
            for (facts, section) in
                novas().flat_map(|facts| sections.iter().map(move |section| (facts, *section)))
            {
                let Some(command) = grant_in(facts, section) else { continue };
                let step = Step {
                    what: format!(
                        "grant the role service to the user of nova's [{section}] section, unless it has it"
                    ),
                    command: Some(command),
                    release: change.release,
                    source: change.source.to_owned(),
                };
                if !found.contains(&step) {
                    found.push(step);
                }
            }
            if found.is_empty() {
                found = self.in_words(|kind| kind == change.kind);
            }
            steps.extend(found);
        }
        // One grant serves all sections of a user.
        let mut seen: Vec<Option<String>> = Vec::new();
        steps.retain(|step| {
            step.command.is_none()
                || !seen.contains(&step.command) && {
                    seen.push(step.command.clone());
                    true
                }
        });
        steps
    }

    /// Options that are no longer read.
    fn dropped(&self) -> Vec<Step> {
        let dropped = self.options.iter().filter(|change| change.kind == OptionChangeKind::NoLongerRead);
        dropped
            .filter_map(|change| {
                let service = &self.facts.services[change.service].service;
                let successor = change.successor?;
                let place =
                    change.place.as_ref().map_or_else(String::new, |p| format!("{}:{}: ", p.file, p.line));
                let what = format!(
                    "{place}write {successor} for {} in [{}] of {}",
                    change.option, change.section, service.name
                );
                let (_, version) = catalog::authtoken_removed(&change.option)?;
                let release =
                    Release::first_with_middleware(version).map_or(self.to.id, |release| release.id);
                Some(Step { what, command: None, release, source: format!("keystonemiddleware {version}") })
            })
            .collect()
    }
}

/// The rules whose grants are for service tokens.
const OF_SERVICE_TOKENS: [&str; 2] = ["role-not-accepted", "policy-token-role-missing"];

fn is_keystone(command: &str) -> bool {
    command.starts_with("openstack ")
}

/// The command that shows which roles a sender's user has, as far as the file
/// tells who that is.
fn list_roles(sender: &Sender) -> Option<String> {
    let LoginPlan::Ready(credential) = &sender.login.plan else { return None };
    let user = shell_word(credential.user_label()?);
    let project = shell_word(credential.scope.project_label()?);
    let domain = |of: &str| {
        let names = [format!("{of}_domain_name"), format!("{of}_domain_id")];
        let named = |setting: &&Setting| names.iter().any(|name| name == setting.spec.name);
        let value = sender.login.settings.iter().filter(named).find_map(Setting::truthy_text);
        value.map(|value| format!(" --{of}-domain {}", shell_word(value))).unwrap_or_default()
    };
    let (of_user, of_project) = (domain("user"), domain("project"));
    Some(format!(
        "openstack role assignment list --user {user}{of_user} --project {project}{of_project} --effective --names"
    ))
}

/// The command that grants the role service to the user of a section of nova's.
fn grant_in(facts: &ServiceFacts, section: &str) -> Option<String> {
    let service = &facts.service;
    let text = |name| {
        let setting = service.configuration.get_named(&service.schema, section, name)?;
        Some(setting.truthy_text()?.to_owned()).filter(|_| !setting.secret)
    };
    let with = |flag: &str, value: Option<String>| {
        value.map(|value| format!(" {flag} {}", shell_word(&value))).unwrap_or_default()
    };
    let user = shell_word(&text("username")?);
    let project = shell_word(&text("project_name")?);
    let user_domain = with("--user-domain", text("user_domain_name").or_else(|| text("user_domain_id")));
    let project_domain =
        with("--project-domain", text("project_domain_name").or_else(|| text("project_domain_id")));
    Some(format!("{GRANT}--user {user}{user_domain} --project {project}{project_domain} service"))
}
