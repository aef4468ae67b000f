//! What an upgrade does to the same configuration: the verdicts before and
//! after, and the options that are read differently. A pure comparison.

use super::matrix::{Matrix, Row};
use super::steps::{Step, Upgraded};
use super::verdict::Verdict;
use crate::catalog::{self, Change, Release};
use crate::config::{Default, OptionSpec, Place, Setting};
use crate::facts::{Facts, ServiceFacts};
use crate::findings::Finding;
use crate::service::Receiver;

/// The comparison of two releases.
#[derive(Debug)]
pub struct Upgrade {
    /// The release in force.
    pub from: &'static Release,
    /// The release asked about.
    pub to: &'static Release,
    /// Pairs whose verdict changes.
    pub trust: Vec<TrustChange>,
    /// Options that are read differently.
    pub options: Vec<OptionChange>,
    /// Whether every service token that is sent is trusted afterwards.
    pub all_trusted: bool,
    /// Other changes on the way, oldest first.
    pub changes: Vec<&'static Change>,
    /// What is to be done before, in order.
    pub steps: Vec<Step>,
}

/// Pairs whose verdict changes in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustChange {
    /// Indices of the sending services.
    pub senders: Vec<usize>,
    /// Their common name.
    pub sender_name: String,
    /// The section that sends.
    pub section: &'static str,
    /// Whether it needs no switch (see [`crate::service::Sender::implicit`]).
    pub implicit: bool,
    /// Indices of the receiving services.
    pub receivers: Vec<usize>,
    /// Their common name.
    pub receiver_name: String,
    /// Whether the sender calls the receiver.
    pub used: Option<bool>,
    /// Before the upgrade.
    pub before: Verdict,
    /// After it.
    pub after: Verdict,
    /// Why.
    pub reason: String,
}

/// An option that is read differently after the upgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionChange {
    /// Index of the service.
    pub service: usize,
    /// The section.
    pub section: &'static str,
    /// The option.
    pub option: String,
    /// What changes.
    pub kind: OptionChangeKind,
    /// What follows, in one sentence.
    pub detail: String,
    /// What takes its place, if something does.
    pub successor: Option<&'static str>,
    /// Where it is set.
    pub place: Option<Place>,
}

/// How an option is read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionChangeKind {
    /// It is set and will be ignored.
    NoLongerRead,
    /// It is not set and its default is another.
    DefaultMoves,
    /// It is set, was ignored, and will count.
    NewlyRead,
}

impl OptionChangeKind {
    /// As in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoLongerRead => "no longer read",
            Self::DefaultMoves => "default moves",
            Self::NewlyRead => "read from now on",
        }
    }
}

impl Upgrade {
    /// The services whose `service_token_roles_required` is unset and will mean
    /// true.
    pub fn default_moves(&self) -> impl Iterator<Item = usize> {
        let moved = |change: &&OptionChange| {
            change.kind == OptionChangeKind::DefaultMoves && change.option == "service_token_roles_required"
        };
        self.options.iter().filter(moved).map(|change| change.service)
    }

    /// Whether a call that works today fails or loses its token's effect.
    pub fn breaks(&self) -> bool {
        self.trust.iter().any(|change| change.used != Some(false) && change.is_worse())
    }
}

impl TrustChange {
    /// Whether the verdict is worse than before.
    pub fn is_worse(&self) -> bool {
        rank(self.after) < rank(self.before)
    }
}

/// The higher, the better; not knowing is in between.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Broken => 0,
        Verdict::Rejected => 1,
        Verdict::Ignored | Verdict::NotSent => 2,
        Verdict::Unknown => 3,
        Verdict::Trusted => 4,
    }
}

/// Compares the facts and verdicts of two releases.
pub fn compare(
    before: (&Facts, &Matrix),
    after: (&Facts, &Matrix),
    (from, to): (&'static Release, &'static Release),
    findings: &[Finding],
) -> Upgrade {
    let trust = before.1.rows.iter().flat_map(|old| changed(old, after.1)).collect();
    let services = before.0.services.iter().zip(&after.0.services).enumerate();
    let options: Vec<OptionChange> =
        services.flat_map(|(index, (old, new))| option_changes(index, old, new)).collect();
    // A sender that sends none has nothing to be trusted.
    let sent = |row: &&Row| row.used != Some(false) && row.judgement.verdict != Verdict::NotSent;
    let mut called = after.1.rows.iter().filter(sent).peekable();
    let all_trusted = called.peek().is_some() && called.all(|row| row.judgement.verdict == Verdict::Trusted);
    let first = before.0.services.iter().map(|facts| facts.service.in_force.release);
    // With mixed releases the way begins at the oldest.
    let oldest = first.min_by_key(|release| release.position()).unwrap_or(from);
    let changes: Vec<&'static Change> = oldest.changes_until(to).collect();
    let (facts, matrix) = after;
    let steps =
        Upgraded { facts, matrix, changes: &changes, options: &options, to, all_trusted, findings }.steps();
    Upgrade { from, to, trust, options, all_trusted, changes, steps }
}

