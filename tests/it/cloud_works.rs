//! The test cloud itself: without these, agreement with it would prove little.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::cloud::admin::{self, DEFAULT_DOMAIN, Login, Scope};
use crate::cloud::judge::{Case, Source, Status, Tokens, Verdict};
use crate::cloud::{Cloud, shared};

const PASSWORD: &str = "a password";

/// A service user with one role on a project of its own.
struct ServiceUser {
    id: String,
    name: String,
    project: String,
}

impl ServiceUser {
    fn new(name: &str, role: &str) -> Self {
        let admin = &shared().admin;
        let name = admin::unique(name);
        let project = admin.create_project(&name, DEFAULT_DOMAIN).unwrap();
        let id = admin.create_user(&name, PASSWORD, DEFAULT_DOMAIN, None).unwrap();
        let role = admin.role(role).unwrap();
        admin.grant(&id, &role, Scope::Project(&project)).unwrap();
        Self { id, name, project }
    }

    fn login(&self) -> Login<'_> {
        let scope = Some(Scope::Project(&self.project));
        Login { user: &self.id, password: PASSWORD, scope }
    }

    fn token(&self) -> String {
        shared().admin.token(self.login()).unwrap().secret
    }
}

/// A receiver whose [keystone_authtoken] has these credentials and lines.
struct Receiver {
    directory: TempDir,
    case: Case,
}

impl Receiver {
    fn new(user: &ServiceUser, service_token: &str, lines: &str) -> Self {
        let cloud: &Cloud = shared();
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("cinder.conf");
        let text = format!(
            "[keystone_authtoken]\nauth_type = password\nauth_url = {}\nusername = {}\n\
             password = {PASSWORD}\nuser_domain_name = Default\nproject_name = {}\n\
             project_domain_name = Default\n{lines}\n",
            cloud.keystone.url(),
            user.name,
            user.name,
        );
        fs::write(&file, text).unwrap();
        let user = cloud.user().unwrap();
        let tokens =
            Tokens { user: user.valid, expired_user: user.expired, service: Some(service_token.to_owned()) };
        let case = Case {
            id: "a receiver".to_owned(),
            service: "cinder".to_owned(),
            sources: vec![Source::File(file)],
            paste: BTreeMap::new(),
            env: BTreeMap::new(),
            tokens,
        };
        Self { directory, case }
    }

    fn verdicts(&self) -> (Verdict, Verdict) {
        let now = shared().judge.ask(&self.case).unwrap();
        let before = shared().judge_before.ask(&self.case).unwrap();
        (now.verdict(), before.verdict())
    }
}

#[test]
fn grants_show_in_tokens() {
    let admin = &shared().admin;
    let domain = admin.create_domain(&admin::unique("domain")).unwrap();
    let project = admin.create_project("project", &domain).unwrap();
    let user = admin.create_user("user", PASSWORD, &domain, Some(&project)).unwrap();
    let group = admin.create_group("group", &domain).unwrap();
    admin.add_to_group(&user, &group).unwrap();
    let names = ["direct", "implied", "by-group", "inherited", "on-domain", "on-system"];
    let names = names.map(admin::unique);
    let [direct, implied, by_group, inherited, on_domain, on_system] =
        names.clone().map(|name| admin.create_role(&name).unwrap());
    let hidden = admin.create_domain_role("hidden", &domain).unwrap();
    admin.grant(&user, &direct, Scope::Project(&project)).unwrap();
    admin.grant(&user, &hidden, Scope::Project(&project)).unwrap();
    admin.imply(&hidden, &implied).unwrap();
    admin.grant_group(&group, &by_group, Scope::Project(&project)).unwrap();
    admin.grant_inherited(&user, &inherited, Scope::Domain(&domain)).unwrap();
    admin.grant(&user, &on_domain, Scope::Domain(&domain)).unwrap();
    admin.grant(&user, &on_system, Scope::System).unwrap();

    let roles = |scope| {
        let mut roles = admin.token(Login { user: &user, password: PASSWORD, scope }).unwrap().roles;
        roles.sort();
        roles
    };
    let mut on_project = names[..4].to_vec();
    on_project.sort();
    assert_eq!(roles(Some(Scope::Project(&project))), on_project);
    assert_eq!(roles(None), on_project);
    assert_eq!(roles(Some(Scope::Domain(&domain))), names[4..5]);
    assert_eq!(roles(Some(Scope::System)), names[5..]);

    admin.disable_user(&user).unwrap();
    let login = Login { user: &user, password: PASSWORD, scope: None };
    let refused = admin.token(login).unwrap_err().to_string();
    assert!(refused.contains("401"), "{refused}");
}

#[test]
fn an_application_credential_has_its_own_roles() {
    let admin = &shared().admin;
    let user = ServiceUser::new("application", "member");
    let service = admin.role("service").unwrap();
    admin.grant(&user.id, &service, Scope::Project(&user.project)).unwrap();
    let more = json!({"expires_at": "2999-01-01T00:00:00"});
    let credential =
        admin.create_application_credential(user.login(), "credential", &["service"], &more).unwrap();
    let token = admin.application_credential_token(&credential).unwrap();
    assert_eq!(token.roles, ["service"]);
}

#[test]
fn the_catalogue_can_be_extended() {
    let cloud = shared();
    let region = cloud.admin.create_region(&admin::unique("region")).unwrap();
    let service = cloud.admin.create_service("volumev3", "cinder").unwrap();
    let url = format!("http://127.0.0.1:{}/volume", cloud.keystone.port());
    cloud.admin.create_endpoint(&service, "public", &url, &region).unwrap();
}

