//! A small real cloud for tests and the demo: Keystone, its admin, the middleware
//! of receiving services in two versions, and glance.
//!
//! Everything listens on 127.0.0.1 and ends with the process that started it.
//! The prediction under test has no part in this: what is observed here is
//! what it is compared with.

pub(crate) mod admin;
mod environment;
pub(crate) mod judge;
mod keystone;
pub(crate) mod keystoneauth;
pub(crate) mod oslo;
pub(crate) mod paste;
mod process;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use admin::{Admin, ApiError, DEFAULT_DOMAIN, Login, Scope};
use environment::{Environment, EnvironmentError, Which};
use judge::Judge;
use keystone::Keystone;
use keystoneauth::Keystoneauth;
use process::{Process, ProcessError};

/// Why there is no cloud.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CloudError {
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("a directory to work in: {0}")]
    Directory(#[from] std::io::Error),
    #[error("a token that should have expired is still accepted after {} s", .0.as_secs())]
    NotExpired(Duration),
}

/// Keystone, its admin, and two judges.
///
/// Fields end in this order, and Keystone takes the directory with it.
#[derive(Debug)]
pub(crate) struct Cloud {
    /// keystonemiddleware 13, where `service_token_roles_required` is true
    /// when unset.
    pub(crate) judge: Judge,
    /// keystonemiddleware 12, where it is false.
    pub(crate) judge_before: Judge,
    pub(crate) admin: Admin,
    keystoneauth: Mutex<Option<Arc<Keystoneauth>>>,
    complete_keystoneauth: Mutex<Option<Arc<Keystoneauth>>>,
    directory: PathBuf,
    user: Mutex<Option<UserTokens>>,
    pub(crate) keystone: Keystone,
    environment: Environment,
}

/// What glance-api is started from.
#[derive(Debug)]
pub(crate) struct Glance {
    environment: Environment,
    directory: PathBuf,
}

impl Glance {
    /// The paste file that glance comes with.
    pub(crate) fn stock_paste(&self) -> PathBuf {
        self.environment.file("etc/glance/glance-api-paste.ini")
    }

    /// A glance-api with the `glance-api.conf` of a directory; its port. It ends
    /// with the value.
    pub(crate) fn start(&self, directory: &Path) -> Result<(Process, u16), CloudError> {
        let mut command = self.environment.script("glance_server.py", &self.directory);
        command.arg(directory);
        let log = self.directory.join(admin::unique("glance") + ".log");
        let mut process = Process::start("glance-api", command, &log)?;
        let port = keystone::ready_port(&mut process)?;
        Ok((process, port))
    }
}

/// The tokens of somebody who uses the cloud.
#[derive(Clone, Debug)]
pub(crate) struct UserTokens {
    pub(crate) valid: String,
    pub(crate) expired: String,
}

impl Cloud {
    /// Starts everything, which takes some seconds, and the first time installs
    /// it, which takes a minute.
    pub(crate) fn start() -> Result<Self, CloudError> {
        let (environment, before) = std::thread::scope(|scope| {
            let before = scope.spawn(|| Environment::ensure(Which::Before));
            (Environment::ensure(Which::Keystone), join(before))
        });
        let (environment, before) = (environment?, before?);
        // Keystone removes it, so that it goes even where no destructor runs.
        let directory = tempfile::Builder::new().prefix("nova-token-check-").tempdir()?.keep();
        std::thread::scope(|scope| {
            let judge = scope.spawn(|| Judge::start(&environment, "now", &directory));
            let judge_before = scope.spawn(|| Judge::start(&before, "before", &directory));
            let keystone = Keystone::start(&environment, &directory)?;
            Ok(Self {
                judge: join(judge)?,
                judge_before: join(judge_before)?,
                admin: Admin::login(&keystone.url(), keystone.admin_password())?,
                keystoneauth: Mutex::default(),
                complete_keystoneauth: Mutex::default(),
                directory: directory.clone(),
                user: Mutex::default(),
                keystone,
                environment: environment.clone(),
            })
        })
    }

    /// The real keystoneauth1, started on first use.
    pub(crate) fn keystoneauth(&self) -> Result<Arc<Keystoneauth>, CloudError> {
        let mut kept = self.keystoneauth.lock().unwrap_or_else(PoisonError::into_inner);
        let started = match kept.take() {
            Some(started) => started,
            None => Arc::new(Keystoneauth::start(&self.environment, &self.directory)?),
        };
        Ok(Arc::clone(kept.insert(started)))
    }