/// The pairs of a row whose verdict is another afterwards.
fn changed(old: &Row, after: &Matrix) -> Vec<TrustChange> {
    let mut changes = Vec::new();
    for new in &after.rows {
        let same = new.section == old.section && new.implicit == old.implicit;
        if !same || new.judgement.verdict == old.judgement.verdict {
            continue;
        }
        let senders: Vec<usize> = common(&old.senders, &new.senders);
        let receivers: Vec<usize> = common(&old.receivers, &new.receivers);
        if senders.is_empty() || receivers.is_empty() {
            continue;
        }
        changes.push(TrustChange {
            senders,
            sender_name: old.sender_name.clone(),
            section: old.section,
            implicit: old.implicit,
            receivers,
            receiver_name: old.receiver_name.clone(),
            used: old.used,
            before: old.judgement.verdict,
            after: new.judgement.verdict,
            reason: new.judgement.reason.clone(),
        });
    }
    changes
}

fn common(a: &[usize], b: &[usize]) -> Vec<usize> {
    a.iter().filter(|index| b.contains(index)).copied().collect()
}

fn option_changes(index: usize, old: &ServiceFacts, new: &ServiceFacts) -> Vec<OptionChange> {
    let (Some(before), Some(after)) = (&old.service.receiver, &new.service.receiver) else {
        return Vec::new();
    };
    let known = catalog::authtoken_at(new.service.kind, new.service.in_force);
    let mut changes = Vec::new();
    for setting in &before.settings {
        let successor = known.iter().find(|spec| spec.name == setting.spec.name);
        // An old name that was an option of its own too is told there.
        if setting.written_as().is_some_and(|old| before.setting(old).is_some()) {
            continue;
        }
        let change = match (setting.is_set(), successor) {
            (true, None) => Some((OptionChangeKind::NoLongerRead, no_longer_read(before, setting))),
            (true, Some(spec)) => old_name_dropped(setting, spec),
            (false, Some(spec)) => default_moves(setting, spec),
            (false, None) => None,
        };
        let option = setting.written_as().filter(|_| successor.is_some()).unwrap_or(setting.spec.name);
        changes.extend(change.map(|(kind, detail)| OptionChange {
            service: index,
            section: "keystone_authtoken",
            option: option.to_owned(),
            kind,
            detail,
            successor:
                (option == "auth_uri" && names_keystone_alone(before)).then_some("www_authenticate_uri"),
            place: setting.place(),
        }));
    }
    let newly = after.settings.iter().filter(|setting| {
        setting.is_set() && !before.settings.iter().any(|old| old.spec.name == setting.spec.name)
    });
    changes.extend(newly.map(|setting| OptionChange {
        service: index,
        section: "keystone_authtoken",
        option: setting.spec.name.to_owned(),
        kind: OptionChangeKind::NewlyRead,
        detail: "it was ignored until now".to_owned(),
        successor: None,
        place: setting.place(),
    }));
    if before.uses_obsolete_login() && after.login.auth_type.is_none() {
        for change in changes.iter_mut().filter(|change| successor_of(&change.option).is_some()) {
            change.detail =
                "the receiver loses its login: set auth_type and the plugin's options instead".to_owned();
        }
    }
    changes
}

/// What follows when an option that is set is dropped.
fn no_longer_read(receiver: &Receiver, setting: &Setting) -> String {
    let name = setting.spec.name;
    if name == "auth_uri" {
        let follows = if names_keystone_alone(receiver) {
            "401 answers then name the Keystone that the service itself uses, not the public one"
        } else {
            "nothing follows, since www_authenticate_uri is set"
        };
        return format!("it is ignored without a word; {follows}");
    }
    match successor_of(name) {
        Some(_) if receiver.login.auth_type.is_some() => {
            "it is ignored, as it is today beside auth_type".to_owned()
        }
        Some(successor) => format!("it is ignored without a word; {successor} takes its place"),
        None => "it is ignored without a word".to_owned(),
    }
}

/// Whether `auth_uri` alone says where clients find Keystone.
fn names_keystone_alone(receiver: &Receiver) -> bool {
    let current = receiver.setting("www_authenticate_uri");
    current.is_none_or(|setting| !setting.is_set() || setting.written_as() == Some("auth_uri"))
}

fn successor_of(option: &str) -> Option<&'static str> {
    Some(match option {
        "identity_uri" | "auth_host" | "auth_port" | "auth_protocol" | "auth_admin_prefix" => "auth_url",
        "admin_user" => "username",
        "admin_password" => "password",
        "admin_tenant_name" => "project_name",
        _ => return None,
    })
}

/// The option is set under an old name that the new release no longer reads.
fn old_name_dropped(setting: &Setting, spec: &OptionSpec) -> Option<(OptionChangeKind, String)> {
    let old = setting.written_as().filter(|old| !spec.deprecated.contains(old))?;
    Some((
        OptionChangeKind::NoLongerRead,
        format!("{old} is ignored without a word; {} takes its place", spec.name),
    ))
}

fn default_moves(setting: &Setting, spec: &OptionSpec) -> Option<(OptionChangeKind, String)> {
    let text = |default| match default {
        Default::None | Default::Text("") => "nothing".to_owned(),
        Default::Text(text) | Default::Printed(text) => text.to_lowercase(),
        Default::HostDependent => "the host's".to_owned(),
    };
    let (before, after) = (text(setting.spec.default), text(spec.default));
    (before != after)
        .then(|| (OptionChangeKind::DefaultMoves, format!("unset here: {before} before, {after} after")))
}
