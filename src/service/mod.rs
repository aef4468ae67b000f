//! What a configuration means: who sends a service token with which login, and
//! which tokens a receiver trusts.
//!
//! Values come in from `config/`; nothing here reads a file or opens a
//! connection. What is already known to fail is said here, so that no login is
//! tried that cannot work.

mod auth_url;
mod callee;
mod credential;
mod login;
mod options;
mod other;
mod plugins;
mod reader;
mod receiver;
mod schema;
mod sender;
mod stand_in;
mod tls;

use std::sync::Arc;

pub use callee::Callee;
pub use credential::{Credential, Method, Ref, Scope, Transport, UserRef, keystone_root};
pub use login::{Fault, FaultKind, Login, LoginPlan, Phase};
pub use other::OtherLogin;
pub use receiver::{Receiver, ReceiverFault};
pub use sender::{Sender, Sending, Session};
pub use stand_in::{StandIn, stand_in};
pub use tls::{TlsSession, UnusableFile};

use crate::catalog::{self, InForce, ServiceKind, serves_api};
use crate::ceph::Gateways;
use crate::config::{Configuration, Schema, Setting};
use crate::deployment::{Packages, Policy};

/// One process's configuration and what it means.
#[derive(Debug)]
pub struct Service {
    /// `nova`, or the word that stood before `=`.
    pub name: String,
    /// Unique among the services of a run.
    pub id: String,
    /// What kind of service it is.
    pub kind: ServiceKind,
    /// The process, where the file names tell it.
    pub process: Option<&'static str>,
    /// How it was deployed, where the files tell it.
    pub method: Option<&'static str>,
    /// The files and directories as typed.
    pub paths: Vec<String>,
    /// The release and libraries it is judged by.
    pub in_force: InForce,
    /// The packages found installed, where they were looked for.
    pub packages: Option<Arc<Packages>>,
    /// The files.
    pub configuration: Arc<Configuration>,
    /// What the process registers.
    pub schema: Schema,
    /// Its senders; a nova, cinder or cyborg always has one.
    pub senders: Vec<Sender>,
    /// What it does with the tokens it receives, if it is a receiver.
    pub receiver: Option<Receiver>,
    /// The policy files beside its own files that say anything.
    pub policy_files: Vec<String>,
    /// Those of its policies that decide over the end of an attachment (cinder).
    pub detach_policies: Vec<Policy>,
    /// Its logins to other services, where no service token takes part.
    pub logins: Vec<OtherLogin>,
    /// Files that its sessions name and that are no use, where they could be looked at.
    pub unusable: Vec<UnusableFile>,
    /// Its files that every user of this host can read.
    pub exposed: Vec<String>,
    /// What Ceph's file says of its service tokens, if it is RadosGW.
    pub gateways: Option<Gateways>,
}

/// What is known of a service before its configuration is understood.
#[derive(Debug, Clone)]
pub struct Identity {
    /// See [`Service::name`].
    pub name: String,
    /// See [`Service::id`].
    pub id: String,
    /// See [`Service::process`].
    pub process: Option<&'static str>,
    /// See [`Service::method`].
    pub method: Option<&'static str>,
    /// See [`Service::paths`].
    pub paths: Vec<String>,
    /// See [`Service::packages`].
    pub packages: Option<Arc<Packages>>,
}

impl Service {
    /// Understands a configuration under a release.
    pub fn new(identity: Identity, configuration: Arc<Configuration>, in_force: InForce) -> Self {
        let kind = ServiceKind::from_name(&identity.name);
        let schema = schema::of(kind, &configuration, in_force);
        // A process known to answer no API requests decides over no token,
        // though it may share its files with one that does.
        let receives = identity.process.is_none_or(serves_api);
        let receiver = receives.then(|| receiver::read(kind, &configuration, &schema, in_force)).flatten();
        let logins = other::read_all(kind, &configuration, &schema, in_force);
        let mut senders = sender::read_all(kind, &configuration, &schema, receiver.as_ref(), in_force);
        senders.extend(sender::from_called_sections(kind, &logins, in_force));
        Self {
            name: identity.name,
            id: identity.id,
            kind,
            process: identity.process,
            method: identity.method,
            paths: identity.paths,
            packages: identity.packages,
            in_force,
            configuration,
            schema,
            senders,
            receiver,
            policy_files: Vec::new(),
            detach_policies: Vec::new(),
            logins,
            unusable: Vec::new(),
            exposed: Vec::new(),
            gateways: None,
        }
    }

    /// The same with what was found of its policies.
    #[must_use]
    pub fn with_policy_files(self, policy_files: Vec<String>) -> Self {
        Self { policy_files, ..self }
    }

    /// The file that changes its default policies, as far as its files tell: one
    /// that is there, or one of an unusual name that may be anywhere.
    pub fn custom_policy(&self) -> Option<String> {
        const USUAL: [&str; 2] = ["policy.yaml", "policy.json"];
        let named = self.configuration.get(&self.schema, "oslo_policy", catalog::POLICY_FILE);
        let named = named.truthy_text().filter(|_| !named.secret);
        let unusual = named.filter(|path| !USUAL.contains(&path.rsplit('/').next().unwrap_or(path)));
        unusual.map(str::to_owned).or_else(|| self.policy_files.first().cloned())
    }

    /// An option as the service reads it, and the files it was looked for in: what its
    /// middleware reads, where a paste file has a say.
    pub fn setting(&self, section: &str, name: &str) -> Option<(Setting, &Configuration)> {
        let receiver = self.receiver.as_ref().filter(|_| self.configuration.overrides().is_some());
        let of_middleware = receiver.and_then(|receiver| {
            let mut settings = receiver.settings.iter().chain(&receiver.login.settings);
            settings.find(|setting| *setting.section == *section && setting.spec.name == name).cloned()
        });
        match of_middleware {
            Some(setting) => Some((setting, self.configuration.of_middleware())),
            None => {
                let options = &self.schema.group(section)?.options;
                let &spec = options.iter().find(|option| option.name == name)?;
                Some((self.configuration.get(&self.schema, section, spec), &self.configuration))
            }
        }
    }

    /// How many files were read.
    pub fn files(&self) -> usize {
        self.configuration.files() + usize::from(self.gateways.is_some())
    }

    /// The services that its `[service_user]` calls.
    pub fn callees(&self) -> Vec<Callee> {
        callee::callees(self.kind, &self.configuration, &self.schema, self.in_force)
    }

    /// Whether a login would go out over TLS with this host's trust store and
    /// nothing else set.
    pub fn uses_trust_store(&self) -> bool {
        let sending =
            self.senders.iter().filter(|sender| sender.sends()).map(|s| (&s.login, &s.sessions[..]));
        let receiving = self.receiver.iter().map(|receiver| (&receiver.login, &[][..]));
        sending.chain(receiving).any(|(login, sessions)| match &login.plan {
            LoginPlan::Ready(credential) if credential.uses_tls() => {
                let own = sessions.is_empty().then_some(&credential.transport);
                let mut transports = sessions.iter().map(|session| &session.transport).chain(own);
                transports.any(|transport| *transport == Transport::default())
            }
            _ => false,
        })
    }

    /// Whether cinder's backups send the service token to swift.
    pub fn swift_backup(&self) -> bool {
        sender::sends_to_swift(self.kind, &self.configuration, &self.schema)
    }
}
