//! What a refused login can mean, once what is known of it and of the other
//! logins of the run is ruled out.

use super::Context;
use super::logins::{Subject, all};
use crate::facts::LoginState;
use crate::service::{Credential, LoginPlan, Method, Ref, Scope, UserRef, keystone_root};

/// What to do about it, as a sentence without its full stop.
pub(super) fn advice(context: &Context<'_>, subject: &Subject<'_>, status: u16, said: &str) -> String {
    let LoginPlan::Ready(credential) = &subject.login.plan else { return String::new() };
    match (status, &credential.method) {
        (400, _) => match field(said) {
            Some(option) => format!("Keystone misses {option} or cannot use it: set it in [{}]", subject.login.holder),
            None => "an option of the section is missing or malformed".to_owned(),
        },
        (403, Method::Token { .. }) => {
            "Keystone knows the token and gives no other for it: its [token] allow_rescope_scoped_token may be off, \
             so log in with a password"
                .to_owned()
        }
        (403, _) => "Keystone knows the login and forbids this token: read its log for the policy that does".to_owned(),
        (404, Method::ApplicationCredentialId { .. } | Method::OAuth2 { .. }) => {
            "no application credential has that id: it may be deleted or expired".to_owned()
        }
        (404, Method::Token { .. }) => {
            "the token is unknown or has expired, or the path of auth_url does not lead to Keystone's version 3 API"
                .to_owned()
        }
        (404, _) => "the path of auth_url does not lead to Keystone's version 3 API".to_owned(),
        _ => meanings(context, credential),
    }
}

/// The option that Keystone's words about a bad request mean.
pub(super) fn field(said: &str) -> Option<&'static str> {
    const FIELDS: [(&str, &str); 9] = [
        ("domain in user", "user_domain_name"),
        ("domain in project", "project_domain_name"),
        ("user in application credential", "username"),
        ("user/password", "password"),
        ("user/passcode", "passcode"),
        ("application_credential/secret", "application_credential_secret"),
        ("token/id", "token"),
        ("project/", "project_name"),
        ("id or name must be present", "username"),
    ];
    FIELDS.iter().find(|(words, _)| said.contains(words)).map(|(_, option)| *option)
}

/// Everything that a 401 can mean, in the order in which to check it, and what
/// it cannot.
fn meanings(context: &Context<'_>, credential: &Credential) -> String {
    let known = Known::of(context, credential);
    let mut can: Vec<&str> = Vec::new();
    if !known.secret {
        can.extend(who(&credential.method, known.user_domain));
    }
    can.extend(what(&credential.scope, known.scope));
    let ruled_out: Vec<&str> = [
        (known.secret, "the user or the secret"),
        (known.user_domain && !known.secret, "the user's domain"),
        (known.scope, "the project itself"),
    ]
    .into_iter()
    .filter_map(|(is_known, what)| is_known.then_some(what))
    .collect();
    let text = format!("it can be {}", either(&can));
    if ruled_out.is_empty() {
        return text;
    }
    format!("{text}; not {}, since another login of this run works with it", either(&ruled_out))
}

/// Words as an enumeration, the last two joined by "or".
fn either(words: &[&str]) -> String {
    match words {
        [first @ .., before, last] => {
            let mut text: String = first.iter().map(|word| format!("{word}, ")).collect();
            text.push_str(&format!("{before} or {last}"));
            text
        }
        _ => words.concat(),
    }
}

/// What can be wrong about the user.
fn who(method: &Method, domain_is_right: bool) -> Vec<&'static str> {
    let by_id = |user: &UserRef| matches!(user, UserRef::Id(_));
    let unknown = |user: &UserRef| match (by_id(user), domain_is_right) {
        (true, _) => "no user with that id (a name is none)",
        (false, true) => "no user of that name (case counts)",
        (false, false) => "no user of that name in that domain (case counts)",
    };
    let disabled = "a user who is disabled or locked";
    match method {
        Method::Password { user, .. } => vec!["a wrong or expired password", unknown(user), disabled],
        Method::Totp { user, .. } => {
            vec!["a passcode that is over", "totp not among Keystone's [auth] methods", unknown(user)]
        }
        Method::ApplicationCredentialName { user, .. } => {
            vec!["a wrong secret", "a credential that has expired", unknown(user), "a user who is disabled"]
        }
        Method::ApplicationCredentialId { .. } | Method::OAuth2 { .. } => {
            vec!["a wrong secret", "a credential that has expired", "a user who is disabled"]
        }
        Method::Token { .. } => vec!["a token that has expired or was revoked"],
    }
}

/// What can be wrong about the scope.
fn what(scope: &Scope, is_there: bool) -> Vec<&'static str> {
    match scope {
        Scope::None => Vec::new(),
        Scope::ProjectId(_) | Scope::ProjectName { .. } if is_there => vec!["no role on the project"],
        Scope::ProjectId(_) => vec!["no role on the project", "no project with that id"],
        Scope::ProjectName { .. } => vec!["no role on the project", "no such project in that domain"],
        Scope::Domain(_) => vec!["no role on the domain", "no such domain"],
        Scope::System => vec!["no role on the system"],
        Scope::Trust(_) => vec!["a trust that is unknown, over or for another user"],
    }
}

/// What logins that worked prove about one that did not.
struct Known {
    secret: bool,
    user_domain: bool,
    scope: bool,
}

impl Known {
    fn of(context: &Context<'_>, credential: &Credential) -> Self {
        let mut known = Self { secret: false, user_domain: false, scope: false };
        let here = keystone_root(&credential.auth_url);
        for subject in all(context) {
            let (LoginPlan::Ready(other), LoginState::Ok(_)) = (&subject.login.plan, subject.state) else {
                continue;
            };
            if keystone_root(&other.auth_url) == here {
                known.secret |= other.method == credential.method;
                known.scope |= other.scope == credential.scope && other.scope != Scope::None;
                let domain = domain(&credential.method);
                known.user_domain |= domain.is_some() && self::domain(&other.method) == domain;
            }
        }
        known
    }
}

fn domain(method: &Method) -> Option<&Ref> {
    match method {
        Method::Password { user, .. }
        | Method::Totp { user, .. }
        | Method::ApplicationCredentialName { user, .. } => match user {
            UserRef::Name { domain, .. } => domain.as_ref(),
            UserRef::Id(_) => None,
        },
        _ => None,
    }
}
