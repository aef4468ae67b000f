//! The users and roles that the cases speak of.
//!
//! Names are fixed, since one test makes them once in a Keystone of its own.

use serde_json::json;

use crate::cloud::Cloud;
use crate::cloud::admin::{ApiError, DEFAULT_DOMAIN, Login, Scope};

/// Everybody's, save where a case is about the password.
const PASSWORD: &str = "a password";

/// What stands for itself in the files of the cases, such as `@URL@`.
pub(super) struct World {
    values: Vec<(&'static str, String)>,
}

impl World {
    /// The text with each placeholder replaced by what it stands for.
    pub(super) fn fill(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    pub(super) fn make(cloud: &Cloud) -> Result<Self, ApiError> {
        let mut maker = Maker::new(cloud)?;
        maker.receivers()?;
        maker.senders()?;
        maker.regions()?;
        let receiver = maker.with_roles("receiver-credential", &["service"])?;
        let fewer = maker.with_roles("fewer", &["member", "service"])?;
        let credentials = [("R", &receiver, "service"), ("S", &fewer, "service"), ("F", &fewer, "member")];
        let mut values = vec![
            ("@RECEIVER@", RECEIVER_LOGIN.to_owned()),
            ("@SENDER@", SENDER_LOGIN.to_owned()),
            ("@URL@", cloud.keystone.url()),
            ("@PASSWORD@", PASSWORD.to_owned()),
            ("@PROJECT_ID@", maker.project.clone()),
            ("@USER_ID@", receiver.clone()),
            ("@ROLE_ID@", cloud.admin.role("service")?),
        ];
        for (letter, user, role) in credentials {
            let login = Login { user, password: PASSWORD, scope: Some(Scope::Project(&maker.project)) };
            let name = format!("credential-{letter}");
            let made = cloud.admin.create_application_credential(login, &name, &[role], &json!({}))?;
            let (id, secret) = match letter {
                "R" => ("@R_ID@", "@R_SECRET@"),
                "S" => ("@S_ID@", "@S_SECRET@"),
                _ => ("@F_ID@", "@F_SECRET@"),
            };
            values.extend([(id, made.id), (secret, made.secret)]);
        }
        Ok(Self { values })
    }
}

/// A receiver that works.
const RECEIVER_LOGIN: &str = "\
auth_type = password
auth_url = @URL@
username = receiver
password = @PASSWORD@
user_domain_name = Default
project_name = truth
project_domain_name = Default
";

/// All of a sender's login but its username.
const SENDER_LOGIN: &str = "\
send_service_user_token = true
auth_type = password
auth_url = @URL@
password = @PASSWORD@
user_domain_name = Default
";

struct Maker<'c> {
    cloud: &'c Cloud,
    /// The id of the project that most have their roles on.
    project: String,
}

impl<'c> Maker<'c> {
    fn new(cloud: &'c Cloud) -> Result<Self, ApiError> {
        let project = cloud.admin.create_project("truth", DEFAULT_DOMAIN)?;
        Ok(Self { cloud, project })
    }

    fn receivers(&mut self) -> Result<(), ApiError> {
        let admin = &self.cloud.admin;
        for (name, role) in [("receiver", "service"), ("receiver-admin", "admin")] {
            self.with_roles(name, &[role])?;
        }
        for role in ["member", "manager", "reader"] {
            self.with_roles(&format!("receiver-{role}"), &[role])?;
        }
        for name in
            ["receiver-mistyped", "receiver-commented", "receiver-lost", "receiver-id", "receiver-many"]
        {
            self.with_roles(name, &["service"])?;
        }
        self.with_password("receiver-dollar", "pa$word")?;
        self.with_password("receiver-quoted", "it's \"quoted\" # here")?;
        let system = self.user("receiver-system", None)?;
        admin.grant(&system, &admin.role("reader")?, Scope::System)?;
        let domain = self.user("receiver-domain", None)?;
        admin.grant(&domain, &admin.role("service")?, Scope::Domain(DEFAULT_DOMAIN))?;
        let default = self.user("receiver-default", Some(&self.project))?;
        admin.grant(&default, &admin.role("service")?, Scope::Project(&self.project))
    }

    fn senders(&mut self) -> Result<(), ApiError> {
        let admin = &self.cloud.admin;
        let service = admin.role("service")?;
        let roles =
            ["backend-svc", "internal", "nova services", "ünï", "de\u{301}co", "pa$role", "cash$", "truth"];
        for role in roles {
            admin.create_role(role)?;
        }
        self.with_roles("nova", &["service"])?;
        for name in ["member", "internal", "ünï", "de\u{301}co", "nova services", "pa$role", "cash$", "truth"]
        {
            self.with_roles(&format!("nova-{name}"), &[name])?;
        }
        self.with_roles("nova-several", &["member", "backend-svc"])?;
        for name in ["nova-mistyped", "nova-lost"] {
            self.with_roles(name, &["service"])?;
        }
        let prior = admin.create_role("prior")?;
        admin.imply(&prior, &service)?;
        self.with_roles("nova-implied", &["prior"])?;

        let grouped = self.user("nova-grouped", None)?;
        let group = admin.create_group("truth", DEFAULT_DOMAIN)?;
        admin.add_to_group(&grouped, &group)?;
        admin.grant_group(&group, &service, Scope::Project(&self.project))?;

        let inherited = self.user("nova-inherited", None)?;
        admin.grant_inherited(&inherited, &service, Scope::Domain(DEFAULT_DOMAIN))?;

        let hidden = admin.create_domain_role("hidden", DEFAULT_DOMAIN)?;
        let shown = admin.create_role("shown")?;
        admin.imply(&hidden, &shown)?;
        let in_domain = self.user("nova-hidden", None)?;
        admin.grant(&in_domain, &hidden, Scope::Project(&self.project))?;

        let domain = self.user("nova-domain", None)?;
        admin.grant(&domain, &service, Scope::Domain(DEFAULT_DOMAIN))?;
        let system = self.user("nova-system", None)?;
        admin.grant(&system, &service, Scope::System)?;
        let default = self.user("nova-default", Some(&self.project))?;
        admin.grant(&default, &service, Scope::Project(&self.project))
    }

    /// Regions that have but one interface of Keystone.
    fn regions(&self) -> Result<(), ApiError> {
        let admin = &self.cloud.admin;
        let keystone = admin.create_service("identity", "keystone elsewhere")?;
        for (region, interface) in [("PublicOnly", "public"), ("truth", "internal")] {
            admin.create_region(region)?;
            admin.create_endpoint(&keystone, interface, &self.cloud.keystone.url(), region)?;
        }
        Ok(())
    }

    fn user(&self, name: &str, default_project: Option<&str>) -> Result<String, ApiError> {
        self.cloud.admin.create_user(name, PASSWORD, DEFAULT_DOMAIN, default_project)
    }

    /// A user with these roles on the project.
    fn with_roles(&self, name: &str, roles: &[&str]) -> Result<String, ApiError> {
        let user = self.user(name, None)?;
        for role in roles {
            let role = self.cloud.admin.role(role)?;
            self.cloud.admin.grant(&user, &role, Scope::Project(&self.project))?;
        }
        Ok(user)
    }

    /// A receiver with a password of its own.
    fn with_password(&self, name: &str, password: &str) -> Result<(), ApiError> {
        let admin = &self.cloud.admin;
        let user = admin.create_user(name, password, DEFAULT_DOMAIN, None)?;
        admin.grant(&user, &admin.role("service")?, Scope::Project(&self.project))
    }
}
