//! Default policies that ask for a role of the service token by its name, whatever
//! `service_token_roles` says.

use super::releases::Release;
use super::services::ServiceKind;

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenPolicy {
    /// Who calls.
    pub sender: ServiceKind,
    /// The section that its token for these calls comes from.
    pub section: &'static str,
    /// Whose policy it is.
    pub receiver: ServiceKind,
    /// The release that brought it.
    pub since: &'static str,
    /// The policy's name.
    pub policy: &'static str,
    /// The role that the service token has to carry.
    pub role: &'static str,
    /// What an ordinary user's call meets without it.
    pub breaks: &'static str,
}

/// All of them.
///
/// Source: neutron `conf/policies/port.py`, 29.0.0, enforced by oslo.policy for a
/// member and a port of a server: refused without a service token and with one that
/// carries admin, allowed with service; 28.0.2 has no such rule.
const POLICIES: &[TokenPolicy] = &[TokenPolicy {
    sender: ServiceKind::Nova,
    section: "service_user",
    receiver: ServiceKind::Neutron,
    since: "2026.2",
    policy: "delete_port",
    role: "service",
    breaks: "a server that an ordinary user deletes stays in ERROR (403 at its ports)",
}];

/// The policy that a receiver of that release judges a sender's calls by, with the
/// token of that section.
pub fn token_policy(
    sender: ServiceKind,
    section: &str,
    receiver: ServiceKind,
    release: &Release,
) -> Option<&'static TokenPolicy> {
    let is_there = |since| Release::find(since).is_some_and(|first| first.position() <= release.position());
    let of = |policy: &&TokenPolicy| {
        (policy.sender, policy.section, policy.receiver) == (sender, section, receiver)
    };
    POLICIES.iter().filter(of).find(|policy| is_there(policy.since))
}
