//! Our client and the real keystoneauth1 before the same recording proxy and the
//! same real Keystone: every request and every outcome must be the same.
//!
//! What must differ, differs in one of two ways: a login that is known to fail
//! is not tried, and where keystoneauth1 hangs nothing is sent.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nova_token_check::catalog::Release;
use nova_token_check::config::{Configuration, Environment, Layer};
use nova_token_check::facts::{self, Asking, LoginState, Skip};
use nova_token_check::ini::Document;
use nova_token_check::keystone::Limits;
use nova_token_check::service::{Identity, Phase, Service};
use serde_json::json;
use tempfile::TempDir;

use crate::certificates::{Authority, Flaw};
use crate::cloud::admin::{self, DEFAULT_DOMAIN, Login, Scope};
use crate::cloud::shared;
use crate::recorder::{Bend, Recorder, Seen};

const PASSWORD: &str = "pass-word";

/// What the rows may name in braces.
fn values() -> &'static BTreeMap<&'static str, String> {
    static VALUES: OnceLock<BTreeMap<&'static str, String>> = OnceLock::new();
    VALUES.get_or_init(make_values)
}

fn make_values() -> BTreeMap<&'static str, String> {
    let admin = &shared().admin;
    let name = admin::unique("auth");
    let service = admin.role("service").unwrap();
    let project = admin.create_project(&name, DEFAULT_DOMAIN).unwrap();
    let user = |kind: &str, default: Option<&str>| {
        let name = format!("{name}-{kind}");
        (admin.create_user(&name, PASSWORD, DEFAULT_DOMAIN, default).unwrap(), name)
    };
    let (id, user_name) = user("user", None);
    admin.grant(&id, &service, Scope::Project(&project)).unwrap();
    let (with_default, with_default_name) = user("with-default", Some(&project));
    admin.grant(&with_default, &service, Scope::Project(&project)).unwrap();
    let (_, without_role) = user("without-role", Some(&project));
    let (disabled, disabled_name) = user("disabled", None);
    admin.disable_user(&disabled).unwrap();
    let (wide, wide_name) = user("wide", None);
    admin.grant(&wide, &service, Scope::Domain(DEFAULT_DOMAIN)).unwrap();
    admin.grant(&wide, &service, Scope::System).unwrap();
    let (trustee, trustee_name) = user("trustee", None);
    let login = Login { user: &id, password: PASSWORD, scope: Some(Scope::Project(&project)) };
    let trust = admin.create_trust(login, &trustee, &project, &["service"]).unwrap();
    let credential_name = format!("{name}-credential");
    let credential =
        admin.create_application_credential(login, &credential_name, &["service"], &json!({})).unwrap();
    let token = admin.token(Login { scope: None, ..login }).unwrap().secret;
    [
        ("USER", user_name.to_uppercase()),
        ("PROJECT", name.to_uppercase()),
        ("user", user_name),
        ("user_id", id),
        ("project", name),
        ("project_id", project),
        ("with_default", with_default_name),
        ("without_role", without_role),
        ("disabled", disabled_name),
        ("wide", wide_name),
        ("trustee", trustee_name),
        ("trust", trust),
        ("credential", credential.id),
        ("credential_name", credential_name),
        ("secret", credential.secret),
        ("token", token),
        ("cafile", authority().authority.file()),
        ("certfile", authority().client.0.clone()),
        ("keyfile", authority().client.1.clone()),
    ]
    .into()
}

/// What both must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// The plugin does not load.
    Load,
    /// It loads; the login is known to fail, so we send nothing.
    Fails,
    /// As `Fails`, but keystoneauth1 never returns.
    Hangs,
    /// Keystone says no.
    Refused(u16),
    /// Nothing is learnt.
    Fault,
    /// A token with these roles.
    Roles(&'static [&'static str]),
    /// No plugin is named.
    NoPlugin,
    /// It loads, and we say that we do not try it.
    Unsupported,
}
pub(crate) use Expect::{Fails, Fault, Hangs, Load, NoPlugin, Refused, Roles, Unsupported};

pub(crate) const SERVICE: Expect = Roles(&["service"]);
const UNSCOPED: Expect = Roles(&[]);

