//! What every auth plugin refuses when it is loaded: a table of all plugins, and
//! for each of them every option left out, emptied or added, asked of the real
//! keystoneauth1 and of this program.

use nova_token_check::service::{LoginPlan, Phase};

use crate::cloud::shared;
use crate::keystoneauth::service;

/// A plugin and what it wants of a file.
struct Plugin {
    name: &'static str,
    /// Everything it requires, apart from `auth_url`.
    lines: &'static [&'static str],
    /// Of these, the options that must hold something; for the others it is
    /// enough to be there.
    filled: &'static [&'static str],
    /// Whether it wants a domain beside a project's name.
    project_domain: bool,
    /// Whether it wants a domain beside a user's name.
    user_domain: bool,
    /// Whether it requires `auth_url`.
    url: bool,
}

const fn plugin(name: &'static str, lines: &'static [&'static str]) -> Plugin {
    Plugin { name, lines, filled: &[], project_domain: true, user_domain: false, url: true }
}

/// An identity provider and its protocol.
const IDP: [&str; 2] = ["identity_provider=i", "protocol=p"];

fn plugins() -> Vec<Plugin> {
    let free = |name| Plugin { project_domain: false, ..plugin(name, &[]) };
    let without_url = |name| Plugin { url: false, ..free(name) };
    let named = |name, lines| Plugin { user_domain: true, ..plugin(name, lines) };
    vec![
        free("password"),
        free("token"),
        named("v3password", &[]),
        plugin("v3token", &[]),
        named("v3totp", &[]),
        Plugin {
            filled: &["application_credential_id", "application_credential_secret"],
            ..named(
                "v3applicationcredential",
                &["application_credential_id=x", "application_credential_secret=y"],
            )
        },
        Plugin {
            filled: &["access_token_endpoint"],
            ..plugin(
                "v3oidcpassword",
                &[
                    "identity_provider=i",
                    "protocol=p",
                    "username=u",
                    "password=p",
                    "access_token_endpoint=http://127.0.0.1:9",
                ],
            )
        },
        Plugin {
            filled: &["access_token_endpoint"],
            ..plugin(
                "v3oidcclientcredentials",
                &["identity_provider=i", "protocol=p", "access_token_endpoint=http://127.0.0.1:9"],
            )
        },
        Plugin {
            filled: &["discovery_endpoint"],
            ..plugin(
                "v3oidcauthcode",
                &["identity_provider=i", "protocol=p", "code=c", "discovery_endpoint=http://127.0.0.1:9"],
            )
        },
        Plugin {
            filled: &["discovery_endpoint"],
            ..plugin(
                "v3oidcdeviceauthz",
                &["identity_provider=i", "protocol=p", "discovery_endpoint=http://127.0.0.1:9"],
            )
        },
        plugin("v3oidcaccesstoken", &["identity_provider=i", "protocol=p", "access_token=t"]),
        Plugin {
            filled: &["oauth2_endpoint", "oauth2_client_id", "oauth2_client_secret"],
            ..plugin(
                "v3oauth2clientcredential",
                &["oauth2_endpoint=http://127.0.0.1:9", "oauth2_client_id=x", "oauth2_client_secret=y"],
            )
        },
        Plugin {
            filled: &["oauth2_endpoint", "oauth2_client_id"],
            ..plugin(
                "v3oauth2mtlsclientcredential",
                &["oauth2_endpoint=http://127.0.0.1:9", "oauth2_client_id=x"],
            )
        },
        Plugin {
            project_domain: false,
            ..plugin("v3oauth1", &["consumer_key=a", "consumer_secret=b", "access_key=c", "access_secret=d"])
        },
        Plugin { filled: &["project_id"], ..plugin("v3tokenlessauth", &["project_id=x"]) },
        Plugin {
            filled: &["redirect_port", "login_timeout"],
            ..plugin(
                "v3websso",
                &["identity_provider=i", "protocol=p", "redirect_port=9990", "login_timeout=1"],
            )
        },
        plugin(
            "v3samlpassword",
            &[
                "identity_provider=i",
                "protocol=p",
                "identity_provider_url=http://x",
                "username=u",
                "password=p",
            ],
        ),
        plugin(
            "v3adfspassword",
            &[
                "identity_provider=i",
                "protocol=p",
                "identity_provider_url=http://x",
                "username=u",
                "password=p",
                "service_provider_endpoint=http://x",
                "service_provider_entity_id=y",
            ],
        ),
        plugin("v3kerberos", &[]),
        plugin("v3fedkerb", &IDP),
        free("v2password"),
        free("v2token"),
        without_url("none"),
        without_url("admin_token"),
        without_url("http_basic"),
    ]
}

/// What is asked: the lines, and whether the plugin loads with them.
type Question = (Vec<String>, bool);

impl Plugin {
    fn questions(&self) -> Vec<Question> {
        let url = self.url.then_some("auth_url=http://127.0.0.1:9/v3");
        let full: Vec<&str> = url.iter().chain(self.lines).copied().collect();
        let with = |more: &[&str]| full.iter().chain(more).map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let mut questions = vec![
            (with(&[]), true),
            // What a plugin does not know it passes over.
            (with(&["nonsense=1", "default_domain_id=x", "tenant_name=x"]), true),
            (Vec::new(), full.is_empty()),
            (url.iter().map(|line| (*line).to_owned()).collect(), self.lines.is_empty()),
            (with(&["project_name=x"]), !self.project_domain),
            (with(&["project_name=x", "project_id=y"]), !self.project_domain),
            (with(&["project_name=x", "project_domain_name=y"]), true),
            (with(&["project_name=x", "project_domain_id=y"]), true),
            (with(&["project_name=x", "project_domain_id="]), !self.project_domain),
            (with(&["project_name="]), true),
            (with(&["username=x"]), !self.user_domain),
            (with(&["username=x", "user_id=y"]), !self.user_domain),
            (with(&["username=x", "user_domain_name=y"]), true),
            (with(&["username=x", "user_domain_id=y"]), true),
            (with(&["username="]), true),
        ];
        for line in &full {
            let (option, _) = line.split_once('=').unwrap();
            let others = full.iter().filter(|other| *other != line).map(|other| (*other).to_owned());
            questions.push((others.clone().collect(), false));
            let empty = others.chain([format!("{option}=")]);
            questions.push((empty.collect(), !self.filled.contains(&option)));
        }
        questions
    }
}

/// Rows that no table holds.
fn others() -> Vec<(&'static str, Question)> {
    let url = "auth_url=http://127.0.0.1:9/v3";
    let ask = |lines: &[&str], loads| {
        let lines = [url].iter().chain(lines).map(|line| (*line).to_owned()).collect();
        (lines, loads)
    };
    let id = ["application_credential_name=x", "application_credential_secret=y"];
    let endpoint = |line| [IDP[0], IDP[1], line];
    vec![
        ("Password", ask(&[], false)),
        ("V3Password", ask(&[], false)),
        ("nonsense", ask(&[], false)),
        ("v3applicationcredential", ask(&id, true)),
        ("v3applicationcredential", ask(&[id[0]], false)),
        ("v3multifactor", ask(&[], false)),
        // It has no method, and says so only when it logs in.
        ("v3multifactor", ask(&["auth_methods="], true)),
        ("v3multifactor", ask(&["auth_methods=v3password", "username=x", "user_domain_id=y"], false)),
        ("v3multifactor", ask(&["auth_methods=v3password,v3totp"], false)),
        ("v3oidcclientcredentials", ask(&endpoint("discovery_endpoint=http://127.0.0.1:9"), true)),
        ("v3oidcdeviceauthz", ask(&endpoint("access_token_endpoint=http://127.0.0.1:9"), true)),
        ("v3tokenlessauth", ask(&["domain_id=x"], true)),
        ("v3tokenlessauth", ask(&["domain_name=x"], true)),
        ("v3tokenlessauth", ask(&["project_name=x"], false)),
        ("v3tokenlessauth", ask(&["project_name=x", "project_domain_id=y"], true)),
        (
            "v3websso",
            ask(&["identity_provider=i", "protocol=p", "redirect_port=x", "login_timeout=1"], false),
        ),
        ("v3kerberos", ask(&["mutual_auth=required"], true)),
        ("v3kerberos", ask(&["mutual_auth=Optional"], true)),
        ("v3kerberos", ask(&["mutual_auth="], true)),
        ("v3kerberos", ask(&["mutual_auth=true"], false)),
        ("v3fedkerb", ask(&endpoint("mutual_auth=disabled"), true)),
        ("v3fedkerb", ask(&endpoint("mutual_auth=no"), false)),
    ]
}

fn differences(name: &str, (lines, loads): &Question) -> Option<String> {
    let text =
        format!("[service_user]\nsend_service_user_token = true\nauth_type = {name}\n{}\n", lines.join("\n"));
    let theirs = shared().complete_keystoneauth().unwrap().load(&text, "service_user").unwrap();
    let ours = &service(&text, false).senders[0].login.plan;
    let fails = matches!(ours, LoginPlan::Invalid(faults) if faults[0].phase == Phase::Load);
    let expected = if *loads { "loads" } else { "load-error" };
    (theirs.outcome != expected || fails == *loads)
        .then(|| format!("{name} {lines:?}: expected {expected}, theirs {theirs:?}, ours {ours:?}"))
}

#[test]
fn every_plugin_loads_as_in_keystoneauth_whatever_is_left_out() {
    let plugins = plugins();
    let table = plugins.iter().flat_map(|plugin| plugin.questions().into_iter().map(|q| (plugin.name, q)));
    let questions: Vec<(&str, Question)> = table.chain(others()).collect();
    let wrong: Vec<String> =
        questions.iter().filter_map(|(name, question)| differences(name, question)).collect();
    println!("{} questions about {} plugins", questions.len(), plugins.len());
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), questions.len(), wrong.join("\n"));
}
