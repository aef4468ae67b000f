//! What each auth plugin refuses when it is loaded, what is known to fail when
//! it logs in, and which ones this program does not log in with.
//!
//! Source: keystoneauth1 `loading/_plugins/identity/generic.py` and `v3.py`,
//! `identity/v3/base.py`; what Keystone answers was observed on keystoneauth1
//! 5.18.1 and Keystone 30.0.

use super::auth_url;
use super::login::{Fault, FaultKind, Phase};
use super::options::Options;

const DOES_NOT_LOAD: &str = "the plugin does not load";
const ANSWERS_400: &str = "Keystone answers 400 to every login";

/// Everything that asks for a scope.
const SCOPES: [&str; 6] =
    ["project_id", "project_name", "domain_id", "domain_name", "trust_id", "system_scope"];

/// Why a plugin that loads is not tried, if it is not; a sentence fragment.
pub(super) fn unsupported(plugin: &str) -> Option<&'static str> {
    Some(match plugin {
        "password"
        | "v3password"
        | "token"
        | "v3token"
        | "v3totp"
        | "v3applicationcredential"
        | "v3oauth2clientcredential" => return None,
        "admin_token" => "admin_token logs in nowhere: whatever its option token holds goes out as the token",
        "v3tokenlessauth" => {
            "v3tokenlessauth has no token: a client certificate stands for the user, and no service token is sent"
        }
        "v3oauth2mtlsclientcredential" => {
            "v3oauth2mtlsclientcredential binds its token to a client certificate, which this program does not try"
        }
        "v3oauth1" => "v3oauth1 signs its request, which this program does not do",
        "v3kerberos" | "v3fedkerb" => "Kerberos needs a ticket of the service's own host",
        "v3samlpassword" | "v3adfspassword" => {
            "SAML logs in at an identity provider, to which this program sends nothing"
        }
        "v3websso" => "v3websso waits for a person at a web browser",
        "v3oidcauthcode" => "v3oidcauthcode uses a code that is good for a single login",
        "v3oidcdeviceauthz" => "v3oidcdeviceauthz waits for a person to confirm the login",
        "v3oidcpassword" | "v3oidcclientcredentials" | "v3oidcaccesstoken" => {
            "OpenID Connect logs in at an identity provider, to which this program sends nothing"
        }
        _ => "this program does not know how the plugin logs in",
    })
}

/// Why a plugin that loads can never give a service token, if so.
fn useless(plugin: &str) -> Option<&'static str> {
    match plugin {
        "none" => Some("its token is the word notused, which every receiver refuses with 401"),
        "http_basic" => {
            Some("it has no token: user name and password go out in its place, which every receiver refuses")
        }
        "v2password" | "v2token" => Some("Keystone has had no version 2.0 of its API since Queens"),
        _ => None,
    }
}

/// Everything that is known to fail, in the order in which keystoneauth1 and
/// Keystone would notice.
pub(super) fn faults(options: &Options<'_>) -> Vec<Fault> {
    let faults = load_faults(options);
    if faults.is_empty() { login_faults(options) } else { faults }
}

fn load_faults(options: &Options<'_>) -> Vec<Fault> {
    let plugin = options.plugin;
    if plugin.name == "v3multifactor" {
        let reason = "it takes the names of its methods one letter at a time, so that none is found";
        // With an empty list it loads, and has no method to log in with.
        let empty = options.is_there("auth_methods") && options.some("auth_methods").is_none();
        let phase = if empty && options.is_there("auth_url") { Phase::Login } else { Phase::Load };
        return vec![options.fault(FaultKind::Plugin { reason }, phase, "auth_methods")];
    }
    let mut faults = Vec::new();
    for (alternatives, option) in needed(plugin.name) {
        if !options.holds(alternatives) {
            faults.push(options.missing(option, Phase::Load, DOES_NOT_LOAD));
        }
    }
    for option in plugin.required().filter(|option| !options.is_there(option)) {
        faults.push(options.missing(option, Phase::Load, DOES_NOT_LOAD));
    }
    if plugin.name.starts_with("v3") && plugin.name != "v3oauth1" {
        faults.extend(v3_domains(options));
    }
    faults.extend(mutual_auth(options));
    faults
}

/// Options that a plugin wants to hold something: one of the first list each, and
/// the one to name where none does.
fn needed(plugin: &str) -> &'static [(&'static [&'static str], &'static str)] {
    match plugin {
        "v3applicationcredential" => &[
            (&["application_credential_id", "application_credential_name"], "application_credential_id"),
            (&["application_credential_secret"], "application_credential_secret"),
        ],
        "v3oauth2clientcredential" => &[
            (&["oauth2_endpoint"], "oauth2_endpoint"),
            (&["oauth2_client_id"], "oauth2_client_id"),
            (&["oauth2_client_secret"], "oauth2_client_secret"),
        ],
        "v3oauth2mtlsclientcredential" => {
            &[(&["oauth2_endpoint"], "oauth2_endpoint"), (&["oauth2_client_id"], "oauth2_client_id")]
        }
        "v3oidcpassword" | "v3oidcclientcredentials" | "v3oidcauthcode" | "v3oidcdeviceauthz" => {
            &[(&["access_token_endpoint", "discovery_endpoint"], "access_token_endpoint")]
        }
        "v3tokenlessauth" => &[(&["domain_id", "domain_name", "project_id", "project_name"], "project_name")],
        // Their defaults do not reach the plugin from a file.
        "v3websso" => &[(&["redirect_port"], "redirect_port"), (&["login_timeout"], "login_timeout")],
        _ => &[],
    }
}