/// A user and a project in full.
const USER: &str = "username={user};password=pass-word;user_domain_name=Default";
const PROJECT: &str = "project_name={project};project_domain_name=Default";

/// The authority of the recorders that speak TLS, and its files.
struct Trusted {
    _directory: TempDir,
    authority: Authority,
    client: (String, String),
}

impl Trusted {
    fn server(&self, clients: Clients) -> Arc<rustls::ServerConfig> {
        self.authority.server(Flaw::Nothing, clients == Clients::WithCertificate)
    }
}

fn authority() -> &'static Trusted {
    static TRUSTED: OnceLock<Trusted> = OnceLock::new();
    TRUSTED.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        let authority = Authority::new(directory.path());
        Trusted { client: authority.client(), authority, _directory: directory }
    })
}

/// Lines are parted by semicolons; those about the session stand in the called
/// section as well, unless `only:` is before them; `@U` and `@P` stand for the two above.
fn text(lines: &str, section: &str, url: &str) -> String {
    let mut lines = lines.replace("@U", USER).replace("@P", PROJECT).replace("{url}", url);
    for (name, value) in values() {
        lines = lines.replace(&format!("{{{name}}}"), value);
    }
    let lines = lines.replace(';', "\n");
    // The session of the called section carries the request in nova.
    let session: Vec<&str> = lines
        .lines()
        .filter(|line| {
            ["cafile", "insecure", "certfile", "keyfile"].iter().any(|name| line.starts_with(name))
        })
        .collect();
    let session = session.join("\n");
    let lines = lines.replace("only:", "");
    format!("[{section}]\nsend_service_user_token = true\n{lines}\n[cinder]\n{session}\n")
}

pub(crate) fn service(text: &str, receiver: bool) -> Service {
    let document = Document::parse(text.to_owned()).unwrap();
    let layer = Layer::new(Arc::from("nova.conf"), document);
    let configuration = Configuration::new(vec![layer], Environment::default());
    let name = if receiver { "neutron" } else { "nova" }.to_owned();
    let identity = Identity {
        name: name.clone(),
        id: name,
        process: None,
        method: None,
        paths: Vec::new(),
        packages: None,
    };
    Service::new(identity, Arc::new(configuration), Release::newest().into())
}

fn our_login(text: &str, receiver: bool) -> LoginState {
    let limits = Limits { timeout: Duration::from_secs(4), jobs: 1, use_proxies: false, ca_bundle: None };
    let asking = Asking { live: Some(limits), ..Asking::offline() };
    let mut facts = facts::gather(vec![service(text, receiver)], &asking, None).unwrap();
    let facts = facts.services.remove(0);
    if receiver { facts.receiver.unwrap().login } else { facts.senders.into_iter().next().unwrap() }
}

/// One comparison.
pub(crate) struct Row {
    pub(crate) plugin: &'static str,
    pub(crate) lines: &'static str,
    pub(crate) path: &'static str,
    pub(crate) bend: Bend,
    /// Whether the recorder speaks TLS, and wants a certificate of its clients.
    pub(crate) tls: Option<Clients>,
    pub(crate) receiver: bool,
    pub(crate) expect: Expect,
}

/// Whom a TLS server lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clients {
    Any,
    WithCertificate,
}

pub(crate) fn row(plugin: &'static str, lines: &'static str, expect: Expect) -> Row {
    Row { plugin, lines, path: "", bend: Bend::Nothing, tls: None, receiver: false, expect }
}

pub(crate) fn at(plugin: &'static str, path: &'static str, bend: Bend, expect: Expect) -> Row {
    Row { path, bend, ..row(plugin, "@U;@P", expect) }
}

