//! The verdicts that `--upgrade-to` says will change, against what changes when
//! the same files are read by the old and by the new keystonemiddleware.
//!
//! The files are those of the demo and of each way of deployment, clean and
//! broken. Their logins are made to work at the test's own Keystone, once with a
//! sender whose role is accepted and once with one whose is not; whatever else
//! they say stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nova_token_check::deployment::{Process, Source as Found, Target, Variables, resolve};
use serde_json::{Value, json};

use super::cases::Word;
use crate::binary::{Binary, Report};
use crate::cloud::admin::{DEFAULT_DOMAIN, Login, Scope};
use crate::cloud::judge::{self, Judge, Source, Tokens, Verdict};
use crate::cloud::{Cloud, UserTokens, shared};

const PASSWORD: &str = "of the upgrade";
const TARGET: &str = "2026.2";

/// Where an upgrade begins. The older judge is keystonemiddleware 12.0.0, which
/// decides as 10.9.1 of 2025.1 does.
const FROM: [&str; 2] = ["2025.1", "2026.1"];

/// Deployments whose sender gets the accepted role too.
const SERVICE_TOO: [&str; 4] = ["demo", "juju-charms-clean", "packages-clean", "rhoso-clean"];

#[test]
fn predicted_changes_are_those_of_the_real_middleware() {
    let cloud = shared();
    let world = World::make(cloud);
    let user = cloud.user().unwrap();
    let root = cloud.keystone.directory().join("upgrade");
    let mut told = Told::default();
    for (name, processes) in deployments() {
        // With the accepted role the ways of deployment do not differ.
        let roles: &[&str] =
            if SERVICE_TOO.contains(&name.as_str()) { &["member", "service"] } else { &["member"] };
        for &role in roles {
            let folder = root.join(format!("{name}-{role}"));
            let written = Written::new(&processes, &folder, &world, role);
            let observed = Observed::of(cloud, &user, &written);
            for from in FROM {
                written.compare(&format!("{name}, {role}, from {from}"), from, &observed, &mut told);
            }
        }
    }
    assert!(told.wrong.is_empty(), "{} of them:\n{}", told.wrong.len(), told.wrong.join("\n"));
    // A comparison of nothing would be no proof.
    println!("{} pairs, {} of them change", told.pairs, told.changed);
    assert!(told.pairs > 100, "only {} pairs", told.pairs);
    assert!(told.changed > 20, "only {} of {} pairs change", told.changed, told.pairs);
}

/// What came of all comparisons.
#[derive(Default)]
struct Told {
    pairs: usize,
    changed: usize,
    wrong: Vec<String>,
}

/// The services of the demo and of each fixture.
fn deployments() -> Vec<(String, Vec<Process>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut trees = vec![("demo".to_owned(), root.join("upgrade/demo/tree"))];
    let mut methods: Vec<PathBuf> =
        fs::read_dir(root.join("realworld")).unwrap().map(|entry| entry.unwrap().path()).collect();
    methods.sort();
    for method in methods {
        for case in ["clean", "broken"] {
            let name = format!("{}-{case}", method.file_name().unwrap().to_str().unwrap());
            trees.push((name, method.join(case).join("tree")));
        }
    }
    let found = |tree: PathBuf| {
        let target = Target::Directory(tree.display().to_string());
        let mut processes = resolve(&[target], &Variables::default()).unwrap().processes;
        // RadosGW is judged by nobody.
        processes.retain(|process| !process.sources.iter().any(|source| matches!(source, Found::Ceph(_))));
        processes
    };
    trees.into_iter().map(|(name, tree)| (name, found(tree))).collect()
}

/// The users that the files' logins become.
struct World {
    url: String,
    /// Application credentials by the role they carry.
    credentials: Vec<(&'static str, String, String)>,
}

impl World {
    fn make(cloud: &Cloud) -> Self {
        let admin = &cloud.admin;
        let project = admin.create_project("upgrade", DEFAULT_DOMAIN).unwrap();
        let credentials = ["service", "member"].map(|role| {
            let name = format!("upgrade-{role}");
            let user = admin.create_user(&name, PASSWORD, DEFAULT_DOMAIN, None).unwrap();
            admin.grant(&user, &admin.role(role).unwrap(), Scope::Project(&project)).unwrap();
            let login = Login { user: &user, password: PASSWORD, scope: Some(Scope::Project(&project)) };
            let made = admin.create_application_credential(login, &name, &[role], &json!({})).unwrap();
            (role, made.id, made.secret)
        });
        Self { url: cloud.keystone.url(), credentials: credentials.to_vec() }
    }