    /// A keystoneauth1 with the packages that its SAML and Kerberos plugins need,
    /// started on first use.
    pub(crate) fn complete_keystoneauth(&self) -> Result<Arc<Keystoneauth>, CloudError> {
        let mut kept = self.complete_keystoneauth.lock().unwrap_or_else(PoisonError::into_inner);
        let started = match kept.take() {
            Some(started) => started,
            None => Arc::new(Keystoneauth::start(&Environment::ensure(Which::Glance)?, &self.directory)?),
        };
        Ok(Arc::clone(kept.insert(started)))
    }

    /// The openstack command.
    pub(crate) fn openstack(&self) -> Result<PathBuf, CloudError> {
        Ok(Environment::ensure(Which::Openstack)?.file("bin/openstack"))
    }

    /// A keystoneauth1 in a process of its own.
    pub(crate) fn fresh_keystoneauth(&self) -> Result<Keystoneauth, CloudError> {
        Ok(Keystoneauth::start(&self.environment, &self.directory)?)
    }

    /// An application behind the real keystonemiddleware that has read this
    /// configuration; its port. It ends with the value.
    pub(crate) fn receiver(&self, configuration: &Path) -> Result<(Process, u16), CloudError> {
        let mut command = self.environment.script("receiver_server.py", &self.directory);
        command.arg(configuration);
        let log = self.directory.join(admin::unique("receiver") + ".log");
        let mut process = Process::start("a receiver", command, &log)?;
        let port = keystone::ready_port(&mut process)?;
        Ok((process, port))
    }

    /// The environment of glance, installed the first time.
    pub(crate) fn glance(&self) -> Result<Glance, CloudError> {
        Ok(Glance { environment: Environment::ensure(Which::Glance)?, directory: self.directory.clone() })
    }

    /// A valid token and an expired one, of a user with the role member. Made
    /// once; the first call waits for the second token to expire.
    pub(crate) fn user(&self) -> Result<UserTokens, CloudError> {
        let mut kept = self.user.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = match kept.take() {
            Some(tokens) => tokens,
            None => self.make_user()?,
        };
        Ok(kept.insert(tokens).clone())
    }

    fn make_user(&self) -> Result<UserTokens, CloudError> {
        let admin = &self.admin;
        let project = admin.create_project(&admin::unique("customer"), DEFAULT_DOMAIN)?;
        let name = admin::unique("somebody");
        let user = admin.create_user(&name, "somebody's", DEFAULT_DOMAIN, None)?;
        admin.grant(&user, &admin.role("member")?, Scope::Project(&project))?;
        let scope = Some(Scope::Project(&project));
        let login = Login { user: &user, password: "somebody's", scope };
        let valid = admin.token(login)?.secret;
        let expired = self.expired_token(login)?;
        Ok(UserTokens { valid, expired })
    }

    /// A user whose password expires after so many days.
    pub(crate) fn user_with_password_days(
        &self,
        name: &str,
        password: &str,
        days: u32,
    ) -> Result<String, CloudError> {
        let keystone = self.keystone.start_with_password_days(&self.environment, days)?;
        let admin = Admin::login(&keystone.url(), keystone.admin_password())?;
        Ok(admin.create_user(name, password, DEFAULT_DOMAIN, None)?)
    }

    /// A token that was good once; waits until Keystone no longer accepts it.
    pub(crate) fn expired_token(&self, login: Login<'_>) -> Result<String, CloudError> {
        let short_lived = self.keystone.start_short_lived(&self.environment)?;
        let token = admin::token(&short_lived.url(), login)?.secret;
        drop(short_lived);
        let begin = Instant::now();
        while self.admin.accepts(&token)? {
            if begin.elapsed() > Duration::from_secs(30) {
                return Err(CloudError::NotExpired(begin.elapsed()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(token)
    }
}

/// The one cloud of a test binary.
#[expect(clippy::panic, reason = "without a cloud no test can say anything")]
pub(crate) fn shared() -> &'static Cloud {
    static CLOUD: OnceLock<Cloud> = OnceLock::new();
    CLOUD.get_or_init(|| Cloud::start().unwrap_or_else(|error| panic!("no cloud: {error}")))
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause))
}
