//! The sections that make a service send a service token.

use super::credential::Transport;
use super::login::{self, Login, LoginPlan, Purpose};
use super::other::OtherLogin;
use super::reader::Reader;
use super::receiver::Receiver;
use super::schema::{AUTHTOKEN, BARBICAN_SERVICE_USER, SERVICE_USER, sends_to_barbican};
use crate::catalog::{self, InForce, ServiceKind, SessionOptions, WhenNoPlugin};
use crate::config::{Configuration, OptionSpec, Place, Reading, Schema, Setting};

/// One sender.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The section that makes it one.
    pub section: &'static str,
    /// Whether it needs no switch: the middleware's user plugin sends by itself, and
    /// ironic from the sections of the services it calls.
    pub implicit: bool,
    /// Whether it sends.
    pub sending: Sending,
    /// The boolean that switches it on, as read; implicit senders have none.
    pub switch: Option<Setting>,
    /// The header of its section, where there is one.
    pub header: Option<Place>,
    /// With what login.
    pub login: Login,
    /// The sessions that the token is fetched over, by the sections of the
    /// services being called; the first is that of the login.
    pub sessions: Vec<Session>,
}

/// A session that carries requests, and its TLS settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Where they stand.
    pub options: &'static SessionOptions,
    /// The settings.
    pub transport: Transport,
}

/// Whether a sender sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sending {
    /// Yes, if the login works.
    Yes,
    /// No, by its switch.
    SwitchedOff,
    /// No, although switched on: it names no plugin, and the service goes on
    /// without.
    NoPlugin,
    /// Neither: every call raises, for this reason.
    Raises(String),
}

impl Sender {
    /// Whether a token goes out.
    pub fn sends(&self) -> bool {
        self.sending == Sending::Yes
    }
}

/// The senders of a service: the explicit ones, and the implicit one where
/// nothing explicit takes its place.
pub(super) fn read_all(
    kind: ServiceKind,
    configuration: &Configuration,
    schema: &Schema,
    receiver: Option<&Receiver>,
    in_force: InForce,
) -> Vec<Sender> {
    let sessions = sessions(kind, configuration, schema, in_force);
    // Most have one at most.
    let mut senders = Vec::with_capacity(1);
    if kind.reads_service_user() {
        senders.push(explicit(kind, configuration, schema, sessions, in_force));
    }
    let replaced =
        senders.iter().any(|sender: &Sender| matches!(sender.sending, Sending::Yes | Sending::Raises(_)));
    if kind.sends_implicitly() && !replaced {
        senders.extend(receiver.map(implicit));
    }
    if sends_to_barbican(configuration, schema) {
        senders.push(barbican(configuration, schema, in_force));
    }
    senders
}

/// What makes a section send.
const SWITCH: &OptionSpec = &catalog::switch("send_service_user_token");

fn explicit(
    kind: ServiceKind,
    configuration: &Configuration,
    schema: &Schema,
    sessions: Vec<Session>,
    in_force: InForce,
) -> Sender {
    let transport = sessions.first().map(|session| session.transport.clone()).unwrap_or_default();
    let switch = configuration.get(schema, SERVICE_USER, SWITCH);
    let login = login::read(
        &Reader::service(configuration, schema, in_force),
        SERVICE_USER,
        &transport,
        Purpose::ServiceToken,
    );
    let sending = match switch_state(&switch) {
        Sending::Yes if matches!(login.plan, LoginPlan::NoPlugin) => match kind.when_no_plugin() {
            WhenNoPlugin::SendsNone => Sending::NoPlugin,
            WhenNoPlugin::Raises => {
                Sending::Raises("no auth_type is set, so every call that needs the token raises".to_owned())
            }
        },
        state => state,
    };
    Sender {
        section: SERVICE_USER,
        implicit: false,
        sending,
        switch: Some(switch),
        header: configuration.header(SERVICE_USER),
        login,
        sessions,
    }
}