    /// The text with logins that work: the sender's carries `role`.
    fn fill(&self, text: &str, role: &str) -> String {
        let mut section = String::new();
        let lines = text.lines().map(|line| {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']').to_lowercase();
            }
            let role = if section.ends_with("service_user") { role } else { "service" };
            self.line(line, role)
        });
        lines.map(|line| line + "\n").collect()
    }

    /// A line with another value, if it is one of a login.
    fn line(&self, line: &str, role: &str) -> String {
        let Some((key, value)) = line.split_once('=') else { return line.to_owned() };
        let (_, id, secret) = self.credentials.iter().find(|(known, ..)| *known == role).unwrap();
        let user = format!("upgrade-{}", if value.trim() == "powerless" { "member" } else { role });
        let value = match key.trim() {
            "auth_url" | "www_authenticate_uri" | "auth_uri" => &self.url,
            "username" => &user,
            "password" => PASSWORD,
            "user_domain_name" | "project_domain_name" => "Default",
            "user_domain_id" | "project_domain_id" => DEFAULT_DOMAIN,
            "project_name" => "upgrade",
            "region_name" => "RegionOne",
            "application_credential_id" => id,
            "application_credential_secret" => secret,
            // There is none to be asked.
            name if name.starts_with("memcache") => return format!("# {name}"),
            _ => return line.to_owned(),
        };
        format!("{key}= {value}")
    }
}

/// A deployment's services, written down.
struct Written {
    services: Vec<Service>,
}

struct Service {
    name: String,
    sources: Vec<Source>,
    /// What its paste filter hands over.
    paste: BTreeMap<String, String>,
    /// As a TARGET.
    target: String,
}

impl Written {
    fn new(processes: &[Process], folder: &Path, world: &World, role: &str) -> Self {
        let services = processes.iter().enumerate();
        let services = services
            .map(|(number, process)| Service::new(process, &folder.join(number.to_string()), world, role));
        Self { services: services.collect() }
    }

    fn report(&self, from: &str) -> Report {
        let targets = self.services.iter().map(|service| &service.target);
        let options = ["--release", from, "--upgrade-to", TARGET, "--timeout", "120"];
        Binary::new().args(options).args(targets).report().1
    }

    /// Compares what is said of each pair that is used with what was seen.
    fn compare(&self, name: &str, from: &str, observed: &Observed, told: &mut Told) {
        let report = self.report(from);
        let ids: Vec<&str> =
            report.0["services"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), self.services.len());
        for (&(sender, receiver), words) in &observed.pairs {
            let Some(row) = report.row(ids[sender], ids[receiver]) else { continue };
            if row["used"] != true {
                continue;
            }
            let before = row["verdict"].as_str().unwrap();
            let after = changed(&report.0, ids[sender], ids[receiver]).unwrap_or(before);
            told.pairs += 1;
            told.changed += usize::from(words[0] != words[1]);
            let seen = words.map(Word::name);
            if [before, after] != seen {
                let (sender, receiver) = (ids[sender], ids[receiver]);
                let why = row["reason"].as_str().unwrap();
                told.wrong.push(format!(
                    "{name}: {sender} at {receiver}: said {before} to {after} ({why}), seen {} to {}",
                    seen[0], seen[1]
                ));
            }
        }
    }
}

/// The verdict of a pair after the upgrade, if it is among those that change.
fn changed<'r>(report: &'r Value, sender: &str, receiver: &str) -> Option<&'r str> {
    let holds = |list: &Value, id: &str| list.as_array().unwrap().iter().any(|known| known == id);
    let changes = report["upgrade"]["trust"].as_array().unwrap();
    let change = changes.iter().find(|change| {
        change["section"] == "service_user"
            && holds(&change["senders"], sender)
            && holds(&change["receivers"], receiver)
    })?;
    change["after"].as_str()
}

impl Service {
    fn new(process: &Process, folder: &Path, world: &World, role: &str) -> Self {
        let (mut sources, mut paths, mut paste) = (Vec::new(), Vec::new(), BTreeMap::new());
        if process.name == "glance" {
            paste.insert("delay_auth_decision".to_owned(), "true".to_owned());
        }
        for (number, source) in process.sources.iter().enumerate() {
            let folder = folder.join(number.to_string());
            fs::create_dir_all(&folder).unwrap();
            let name = source.label().rsplit('/').next().unwrap();
            let path = folder.join(name);
            let write = |path: &Path, text: &str| fs::write(path, world.fill(text, role)).unwrap();
            match source {
                Found::Paste(from) => {
                    let text = fs::read_to_string(from).unwrap();
                    paste = filter(&text);
                    write(&path, &text);
                }
                Found::Text(text) if text.paste => {
                    let text = String::from_utf8(text.bytes.to_vec()).unwrap();
                    paste = filter(&text);
                    write(&path, &text);
                }
                Found::Text(text) => {
                    write(&path, std::str::from_utf8(&text.bytes).unwrap());
                    sources.push(Source::File(path.clone()));
                }
                Found::File(from) => {
                    write(&path, &fs::read_to_string(from).unwrap());
                    sources.push(Source::File(path.clone()));
                }
                Found::Directory(from) => {
                    fs::create_dir_all(&path).unwrap();
                    for entry in fs::read_dir(from).unwrap() {
                        let entry = entry.unwrap();
                        write(&path.join(entry.file_name()), &fs::read_to_string(entry.path()).unwrap());
                    }
                    sources.push(Source::Dir(path.clone()));
                }
                Found::Ceph(_) => unreachable!("RadosGW is left out"),
                Found::Stdin => unreachable!("no fixture is read from standard input"),
            }
            paths.push(path.display().to_string());
        }
        Self {
            name: process.name.clone(),
            sources,
            paste,
            target: format!("{}={}", process.name, paths.join(",")),
        }
    }
}