impl Row {
    /// What differs, if anything.
    fn difference(&self) -> Option<String> {
        let keystone = shared().keystone.port();
        let recorder = match self.tls {
            None => Recorder::start(keystone, self.bend),
            Some(clients) => Recorder::start_tls(keystone, self.bend, authority().server(clients)),
        };
        let url = match self.path {
            path if path.contains("{port}") => path.replace("{port}", &recorder.port().to_string()),
            path => format!("http://127.0.0.1:{}{path}", recorder.port()),
        };
        let section = if self.receiver { "keystone_authtoken" } else { "service_user" };
        let without_url = self.lines.contains("no-url");
        let lines = self.lines.replace("no-url", "");
        let lines = match without_url {
            true => format!("auth_type={};{lines}", self.plugin),
            false => format!("auth_type={};auth_url={{url}};{lines}", self.plugin),
        };
        let text = text(&lines, section, &url);
        let theirs = shared().keystoneauth().unwrap().login(&text, section, self.receiver).unwrap();
        let their_requests = recorder.take();
        let ours = our_login(&text, self.receiver);
        // The receiver's login is followed by no validation: there is no other.
        // When an application credential ends is asked by us alone.
        let is_theirs_too = |request: &Seen| !request.target.contains("/application_credentials/");
        let our_requests: Vec<Seen> = recorder.take().into_iter().filter(is_theirs_too).collect();
        let met = self.meets_theirs(&theirs) && self.meets_ours(&ours);
        let same = match self.expect {
            Load | NoPlugin => their_requests.is_empty() && our_requests.is_empty(),
            Fails | Hangs | Unsupported => our_requests.is_empty(),
            Fault | Refused(_) | Roles(_) => their_requests == our_requests && self.is_sane(&our_requests),
        };
        (!met || !same).then(|| {
            format!(
                "{} [{}] {} {:?}: expected {:?}\n  theirs {theirs:?}\n    {}\n  ours {ours:?}\n    {}",
                self.plugin,
                self.lines,
                self.path,
                self.bend,
                self.expect,
                short(&their_requests),
                short(&our_requests)
            )
        })
    }

    /// A row that is about requests must have some, unless nobody listens.
    fn is_sane(&self, requests: &[Seen]) -> bool {
        !requests.is_empty() || self.expect == Fault
    }

    fn meets_theirs(&self, theirs: &crate::cloud::keystoneauth::Login) -> bool {
        match self.expect {
            Load => theirs.outcome == "load-error",
            Fails => {
                ["login-error", "no-token", "ok"].contains(&theirs.outcome.as_str())
                    && theirs.roles.is_empty()
            }
            Hangs => theirs.outcome == "hang",
            Refused(status) => theirs.status == Some(status),
            Fault => theirs.outcome == "login-error",
            Roles(roles) => theirs.outcome == "ok" && theirs.roles == roles,
            NoPlugin => theirs.outcome == "no-plugin",
            Unsupported => theirs.outcome != "load-error",
        }
    }

    fn meets_ours(&self, ours: &LoginState) -> bool {
        match (self.expect, ours) {
            (Load, LoginState::Invalid(faults)) => faults[0].phase == Phase::Load,
            (Fails | Hangs, LoginState::Invalid(faults)) => faults[0].phase == Phase::Login,
            (Refused(expected), LoginState::Refused { status, .. }) => expected == *status,
            (Fault, LoginState::Unreachable(_))
            | (NoPlugin, LoginState::Skipped { why: Skip::NoPlugin | Skip::NotSending })
            | (Unsupported, LoginState::Skipped { why: Skip::Unsupported(_) }) => true,
            (Roles(roles), LoginState::Ok(token)) => {
                let mut ours = token.roles.clone();
                ours.sort();
                ours == roles
            }
            _ => false,
        }
    }
}

fn short(requests: &[Seen]) -> String {
    let lines = requests.iter().map(|seen| format!("{} {} {}", seen.method, seen.target, seen.body));
    lines.collect::<Vec<_>>().join("\n    ")
}

#[track_caller]
pub(crate) fn compare(rows: &[Row]) {
    let differences: Vec<String> = rows.iter().filter_map(Row::difference).collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ\n{}",
        differences.len(),
        rows.len(),
        differences.join("\n")
    );
}