/// castellan's sender: the switch stands in `[barbican]`, and without a plugin
/// the key operation is refused.
fn barbican(configuration: &Configuration, schema: &Schema, in_force: InForce) -> Sender {
    let switch = configuration.get(schema, "barbican", SWITCH);
    const OWN: &SessionOptions = &SessionOptions::of_castellan();
    let reader = Reader::service(configuration, schema, in_force);
    let transport = transport(&reader, OWN);
    let login = login::read(&reader, BARBICAN_SERVICE_USER, &transport, Purpose::ServiceToken);
    let sending = match switch_state(&switch) {
        Sending::Yes if matches!(login.plan, LoginPlan::NoPlugin) => {
            Sending::Raises("no auth_type is set, so castellan refuses every key operation".to_owned())
        }
        state => state,
    };
    Sender {
        section: BARBICAN_SERVICE_USER,
        implicit: false,
        sending,
        switch: Some(switch),
        header: configuration.header(BARBICAN_SERVICE_USER),
        login,
        sessions: vec![Session { options: OWN, transport }],
    }
}

fn implicit(receiver: &Receiver) -> Sender {
    Sender {
        section: AUTHTOKEN,
        implicit: true,
        sending: if matches!(receiver.login.plan, LoginPlan::NoPlugin) {
            Sending::NoPlugin
        } else {
            Sending::Yes
        },
        switch: None,
        header: receiver.header.clone(),
        login: receiver.login.clone(),
        sessions: Vec::new(),
    }
}

/// ironic's: the login of the called service's section goes with each user's token.
/// With `auth_type = none` it hands on the user's token alone.
pub(super) fn from_called_sections(
    kind: ServiceKind,
    logins: &[OtherLogin],
    in_force: InForce,
) -> impl Iterator<Item = Sender> {
    let sections = kind.sends_from_called_sections(in_force.release);
    let logins = sections.filter_map(|section| logins.iter().find(|other| other.purpose.section == section));
    logins.filter(|other| other.login.auth_type.as_deref() != Some("none")).map(|other| Sender {
        section: other.purpose.section,
        implicit: true,
        sending: Sending::Yes,
        switch: None,
        header: other.login.header.clone(),
        login: other.login.clone(),
        // The login's own is the one.
        sessions: Vec::new(),
    })
}

fn switch_state(switch: &Setting) -> Sending {
    match switch.bool() {
        Some(true) => Sending::Yes,
        Some(false) => Sending::SwitchedOff,
        None => match &switch.reading {
            Reading::HostDependent(_) | Reading::Unset => Sending::SwitchedOff,
            _ => Sending::Raises("send_service_user_token cannot be read, so every call raises".to_owned()),
        },
    }
}

/// The sessions of the called services, as far as their sections are there. The
/// service token is fetched over the connection to the service being called, not
/// with the sender's own TLS settings.
fn sessions(
    kind: ServiceKind,
    configuration: &Configuration,
    schema: &Schema,
    in_force: InForce,
) -> Vec<Session> {
    let reader = Reader::service(configuration, schema, in_force);
    let is_there =
        |options: &&SessionOptions| !options.has_section() || configuration.has_section(options.section);
    // cinder's backups use the sender's own (`backup/drivers/swift.py`).
    const BACKUP: &SessionOptions = &SessionOptions::of(ServiceKind::Swift, SERVICE_USER);
    let backup = sends_to_swift(kind, configuration, schema).then_some(BACKUP);
    let sessions = kind.sessions().iter().filter(is_there).chain(backup);
    sessions.map(|options| Session { options, transport: transport(&reader, options) }).collect()
}

/// Whether cinder's backups send the service token to swift.
pub(super) fn sends_to_swift(kind: ServiceKind, configuration: &Configuration, schema: &Schema) -> bool {
    let switch = || configuration.get_named(schema, "DEFAULT", "backup_swift_service_auth");
    kind == ServiceKind::Cinder && switch().and_then(|switch| switch.bool()).unwrap_or(false)
}

/// The TLS settings of a session.
pub(super) fn transport(reader: &Reader<'_>, options: &SessionOptions) -> Transport {
    let section = reader.section(options.section);
    let read = |name| section.named(name);
    let text = |name| read(name).and_then(|setting| setting.truthy_text().map(str::to_owned));
    Transport {
        cafile: text(options.cafile),
        certfile: text(options.certfile),
        keyfile: text(options.keyfile),
        insecure: options.is_insecure(read(options.insecure).and_then(|setting| setting.bool())),
    }
}

/// The TLS settings of a section.
pub(super) fn session(reader: &Reader<'_>, section: &'static str) -> Transport {
    transport(reader, &SessionOptions::of(ServiceKind::Other, section))
}
