//! The files that a service's sessions with Keystone name: which there are, and what
//! hangs on them. What stands in them is looked at by `deployment/`.

use super::{Receiver, Service};
use crate::config::{Place, Setting};
use crate::deployment::{TlsFault, TlsPaths, TlsProblem};

/// The session of a section, as far as its files go.
#[derive(Debug, Clone)]
pub struct TlsSession {
    /// The section.
    pub section: String,
    /// Whether it asks Keystone over TLS.
    pub https: bool,
    /// Whether the server's certificate is looked at.
    pub verifies: bool,
    /// `cafile`, `certfile` and `keyfile`, where they are set.
    settings: Vec<Setting>,
}

/// A file of a session that is no use.
#[derive(Debug, Clone)]
pub struct UnusableFile {
    /// The section.
    pub section: String,
    /// The option that names it.
    pub option: &'static str,
    /// The path as written.
    pub path: String,
    /// Where it is written.
    pub place: Option<Place>,
    /// What is wrong with it.
    pub problem: TlsProblem,
    /// Whether the session asks Keystone over TLS.
    pub https: bool,
}

const OPTIONS: [&str; 3] = ["cafile", "certfile", "keyfile"];

impl Service {
    /// The sessions that fetch or validate tokens, each section once.
    pub fn tls_sessions(&self) -> Vec<TlsSession> {
        let mut sessions: Vec<TlsSession> = self.receiver.iter().map(of_receiver).collect();
        for sender in self.senders.iter().filter(|sender| sender.sends()) {
            let sections = sender.sessions.iter().map(|session| session.section);
            let url = sender.login.auth_url.as_deref();
            sessions.extend(sections.map(|section| self.of_section(section, url)));
        }
        for other in &self.logins {
            let (section, url) = (&other.login.section, other.login.auth_url.as_deref());
            if !sessions.iter().any(|session| session.section == *section) {
                sessions.push(self.of_section(section, url));
            }
        }
        sessions.retain(|session| !session.settings.is_empty());
        sessions
    }

    fn of_section(&self, section: &str, auth_url: Option<&str>) -> TlsSession {
        let read = |option: &str| self.configuration.get_named(&self.schema, section, option);
        let insecure = read("insecure").and_then(|setting| setting.bool()).unwrap_or(false);
        TlsSession {
            section: section.to_owned(),
            https: is_https(auth_url),
            verifies: !insecure,
            settings: OPTIONS.into_iter().filter_map(read).filter(is_named).collect(),
        }
    }
}

fn of_receiver(receiver: &Receiver) -> TlsSession {
    let settings = OPTIONS.into_iter().filter_map(|option| receiver.setting(option).cloned());
    TlsSession {
        section: "keystone_authtoken".to_owned(),
        https: is_https(receiver.login.auth_url.as_deref()),
        verifies: !receiver.transport.insecure,
        settings: settings.filter(is_named).collect(),
    }
}

fn is_https(auth_url: Option<&str>) -> bool {
    auth_url.is_some_and(|url| url.to_lowercase().starts_with("https:"))
}

fn is_named(setting: &Setting) -> bool {
    setting.truthy_text().is_some()
}

impl TlsSession {
    /// The files that are looked at for its requests.
    pub fn paths(&self) -> TlsPaths<'_> {
        let path = |option| self.setting(option).and_then(Setting::truthy_text);
        TlsPaths {
            ca: path("cafile").filter(|_| self.https && self.verifies),
            certificate: path("certfile"),
            key: path("keyfile"),
        }
    }

    /// What is wrong with one of its files. Over plain HTTP a client certificate and
    /// its key only have to be there.
    pub fn unusable(&self, fault: TlsFault) -> Option<UnusableFile> {
        if !self.https && fault.problem != TlsProblem::Missing {
            return None;
        }
        let setting = self.setting(fault.option)?;
        Some(UnusableFile {
            section: self.section.clone(),
            option: fault.option,
            path: setting.truthy_text()?.to_owned(),
            place: setting.place().cloned(),
            problem: fault.problem,
            https: self.https,
        })
    }

    fn setting(&self, option: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.spec.name == option)
    }
}