/// Which plugins load is asked in `plugins.rs`; these send nothing, or are said
/// not to be tried.
#[test]
fn what_is_not_tried_is_said() {
    let idp = "identity_provider=i;protocol=p";
    let with = |more: &str| -> &'static str { String::leak(format!("{idp};{more}")) };
    compare(&[
        row("", "@U;@P", NoPlugin),
        row("nonsense", "@U;@P", Load),
        row("v3password", "@U;project_name=x", Load),
        row("v3oauth2mtlsclientcredential", "oauth2_endpoint=x;oauth2_client_id=y", Unsupported),
        row("v3oauth1", "consumer_key=a;consumer_secret=b;access_key=c;access_secret=d", Unsupported),
        row("v3tokenlessauth", "project_id=x", Unsupported),
        row(
            "v3oidcpassword",
            with("username=u;password=p;access_token_endpoint=http://127.0.0.1:9"),
            Unsupported,
        ),
        row("v3oidcclientcredentials", with("discovery_endpoint=http://127.0.0.1:9/"), Unsupported),
        row("v3oidcauthcode", with("code=c;access_token_endpoint=http://127.0.0.1:9/"), Unsupported),
        // Federation is not set up, and Keystone answers 401.
        row("v3oidcaccesstoken", with("access_token=t"), Unsupported),
        row("none", "no-url", Fails),
        row("http_basic", "no-url;username=u;password=p", Fails),
        row("admin_token", "no-url", Unsupported),
        row("admin_token", "no-url;token=t", Unsupported),
    ]);
}

#[test]
fn a_password_logs_in_as_in_keystoneauth() {
    let both = [
        ("@U;@P", SERVICE),
        ("@U;project_id={project_id}", SERVICE),
        ("user_id={user_id};password=pass-word;project_id={project_id}", SERVICE),
        ("user_id={user_id};username=other;user_domain_name=Default;password=pass-word;@P", SERVICE),
        ("user_id=other;@U;@P", Refused(401)),
        ("@U;@P;project_id={project_id}", SERVICE),
        ("@U;project_name=other;project_domain_name=other;project_id={project_id}", SERVICE),
        ("@U;user_domain_id=default;@P", SERVICE),
        ("username={user};password=pass-word;user_domain_name=other;user_domain_id=default;@P", SERVICE),
        ("username={user};password=pass-word;user_domain_id=Default;@P", Refused(401)),
        ("username={user};password=wrong;user_domain_name=Default;@P", Refused(401)),
        ("username={disabled};password=pass-word;user_domain_name=Default;@P", Refused(401)),
        ("username=nobody;password=pass-word;user_domain_name=Default;@P", Refused(401)),
        ("username={USER};password=pass-word;user_domain_name=Default;@P", Refused(401)),
        ("username={user};password=pass-word;user_domain_name=nowhere;@P", Refused(401)),
        ("@U;project_name={PROJECT};project_domain_name=Default", Refused(401)),
        ("username={user};password=pass-word;user_domain_name=default;@P", Refused(401)),
        ("@U;project_name=other;project_domain_name=Default", Refused(401)),
        ("@U;project_name=admin;project_domain_name=Default", Refused(401)),
        ("@U;project_name={project};project_domain_name=other", Refused(401)),
        ("username={user};user_domain_name=Default;password=;@P", Fails),
        ("username={user};user_domain_name=Default;@P", Fails),
        ("password=pass-word;@P", Fails),
        ("@U", UNSCOPED),
        ("@U;project_domain_name=Default", UNSCOPED),
        ("username={with_default};password=pass-word;user_domain_name=Default", SERVICE),
        ("username={without_role};password=pass-word;user_domain_name=Default", UNSCOPED),
        ("username={wide};password=pass-word;user_domain_name=Default;domain_name=Default", SERVICE),
        ("username={wide};password=pass-word;user_domain_name=Default;domain_id=default", SERVICE),
        ("@U;domain_id=default", Refused(401)),
        ("username={wide};password=pass-word;user_domain_name=Default;system_scope=all", SERVICE),
        ("@U;system_scope=all", Refused(401)),
        ("@U;system_scope=some", Fails),
        ("@U;@P;domain_id=default", Fails),
        ("@U;@P;system_scope=all", Fails),
        ("@U;trust_id=x;system_scope=all", Fails),
        ("@U;domain_id=default;system_scope=all", Fails),
        ("@U;@P;trust_id=x", Fails),
        ("@U;domain_name=Default;trust_id=x", Fails),
        ("username={trustee};password=pass-word;user_domain_name=Default;trust_id={trust}", SERVICE),
        ("@U;trust_id=unknown", Refused(401)),
        ("user_name={user};password=pass-word;user_domain_name=Default;@P", SERVICE),
    ];
    let mut rows: Vec<Row> = Vec::new();
    for (lines, expect) in both {
        rows.push(row("password", lines, expect));
        rows.push(row("v3password", lines, expect));
    }
    rows.extend([
        row("password", "username={user};password=pass-word;@P", Fails),
        row("password", "@U;project_name={project}", Fails),
        row("password", "username={user};password=pass-word;project_name={project}", Fails),
        row(
            "password",
            "username={user};password=pass-word;project_name={project};default_domain_id=default",
            SERVICE,
        ),
        row(
            "password",
            "username={user};password=pass-word;project_name={project};default_domain_name=Default",
            SERVICE,
        ),
        row("password", "@U;@P;default_domain_name=wrong", SERVICE),
        row("password", "@U;@P;default_domain_id=wrong", Refused(401)),
        row("password", "@U;tenant_name={project};project_domain_name=Default", SERVICE),
        row("v3password", "@U;tenant_name={project}", UNSCOPED),
        row("v3password", "@U;@P;default_domain_name=wrong", SERVICE),
        row("v3password", "@U;@P;default_domain_id=wrong", SERVICE),
        row("v2password", "username={user};password=pass-word", Fails),
        row("v2token", "token=x", Fails),
    ]);
    compare(&rows);
}

