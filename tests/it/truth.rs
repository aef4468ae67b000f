//! The program's verdicts against the real keystonemiddleware.
//!
//! Each case is a receiver's files and a sender's. The real middleware is
//! started with the receiver's, gets the token that the real auth plugin makes
//! of the sender's, and what it does is compared with what the program said
//! about the same files, and with what the table says of it: a case that both
//! take for broken, but for a reason nobody meant, would prove nothing.

mod cases;
mod upgrade;
mod world;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::binary::{Binary, Report};
use crate::cloud::judge::{self, Answer, Judge, Sent, Source, Tokens, Verdict};
use crate::cloud::{UserTokens, shared};
use cases::{Case, Part, Word, cases, senders};
use world::World;

#[test]
fn verdicts_are_those_of_the_real_middleware() {
    let cloud = shared();
    let files = Files::write(&World::make(cloud).unwrap(), cloud.keystone.directory());
    let user = cloud.user().unwrap();
    let releases = [("2026.2", &cloud.judge), ("2026.1", &cloud.judge_before)];
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = releases
            .iter()
            .enumerate()
            .map(|(index, (release, judge))| {
                let (files, user) = (&files, &user);
                scope.spawn(move || Comparison { index, release, judge, files, user }.run())
            })
            .collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

/// All cases and senders, written down.
struct Files {
    cases: Vec<Written>,
    senders: Vec<(&'static str, PathBuf)>,
}

/// A case and its files.
struct Written {
    case: Case,
    sources: Vec<Source>,
    /// What the paste filter hands over.
    paste: BTreeMap<String, String>,
    /// As behind `NAME=`.
    paths: String,
}

impl Written {
    fn new(case: Case, number: usize, root: &Path, world: &World) -> Self {
        let base = format!("{}-{number}", case.service);
        let parts = case.sources.iter().enumerate();
        let sources: Vec<Source> =
            parts.map(|(part, text)| write(text, &root.join(format!("{base}-{part}")), world)).collect();
        let mut paths: Vec<String> = sources
            .iter()
            .map(|source| match source {
                Source::File(path) | Source::Dir(path) => path.display().to_string(),
            })
            .collect();
        if !case.paste.is_empty() {
            let path = root.join(format!("{base}-paste.ini"));
            fs::write(&path, world.fill(&paste_file(&case))).unwrap();
            paths.push(path.display().to_string());
        }
        Self { paste: paste(&case, world), case, sources, paths: paths.join(",") }
    }
}

/// What the filter hands to the middleware: of glance, what stands in the file
/// it ships, which the program takes for granted.
fn paste(case: &Case, world: &World) -> BTreeMap<String, String> {
    let stock: &[_] = if case.service == "glance" { &[("delay_auth_decision", "true")] } else { &[] };
    let options = stock.iter().chain(case.paste);
    options.map(|(name, value)| ((*name).to_owned(), world.fill(value))).collect()
}

fn paste_file(case: &Case) -> String {
    let head = match case.service {
        "swift" => SWIFT_FILE,
        "cyborg" => CYBORG_FILE,
        _ => "[filter:authtoken]\npaste.filter_factory = keystonemiddleware.auth_token:filter_factory\n",
    };
    let mut text = head.to_owned();
    for (name, value) in case.paste {
        text.push_str(&format!("{name} = {value}\n"));
    }
    text
}

/// What stands around the options of the filter in swift's only file.
const SWIFT_FILE: &str = "\
[DEFAULT]
bind_port = 8080
[pipeline:main]
pipeline = catch_errors authtoken keystoneauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = admin, member
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
";

/// The same of cyborg's.
const CYBORG_FILE: &str = "\
[pipeline:main]
pipeline = authtoken api_v2
[app:api_v2]
paste.app_factory = cyborg.api.app:app_factory
[filter:authtoken]
acl_public_routes = /, /v2
paste.filter_factory = cyborg.api.middleware.auth_token:AuthTokenMiddleware.factory
";

impl Files {
    fn write(world: &World, directory: &Path) -> Self {
        let root = directory.join("truth");
        fs::create_dir(&root).unwrap();
        let senders = senders().into_iter().map(|(name, text)| {
            let path = root.join(format!("nova-{name}.conf"));
            fs::write(&path, world.fill(&text)).unwrap();
            (name, path)
        });
        let senders = senders.collect();
        let cases = cases().into_iter().enumerate();
        let cases = cases.map(|(number, case)| Written::new(case, number, &root, world)).collect();
        Self { cases, senders }
    }

    fn sender(&self, name: &str) -> &Path {
        let known = self.senders.iter().find(|(known, _)| *known == name);
        &known.unwrap_or_else(|| panic!("no sender {name}")).1
    }
}

fn write(part: &Part, base: &Path, world: &World) -> Source {
    let fill = |text: &str| world.fill(text);
    match part {
        Part::File(text) => {
            let path = base.with_extension("conf");
            fs::write(&path, text.bytes(fill)).unwrap();
            Source::File(path)
        }
        Part::Directory(files) => {
            let path = base.with_extension("conf.d");
            fs::create_dir(&path).unwrap();
            for (name, text) in files {
                fs::write(path.join(name), text.bytes(fill)).unwrap();
            }
            Source::Dir(path)
        }
    }
}

/// One version of the middleware and the release that has it.
struct Comparison<'a> {
    index: usize,
    release: &'a str,
    judge: &'a Judge,
    files: &'a Files,
    user: &'a UserTokens,
}

impl Comparison<'_> {
    /// What does not agree, in a line each.
    fn run(&self) -> Vec<String> {
        let report = self.report();
        let sent: HashMap<&str, Sent> = self
            .files
            .senders
            .iter()
            .map(|(name, path)| (*name, self.judge.send("nova", &[Source::File(path.clone())]).unwrap()))
            .collect();
        let cases = self.files.cases.iter();
        cases.flat_map(|written| self.compare(written, &sent[written.case.sender], &report)).collect()
    }

    /// One run of the program over everything.
    fn report(&self) -> Report {
        let mut binary = Binary::new().args(["--release", self.release, "--timeout", "120"]);
        for (_, path) in &self.files.senders {
            binary = binary.arg(format!("nova={}", path.display()));
        }
        for written in &self.files.cases {
            binary = binary.arg(format!("{}={}", written.case.service, written.paths));
        }
        binary.report().1
    }

    fn compare(&self, written: &Written, sent: &Sent, report: &Report) -> Vec<String> {
        let (seen, details, answer) = self.observe(written, sent);
        let case = &written.case;
        let row = report.row(
            &format!("nova@{}", self.files.sender(case.sender).display()),
            &format!("{}@{}", case.service, written.paths),
        );
        let told = |field| row.and_then(|row| row[field].as_str()).unwrap_or("nothing");
        let (said, reason) = (told("verdict"), told("reason"));
        let agrees = match case.unknown[self.index] {
            Some(why) => said == "unknown" && reason.contains(why),
            None => said == seen.name(),
        };
        let mut wrong = Vec::new();
        let (release, name) = (self.release, case.name);
        if !agrees {
            wrong.push(format!(
                "{release}, {name}: the program says {said} ({reason}), the middleware {} ({details})",
                seen.name()
            ));
        }
        if said == "broken" && answer.verdict() == Verdict::Broken && !fits(reason, &answer) {
            wrong.push(format!("{release}, {name}: the program says {reason}, the middleware {details}"));
        }
        if seen != case.words[self.index] {
            let word = case.words[self.index].name();
            wrong.push(format!(
                "{release}, {name}: the table says {word}, the middleware {} ({details})",
                seen.name()
            ));
        }
        wrong
    }

    /// What the real software does, and what it said on the way.
    fn observe(&self, written: &Written, sent: &Sent) -> (Word, String, Answer) {
        let tokens = Tokens {
            user: self.user.valid.clone(),
            expired_user: self.user.expired.clone(),
            service: sent.token.clone(),
        };
        let question = judge::Case {
            id: written.case.name.to_owned(),
            service: written.case.service.to_owned(),
            sources: written.sources.clone(),
            paste: written.paste.clone(),
            env: BTreeMap::new(),
            tokens,
        };
        let answer = self.judge.ask(&question).unwrap();
        let word = match answer.verdict() {
            Verdict::Broken => Word::Broken,
            _ if sent.error.is_some() => Word::Broken,
            _ if sent.token.is_none() => Word::NotSent,
            Verdict::Trusted => Word::Trusted,
            Verdict::Ignored => Word::Ignored,
            Verdict::Rejected => Word::Rejected,
        };
        let details = [&answer.start_error, &answer.a.error, &answer.c.error, &sent.error];
        let details = details.into_iter().flatten().next().cloned();
        let codes = || format!("{:?}, {:?}, {:?}", answer.a.http, answer.b.http, answer.c.http);
        (word, details.unwrap_or_else(codes), answer)
    }
}

/// Whether what the program says of a broken receiver's clients is what they
/// saw. It need not name a status.
fn fits(reason: &str, answer: &Answer) -> bool {
    let starts = answer.start_error.is_none();
    let right = match answer.c.http {
        _ if !starts => "does not start",
        Some(401) => "401",
        Some(503) => "503",
        Some(_) => "nobody's",
        None => "500",
    };
    let told = ["does not start", "with 401", "with 503", "nobody's", "with 500"];
    told.iter().filter(|phrase| reason.contains(**phrase)).all(|phrase| phrase.contains(right))
        && starts != reason.contains("does not start")
}