impl Service {
    /// Everything that decides over what it does as a receiver.
    fn content(&self) -> String {
        let mut text = format!("{} {:?}", self.name, self.paste);
        for source in &self.sources {
            match source {
                Source::File(path) => text.push_str(&fs::read_to_string(path).unwrap()),
                Source::Dir(path) => {
                    let mut files: Vec<PathBuf> =
                        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
                    files.sort();
                    files.iter().for_each(|file| text.push_str(&fs::read_to_string(file).unwrap()));
                }
            }
        }
        text
    }
}

/// Whether one uses its service token at the other.
fn calls(sender: &str, receiver: &str) -> bool {
    match sender {
        "nova" => ["cinder", "glance", "neutron", "cyborg"].contains(&receiver),
        _ => ["nova", "glance"].contains(&receiver),
    }
}

/// The options in the filter of keystonemiddleware.
fn filter(paste: &str) -> BTreeMap<String, String> {
    let mut within = false;
    let mut options = BTreeMap::new();
    for line in paste.lines() {
        if line.starts_with('[') {
            within = line.starts_with("[filter:authtoken]");
        } else if within
            && let Some((key, value)) = line.split_once('=')
            && key.trim() != "paste.filter_factory"
        {
            options.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
    options
}

/// What the real software made of each pair, before and after.
struct Observed {
    pairs: BTreeMap<(usize, usize), [Word; 2]>,
}

impl Observed {
    /// Asks about senders and receivers of different files only: twenty computes
    /// are one.
    fn of(cloud: &Cloud, user: &UserTokens, written: &Written) -> Self {
        let judges = [&cloud.judge_before, &cloud.judge];
        let services = &written.services;
        let is = |names: &[&str], service: &Service| names.contains(&service.name.as_str());
        let senders: Vec<usize> =
            (0..services.len()).filter(|&i| is(&["nova", "cinder"], &services[i])).collect();
        let receivers: Vec<usize> = (0..services.len())
            .filter(|&i| is(&["nova", "cinder", "glance", "neutron", "cyborg"], &services[i]))
            .collect();
        let words = std::thread::scope(|scope| {
            let runs = judges.map(|judge| {
                let (senders, receivers) = (&senders, &receivers);
                scope.spawn(move || seen(judge, user, services, senders, receivers))
            });
            runs.map(|run| run.join().unwrap())
        });
        let [before, after] = words;
        let pairs = before.into_iter().map(|(pair, word)| (pair, [word, after[&pair]])).collect();
        Self { pairs }
    }
}

/// One judge's words for every pair.
fn seen(
    judge: &Judge,
    user: &UserTokens,
    services: &[Service],
    senders: &[usize],
    receivers: &[usize],
) -> BTreeMap<(usize, usize), Word> {
    let mut words = BTreeMap::new();
    let mut asked: BTreeMap<(&str, String), Word> = BTreeMap::new();
    for &sender in senders {
        let sent = judge.send(&services[sender].name, &services[sender].sources).unwrap();
        for &receiver in receivers {
            let service = &services[receiver];
            if !calls(&services[sender].name, &service.name) {
                continue;
            }
            // What decides of a sender is its token alone, and only its roles.
            let kind = match (&sent.error, &sent.token) {
                (Some(_), _) => "error",
                (None, None) => "none",
                (None, Some(_)) => services[sender].name.as_str(),
            };
            let key = (kind, service.content());
            let word = *asked.entry(key).or_insert_with(|| {
                let case = judge::Case {
                    id: service.target.clone(),
                    service: service.name.clone(),
                    sources: service.sources.clone(),
                    paste: service.paste.clone(),
                    env: BTreeMap::new(),
                    tokens: Tokens {
                        user: user.valid.clone(),
                        expired_user: user.expired.clone(),
                        service: sent.token.clone(),
                    },
                };
                let answer = judge.ask(&case).unwrap();
                match answer.verdict() {
                    Verdict::Broken => Word::Broken,
                    _ if sent.error.is_some() => Word::Broken,
                    _ if sent.token.is_none() => Word::NotSent,
                    Verdict::Trusted => Word::Trusted,
                    Verdict::Ignored => Word::Ignored,
                    Verdict::Rejected => Word::Rejected,
                }
            });
            words.insert((sender, receiver), word);
        }
    }
    words
}