#[test]
fn the_other_plugins_log_in_as_in_keystoneauth() {
    let id = "application_credential_id={credential};application_credential_secret={secret}";
    let named = "application_credential_name={credential_name};application_credential_secret={secret}";
    let credential = |more: &'static str, expect| {
        let lines: &'static str = String::leak(format!("{id};{more}"));
        row("v3applicationcredential", lines, expect)
    };
    let by_name = |more: &'static str, expect| {
        let lines: &'static str = String::leak(format!("{named};{more}"));
        row("v3applicationcredential", lines, expect)
    };
    let oauth2 = "oauth2_client_id={credential};oauth2_client_secret={secret};oauth2_endpoint={url}/v3/OS-OAUTH2/token";
    let wrong =
        "oauth2_client_id={credential};oauth2_client_secret={secret};oauth2_endpoint={url}/v3/nothing";
    let totp = "username={user};user_domain_name=Default;passcode=123456";
    let mut rows = vec![
        credential("", SERVICE),
        by_name("username={user};user_domain_name=Default", SERVICE),
        by_name("user_id={user_id}", SERVICE),
        by_name("", Fails),
        credential("@P", Fails),
        credential("system_scope=all", Fails),
        credential("project_id={project_id}", Fails),
        credential("domain_id=default", Fails),
        credential("trust_id={trust}", Fails),
        credential("username=other;user_domain_name=Default", SERVICE),
        row(
            "v3applicationcredential",
            "application_credential_id={credential};application_credential_secret=wrong",
            Refused(401),
        ),
        row(
            "v3applicationcredential",
            "application_credential_id=unknown;application_credential_secret=wrong",
            Refused(404),
        ),
        row("v3oauth2clientcredential", oauth2, SERVICE),
        Row { receiver: true, ..row("v3oauth2clientcredential", oauth2, SERVICE) },
        row("v3oauth2clientcredential", wrong, SERVICE),
        row("v3totp", totp, Refused(401)),
        row("v3totp", "user_id={user_id};passcode=123456;@P", Refused(401)),
        row("v3totp", "username={user};user_domain_name=Default", Fails),
        row("v3totp", "passcode=123456", Fails),
    ];
    for plugin in ["token", "v3token"] {
        rows.extend([
            row(plugin, "token={token};@P", SERVICE),
            row(plugin, "token={token};project_id={project_id}", SERVICE),
            row(plugin, "token={token}", UNSCOPED),
            row(plugin, "token={token};domain_id=default", Refused(401)),
            row(plugin, "token={token};system_scope=all", Refused(401)),
            row(plugin, "token=nonsense;@P", Refused(404)),
            row(plugin, "@P", Fails),
            row(plugin, "token=;@P", Fails),
            row(plugin, "token={token};@P;system_scope=all", Fails),
        ]);
    }
    rows.push(row("token", "token={token};project_name={project}", Fails));
    rows.push(row("token", "token={token};project_name={project};default_domain_id=default", SERVICE));
    compare(&rows);
}
