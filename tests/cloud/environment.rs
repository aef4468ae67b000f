//! The Python environments that hold the real Keystone, keystonemiddleware and
//! glance.
//!
//! They are installed under the target directory on first use, from the pinned
//! lists beside this file, or taken ready-made from the directory that
//! `NOVA_TOKEN_CHECK_CLOUD` names. Nothing here knows what runs in them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Names a directory with ready environments: `keystone/`, `before/`, `glance/` and,
/// for measurements, `openstack/`.
pub(crate) const READY_ENVIRONMENTS: &str = "NOVA_TOKEN_CHECK_CLOUD";

/// What the newest package of the lists asks for.
const OLDEST_PYTHON: (u32, u32) = (3, 11);

/// `python3` is what a person expects to be used; the others help where it is
/// too old.
const PYTHONS: [&str; 5] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];

/// Prints the version and whether pip can be put into a new environment.
const PROBE: &str = "import importlib.util as u, sys; \
    print(*sys.version_info[:3], u.find_spec('venv') and u.find_spec('ensurepip') and 1 or 0)";

/// Which of the environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Keystone itself, and keystonemiddleware 13.
    Keystone,
    /// keystonemiddleware 12, from before the default changed.
    Before,
    /// A glance-api, and what keystoneauth1's SAML and Kerberos plugins need.
    Glance,
    /// The openstack command, for measurements alone.
    Openstack,
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Self::Keystone => "keystone",
            Self::Before => "before",
            Self::Glance => "glance",
            Self::Openstack => "openstack",
        }
    }

    fn requirements(self) -> &'static str {
        match self {
            Self::Keystone => include_str!("requirements-keystone.txt"),
            Self::Before => include_str!("requirements-before.txt"),
            Self::Glance => include_str!("requirements-glance.txt"),
            Self::Openstack => include_str!("requirements-openstack.txt"),
        }
    }

    fn announcement(self) -> &'static str {
        match self {
            Self::Keystone => "Keystone",
            Self::Before => "keystonemiddleware 12",
            Self::Glance => "glance",
            Self::Openstack => "the openstack command",
        }
    }
}

/// Why there is no environment, and what would help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvironmentError {
    #[error(
        "no Python was found ({}): install Python {}.{} or newer, or let {READY_ENVIRONMENTS} name \
         a directory with ready environments",
        PYTHONS.join(", "), OLDEST_PYTHON.0, OLDEST_PYTHON.1
    )]
    NoPython,
    #[error(
        "Python {found} is too old for Keystone: install Python {}.{} or newer beside it, or let \
         {READY_ENVIRONMENTS} name a directory with ready environments",
        OLDEST_PYTHON.0, OLDEST_PYTHON.1
    )]
    OldPython { found: String },
    #[error(
        "{python} cannot make virtual environments: install its venv module (on Debian and \
         Ubuntu: apt install python3-venv)"
    )]
    NoVenv { python: String },
    #[error("{READY_ENVIRONMENTS} names {}, but there is no {}", root.display(), python.display())]
    NotReady { root: PathBuf, python: PathBuf },
    #[error(
        "{what} failed. A package registry must be reachable (pip's own settings, such as \
         PIP_INDEX_URL, are respected), or {READY_ENVIRONMENTS} must name a directory with ready \
         environments. The last lines were:\n{lines}"
    )]
    Install { what: String, lines: String },
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
}

/// An environment that is complete.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    root: PathBuf,
}

impl Environment {
    /// The ready environment, installed first if it is not there.
    pub(crate) fn ensure(which: Which) -> Result<Self, EnvironmentError> {
        if let Some(root) = std::env::var_os(READY_ENVIRONMENTS) {
            let root = PathBuf::from(root);
            let environment = Self { root: root.join(which.name()) };
            let python = environment.executable();
            return if python.exists() {
                Ok(environment)
            } else {
                Err(EnvironmentError::NotReady { root, python })
            };
        }
        let python = Python::find()?;
        let identity = fingerprint(&[which.requirements(), &python.version]);
        let root = target_directory().join("cloud").join(format!("{}-{identity:016x}", which.name()));
        install(which, &python, &root)?;
        Ok(Self { root })
    }

