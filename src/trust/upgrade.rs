//! What an upgrade does to the same configuration: the verdicts before and
//! after, and the options that are read differently. A pure comparison.

use super::matrix::{Matrix, Row};
use super::verdict::Verdict;
use crate::catalog::{self, Change, Release};
use crate::config::{Default, OptionSpec, Setting};
use crate::facts::{Facts, ServiceFacts};

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
    /// Whether every call made with a service token is trusted afterwards.
    pub all_trusted: bool,
    /// Other changes on the way, oldest first.
    pub changes: Vec<&'static Change>,
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
    /// Whether the middleware's user plugin sends by itself.
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
}

/// How an option is read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionChangeKind {
    /// It is set and will be ignored.
    NoLongerRead,
    /// It is not set and its default is another.
    DefaultMoves,
}

impl OptionChangeKind {
    /// As in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoLongerRead => "no longer read",
            Self::DefaultMoves => "default moves",
        }
    }
}

impl Upgrade {
    /// What is to be done before, in order, each with its release. A step whose
    /// purpose is met already, since every call is trusted, is left out.
    pub fn steps(&self) -> Vec<(&'static str, &'static str)> {
        let needed = self.changes.iter().filter(|change| !(change.met_by_trust && self.all_trusted));
        needed.filter_map(|change| Some((change.before?, change.release))).collect()
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
    from: &'static Release,
    to: &'static Release,
) -> Upgrade {
    let trust = before.1.rows.iter().flat_map(|old| changed(old, after.1)).collect();
    let services = before.0.services.iter().zip(&after.0.services).enumerate();
    let options = services.flat_map(|(index, (old, new))| option_changes(index, old, new)).collect();
    let mut called = after.1.rows.iter().filter(|row| row.used != Some(false)).peekable();
    let all_trusted = called.peek().is_some() && called.all(|row| row.judgement.verdict == Verdict::Trusted);
    Upgrade { from, to, trust, options, all_trusted, changes: from.changes_until(to).collect() }
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
    let known = catalog::authtoken(new.service.in_force.keystonemiddleware);
    let mut changes = Vec::new();
    for setting in &before.settings {
        let successor = known.iter().find(|spec| spec.name == setting.spec.name);
        // An old name that was an option of its own too is told there.
        if setting.written_as.is_some_and(|old| before.setting(old).is_some()) {
            continue;
        }
        let change = match (setting.is_set(), successor) {
            (true, None) => Some((OptionChangeKind::NoLongerRead, no_longer_read(setting))),
            (true, Some(spec)) => old_name_dropped(setting, spec),
            (false, Some(spec)) => default_moves(setting, spec),
            (false, None) => None,
        };
        let option = setting.written_as.filter(|_| successor.is_some()).unwrap_or(setting.spec.name);
        changes.extend(change.map(|(kind, detail)| OptionChange {
            service: index,
            section: "keystone_authtoken",
            option: option.to_owned(),
            kind,
            detail,
        }));
    }
    if before.uses_obsolete_login() && after.login.auth_type.is_none() {
        for change in changes.iter_mut().filter(|change| change.option.starts_with("admin_")) {
            change.detail =
                "the receiver loses its login: set auth_type and the plugin's options instead".to_owned();
        }
    }
    changes
}

fn no_longer_read(setting: &Setting) -> String {
    let successor = match setting.spec.name {
        "auth_uri" => "; www_authenticate_uri takes its place",
        "identity_uri" | "auth_host" | "auth_port" | "auth_protocol" | "auth_admin_prefix" => {
            "; auth_url takes its place"
        }
        "admin_user" => "; username takes its place",
        "admin_password" => "; password takes its place",
        "admin_tenant_name" => "; project_name takes its place",
        _ => "",
    };
    format!("it is ignored without a word{successor}")
}

/// The option is set under an old name that the new release no longer reads.
fn old_name_dropped(setting: &Setting, spec: &OptionSpec) -> Option<(OptionChangeKind, String)> {
    let old = setting.written_as.filter(|old| !spec.deprecated.contains(old))?;
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