/// The plugins with a version in their name want a domain beside a name before
/// anything else, also where the name goes unused.
fn v3_domains(options: &Options<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let lacks = |name: &str, domain: [&str; 2]| {
        options.takes(domain[1]) && options.some(name).is_some() && !options.any(&domain)
    };
    if lacks("username", ["user_domain_id", "user_domain_name"]) {
        faults.push(options.missing("user_domain_name", Phase::Load, DOES_NOT_LOAD));
    }
    if lacks("project_name", ["project_domain_id", "project_domain_name"]) {
        faults.push(options.missing("project_domain_name", Phase::Load, DOES_NOT_LOAD));
    }
    faults
}

/// How a Kerberos server is to prove itself, which is read in any case.
fn mutual_auth(options: &Options<'_>) -> Option<Fault> {
    let given = options.some("mutual_auth")?.to_lowercase();
    let known = ["required", "optional", "disabled"].contains(&given.as_str());
    (!known).then(|| options.fault(FaultKind::MutualAuth, Phase::Load, "mutual_auth"))
}

fn login_faults(options: &Options<'_>) -> Vec<Fault> {
    let name = options.plugin.name;
    if let Some(reason) = useless(name) {
        return vec![options.fault(FaultKind::Plugin { reason }, Phase::Login, "auth_type")];
    }
    let mut faults = Vec::new();
    // What is not tried is not judged either.
    if unsupported(name).is_some() {
        return faults;
    }
    let url = options.text("auth_url").unwrap_or_default();
    if let Some(kind) = auth_url::impossible(url, options.discovers()) {
        faults.push(options.fault(kind, Phase::Login, "auth_url"));
    }
    match name {
        "password" | "v3password" => {
            faults.extend(secret_missing(options, "password", "every login is refused"));
            faults.extend(user_missing(options));
        }
        "token" | "v3token" => faults.extend(secret_missing(options, "token", ANSWERS_400)),
        "v3totp" => {
            faults.extend(secret_missing(options, "passcode", "every login is refused"));
            faults.extend(user_missing(options));
        }
        "v3applicationcredential" if options.some("application_credential_id").is_none() => {
            faults.extend(user_missing(options));
        }
        _ => {}
    }
    match name {
        "v3applicationcredential" | "v3oauth2clientcredential" => faults.extend(scope_beside(options)),
        _ => faults.extend(scope_faults(options)),
    }
    faults
}

fn secret_missing(options: &Options<'_>, option: &'static str, consequence: &'static str) -> Option<Fault> {
    options.secret(option).is_none().then(|| options.missing(option, Phase::Login, consequence))
}

fn has_default_domain(options: &Options<'_>) -> bool {
    options.any(&["default_domain_id", "default_domain_name"])
}

fn user_missing(options: &Options<'_>) -> Option<Fault> {
    if options.some("user_id").is_some() {
        return None;
    }
    if options.some("username").is_none() {
        return Some(options.missing("username", Phase::Login, ANSWERS_400));
    }
    let without = !has_default_domain(options) && !options.any(&["user_domain_id", "user_domain_name"]);
    without.then(|| options.missing("user_domain_name", Phase::Login, ANSWERS_400))
}

/// An application credential has its own scope and may ask for none.
fn scope_beside(options: &Options<'_>) -> Vec<Fault> {
    let given = SCOPES.into_iter().filter(|option| options.some(option).is_some());
    given.map(|option| options.fault(FaultKind::ScopeNotAllowed { option }, Phase::Login, option)).collect()
}

fn scope_faults(options: &Options<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if options.some("project_id").is_none()
        && options.some("project_name").is_some()
        && !has_default_domain(options)
        && !options.any(&["project_domain_id", "project_domain_name"])
    {
        faults.push(options.missing("project_domain_name", Phase::Login, ANSWERS_400));
    }
    let given: Vec<&str> = [
        ["project_id", "project_name"],
        ["domain_id", "domain_name"],
        ["trust_id", "trust_id"],
        ["system_scope", "system_scope"],
    ]
    .iter()
    .filter_map(|names| names.iter().find(|name| options.some(name).is_some()).copied())
    .collect();
    if let [_, second, ..] = given.as_slice() {
        faults.push(options.fault(FaultKind::TwoScopes, Phase::Login, second));
    } else if options.some("system_scope").is_some_and(|scope| scope != "all") {
        faults.push(options.fault(FaultKind::SystemScope, Phase::Login, "system_scope"));
    }
    faults
}