    /// Runs one of the scripts beside this file, knowing nothing of the
    /// caller's environment: neither its `OS_*` variables nor its proxies.
    /// `home` is where configuration of a user would be looked for.
    pub(crate) fn script(&self, name: &str, home: &Path) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud").join(name);
        let mut command = Command::new(self.executable());
        command.arg("-I").arg(script);
        command.env_clear().env("LC_ALL", "C.UTF-8").env("HOME", home).env("TMPDIR", home);
        command.current_dir(home);
        command
    }

    /// A file that a package brought.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn executable(&self) -> PathBuf {
        self.root.join("bin/python")
    }
}

/// A Python that is new enough and can make environments.
struct Python {
    command: &'static str,
    version: String,
}

impl Python {
    fn find() -> Result<Self, EnvironmentError> {
        let mut failure = EnvironmentError::NoPython;
        for command in PYTHONS {
            match Self::probe(command) {
                Some(Ok(python)) => return Ok(python),
                // What is wrong with the first is what a person wants to hear.
                Some(Err(error)) if matches!(failure, EnvironmentError::NoPython) => {
                    failure = error;
                }
                Some(Err(_)) | None => {}
            }
        }
        Err(failure)
    }

    /// Nothing, when the command is missing or is but a stub that fails.
    fn probe(command: &'static str) -> Option<Result<Self, EnvironmentError>> {
        let output = Command::new(command).args(["-c", PROBE]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let mut numbers = text.split_whitespace().map(|part| part.parse::<u32>().ok());
        let mut number = || numbers.next().flatten();
        let (major, minor, patch, venv) = (number()?, number()?, number()?, number()?);
        let version = format!("{major}.{minor}.{patch}");
        Some(if (major, minor) < OLDEST_PYTHON {
            Err(EnvironmentError::OldPython { found: version })
        } else if venv == 0 {
            Err(EnvironmentError::NoVenv { python: command.to_owned() })
        } else {
            Ok(Self { command, version })
        })
    }
}

/// Installs in place and marks the end, so that an interrupted installation is
/// begun anew; a lock lets a second process wait for the first, and for what
/// the first left running.
fn install(which: Which, python: &Python, root: &Path) -> Result<(), EnvironmentError> {
    let complete = root.join("complete");
    if complete.exists() {
        return Ok(());
    }
    let io = |what: &str| {
        let what = format!("{what} {}", root.display());
        move |source| EnvironmentError::Io { what, source }
    };
    fs::create_dir_all(root.with_file_name("")).map_err(io("making the parent of"))?;
    let lock = File::create(root.with_extension("lock")).map_err(io("making the lock of"))?;
    lock.lock().map_err(io("locking"))?;
    if complete.exists() {
        return Ok(());
    }
    announce(which, root);
    if root.exists() {
        fs::remove_dir_all(root).map_err(io("removing the unfinished"))?;
    }
    let mut venv = Command::new(python.command);
    venv.args(["-m", "venv"]).arg(root);
    run("making a virtual environment", &mut venv, &lock)?;
    let list = root.join("requirements.txt");
    fs::write(&list, which.requirements()).map_err(io("writing the list into"))?;
    // The lists are complete, so pip has nothing to resolve.
    let mut pip = Command::new(root.join("bin/python"));
    pip.args(["-m", "pip", "install", "--no-deps", "--prefer-binary", "--no-input"]);
    pip.args(["--disable-pip-version-check", "--progress-bar=off", "-r"]).arg(list);
    run("installing packages with pip", &mut pip, &lock)?;
    File::create(&complete).map_err(io("marking"))?;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a minute without a word looks like a hang")]
fn announce(which: Which, root: &Path) {
    let (what, root) = (which.announcement(), root.display());
    eprintln!("installing {what} into {root} (first run only, about a minute)");
}

/// The command holds the lock as its standard input: should this process be
/// killed, nobody else touches the environment before the command has ended.
fn run(what: &str, command: &mut Command, lock: &File) -> Result<(), EnvironmentError> {
    let held = lock.try_clone();
    let output = held.and_then(|held| command.stdin(held).output());
    let output = output.map_err(|source| EnvironmentError::Io {
        what: format!("{what}: {}", command.get_program().display()),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(EnvironmentError::Install { what: what.to_owned(), lines: last_lines(&output) })
}

fn last_lines(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

fn target_directory() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => {
            let directory = PathBuf::from(directory);
            std::path::absolute(&directory).unwrap_or(directory)
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("target"),
    }
}

/// FNV-1a: stable over releases of Rust, which std's hasher need not be.
fn fingerprint(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
