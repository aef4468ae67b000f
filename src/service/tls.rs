//! The files that a service's sessions with Keystone name: which there are, and what
//! hangs on them. What stands in them is looked at by `deployment/`.

use super::{Fault, FaultKind, Phase, Receiver, Sender, Service};
use crate::catalog::SessionOptions;
use crate::config::{Place, Setting, mask};
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
    settings: [Option<Setting>; 3],
}

/// A file of a session that is no use.
#[derive(Debug, Clone)]
pub struct UnusableFile {
    /// The section.
    pub section: String,
    /// The option that names it.
    pub option: &'static str,
    /// What keystoneauth1 calls that option.
    pub what: &'static str,
    /// The path as written.
    pub path: String,
    /// Where it is written.
    pub place: Option<Place>,
    /// What is wrong with it.
    pub problem: TlsProblem,
    /// Whether the session asks Keystone over TLS.
    pub https: bool,
}

impl UnusableFile {
    /// Whether no request goes out because of it. A client certificate past its date
    /// is presented all the same, and a file that only this program may not read
    /// proves nothing.
    ///
    /// Held against requests, keystoneauth1 and keystonemiddleware 13.0.1.
    pub fn is_fatal(&self) -> bool {
        match self.problem {
            TlsProblem::Denied => false,
            TlsProblem::Expired(_) | TlsProblem::NotYetValid(_) => self.what == "cafile",
            _ => true,
        }
    }

    /// As a sentence fragment.
    pub fn described(&self) -> String {
        format!("{} of [{}], {}, {}", self.option, self.section, mask(&self.path, false), self.problem)
    }

    /// Why no login is made with it.
    pub(crate) fn fault(&self) -> Fault {
        Fault { kind: FaultKind::File(self.described()), phase: Phase::Login, place: self.place.clone() }
    }
}

const OPTIONS: [&str; 3] = ["cafile", "certfile", "keyfile"];

impl Service {
    /// The sessions that fetch or validate tokens, each section once.
    pub fn tls_sessions(&self) -> Vec<TlsSession> {
        let mut sessions: Vec<TlsSession> = self.receiver.iter().map(of_receiver).collect();
        for sender in self.senders.iter().filter(|sender| sender.sends()) {
            let url = sender.login.auth_url.as_deref();
            sessions.extend(sender.sessions.iter().map(|session| self.of_options(session.options, url)));
        }
        for other in &self.logins {
            let (section, url) = (other.purpose.section, other.login.auth_url.as_deref());
            if !sessions.iter().any(|session| session.section == section) {
                sessions.push(self.of_options(&SessionOptions::of(other.purpose.target, section), url));
            }
        }
        sessions.retain(|session| session.settings.iter().any(Option::is_some));
        sessions
    }

    /// The file of a session that lets none of its requests out.
    pub fn fatal_file(&self, options: &SessionOptions) -> Option<&UnusableFile> {
        let names = [options.cafile, options.certfile, options.keyfile];
        let of_it = |file: &&UnusableFile| file.section == options.section && names.contains(&file.option);
        self.unusable.iter().filter(of_it).find(|file| file.is_fatal())
    }

    /// The file that lets out none of a sender's logins, over whichever session.
    pub fn stops_all_of(&self, sender: &Sender) -> Option<&UnusableFile> {
        let own = sender.implicit.then(|| SessionOptions::of(self.kind, sender.section));
        let mut sessions = sender.sessions.iter().map(|session| session.options).chain(own.as_ref());
        let first = self.fatal_file(sessions.next()?)?;
        sessions.all(|session| self.fatal_file(session).is_some()).then_some(first)
    }

    fn of_options(&self, options: &SessionOptions, auth_url: Option<&str>) -> TlsSession {
        let section = self.configuration.section(&self.schema, options.section);
        let names = [options.cafile, options.certfile, options.keyfile];
        let settings = names.map(|name| section.named(name).filter(is_named));
        // Without a file the session is not looked at, whatever else it says.
        let verifies = settings.iter().any(Option::is_some)
            && !options.is_insecure(section.named(options.insecure).and_then(|setting| setting.bool()));
        TlsSession { section: options.section.to_owned(), https: is_https(auth_url), verifies, settings }
    }
}

fn of_receiver(receiver: &Receiver) -> TlsSession {
    TlsSession {
        section: "keystone_authtoken".to_owned(),
        https: is_https(receiver.login.auth_url.as_deref()),
        verifies: !receiver.transport.insecure,
        settings: OPTIONS.map(|option| receiver.setting(option).cloned().filter(is_named)),
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
            option: setting.spec.name,
            what: fault.option,
            path: setting.truthy_text()?.to_owned(),
            place: setting.place(),
            problem: fault.problem,
            https: self.https,
        })
    }

    fn setting(&self, option: &str) -> Option<&Setting> {
        let at = OPTIONS.iter().position(|known| *known == option)?;
        self.settings[at].as_ref()
    }
}