#[test]
fn the_default_differs_between_the_judges() {
    let cloud = shared();
    assert_eq!(cloud.judge.middleware(), "13.0.1");
    assert_eq!(cloud.judge_before.middleware(), "12.0.0");
    let receiver = ServiceUser::new("cinder", "service");
    let token = ServiceUser::new("nova", "member").token();
    let unset = Receiver::new(&receiver, &token, "");
    assert_eq!(unset.verdicts(), (Verdict::Rejected, Verdict::Ignored));
    let required = Receiver::new(&receiver, &token, "service_token_roles_required = true");
    assert_eq!(required.verdicts(), (Verdict::Rejected, Verdict::Rejected));
    let not_required = Receiver::new(&receiver, &token, "service_token_roles_required = false");
    assert_eq!(not_required.verdicts(), (Verdict::Ignored, Verdict::Ignored));
}

#[test]
fn the_role_service_is_trusted_and_lets_an_expired_token_pass() {
    let cloud = shared();
    let token = ServiceUser::new("nova", "service").token();
    let receiver = Receiver::new(&ServiceUser::new("cinder", "service"), &token, "");
    assert_eq!(receiver.verdicts(), (Verdict::Trusted, Verdict::Trusted));

    let user = cloud.user().unwrap();
    assert!(cloud.admin.accepts(&user.valid).unwrap());
    assert!(!cloud.admin.accepts(&user.expired).unwrap());
    let answer = cloud.judge.ask(&receiver.case).unwrap();
    assert_eq!(answer.middleware, "13.0.1");
    assert_eq!(answer.b.user, Some(Status::Confirmed), "{answer:#?}");
    assert!(answer.b.service_roles.contains(&"service".to_owned()), "{answer:#?}");

    let mut alone = receiver.case.clone();
    alone.tokens.service = None;
    let answer = cloud.judge.ask(&alone).unwrap();
    assert_eq!((answer.b.http, answer.b.user), (Some(401), None), "{answer:#?}");
    assert_eq!(answer.verdict(), Verdict::Ignored);
}

#[test]
fn a_receiver_that_may_not_validate_is_broken() {
    let token = ServiceUser::new("nova", "service").token();
    let receiver = Receiver::new(&ServiceUser::new("cinder", "member"), &token, "");
    assert_eq!(receiver.verdicts(), (Verdict::Broken, Verdict::Broken));
    let answer = shared().judge.ask(&receiver.case).unwrap();
    assert_eq!((answer.c.http, &answer.c.error), (Some(503), &None), "{answer:#?}");
}

#[test]
fn a_receiver_that_does_not_start_is_broken() {
    let user = ServiceUser::new("cinder", "service");
    let receiver = Receiver::new(&user, &user.token(), "service_token_roles_required = maybe");
    assert_eq!(receiver.verdicts(), (Verdict::Broken, Verdict::Broken));
    let error = shared().judge.ask(&receiver.case).unwrap().start_error.unwrap();
    assert!(error.starts_with("ConfigFileValueError"), "{error}");
}

#[test]
fn an_exception_is_the_requests_error() {
    let user = ServiceUser::new("cinder", "service");
    let receiver = Receiver::new(&user, &user.token(), "region_name = Elsewhere");
    let answer = shared().judge.ask(&receiver.case).unwrap();
    let error = answer.c.error.clone().unwrap();
    assert!(error.starts_with("EndpointNotFound"), "{error}");
    assert_eq!(answer.verdict(), Verdict::Broken);
}

#[test]
fn a_delayed_decision_is_told_in_the_headers() {
    let token = ServiceUser::new("nova", "member").token();
    let mut receiver = Receiver::new(&ServiceUser::new("glance", "service"), &token, "");
    receiver.case.service = "glance".to_owned();
    receiver.case.paste = [("delay_auth_decision".to_owned(), "true".to_owned())].into();
    let answer = shared().judge.ask(&receiver.case).unwrap();
    let told = (answer.a.http, answer.a.user, answer.a.service);
    assert_eq!(told, (Some(200), Some(Status::Confirmed), Some(Status::Invalid)), "{answer:#?}");
    assert_eq!((answer.b.http, answer.b.user), (Some(200), Some(Status::Invalid)), "{answer:#?}");
    assert_eq!(answer.verdict(), Verdict::Ignored);
}

#[test]
fn environment_and_directories_count_for_their_case_only() {
    let token = ServiceUser::new("nova", "member").token();
    let mut receiver = Receiver::new(&ServiceUser::new("cinder", "service"), &token, "");
    let rejected = (Verdict::Rejected, Verdict::Ignored);
    assert_eq!(receiver.verdicts(), rejected);

    let before = receiver.case.clone();
    let name = "OS_KEYSTONE_AUTHTOKEN__SERVICE_TOKEN_ROLES".to_owned();
    receiver.case.env = [(name, "member".to_owned())].into();
    assert_eq!(receiver.verdicts(), (Verdict::Trusted, Verdict::Trusted));
    receiver.case = before;
    assert_eq!(receiver.verdicts(), rejected);

    let snippets = receiver.directory.path().join("cinder.conf.d");
    fs::create_dir(&snippets).unwrap();
    let text = "[keystone_authtoken]\nservice_token_roles = member\n";
    fs::write(snippets.join("roles.conf"), text).unwrap();
    receiver.case.sources.push(Source::Dir(snippets));
    assert_eq!(receiver.verdicts(), (Verdict::Trusted, Verdict::Trusted));
}
