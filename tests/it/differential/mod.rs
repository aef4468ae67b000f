//! Our reading of configurations against the real oslo.config's.
//!
//! A seeded generator makes configurations out of the grammar's corners and of the
//! files in `fixtures/`; both read them, and every difference in values, refusals or
//! line numbers fails with the smallest case that still shows it. Every option of the
//! login sections takes part, with every auth plugin in each of them. Each run prints
//! its seed.
//!
//! `NOVA_TOKEN_CHECK_CASES` sets how many cases are tried (10,000 if unset) and
//! `NOVA_TOKEN_CHECK_SEED` repeats a run:
//!
//! ```text
//! NOVA_TOKEN_CHECK_CASES=1000000 cargo test --release --test it differential -- --nocapture
//! ```

mod generator;
mod shrink;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::cloud::judge::Source;
use crate::cloud::oslo::{Oslo, Question, Reading};
use crate::oslo::ours;
use generator::Generator;
use world::World;

/// Cases that are sent together.
const BATCH: usize = 250;

/// A configuration: what `--config-file` and `--config-dir` name, in order.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Which plugins are registered: the number of a [`World`].
    pub(crate) world: usize,
    pub(crate) parts: Vec<Part>,
    pub(crate) env: BTreeMap<String, String>,
}

/// One argument.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    File(Vec<u8>),
    /// File names and their contents.
    Dir(Vec<(String, Vec<u8>)>),
}

impl Case {
    /// Writes the files; what stands there is replaced.
    fn write(&self, directory: &Path) -> Vec<Source> {
        self.parts
            .iter()
            .enumerate()
            .map(|(index, part)| part.write(&directory.join(index.to_string())))
            .collect()
    }
}

impl Part {
    fn write(&self, base: &Path) -> Source {
        match self {
            Self::File(content) => {
                let path = base.with_extension("conf");
                fs::write(&path, content).unwrap();
                Source::File(path)
            }
            Self::Dir(files) => {
                let path = base.with_extension("d");
                let _ = fs::remove_dir_all(&path);
                fs::create_dir_all(&path).unwrap();
                for (name, content) in files {
                    fs::write(path.join(name), content).unwrap();
                }
                Source::Dir(path)
            }
        }
    }
}

/// Both readers and the place where the files are written.
struct Judges<'w> {
    oslo: Oslo,
    directory: TempDir,
    worlds: &'w [World],
}

impl<'w> Judges<'w> {
    fn start(worlds: &'w [World]) -> Self {
        // Memory is quicker than a disk where there is such a place.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let directory = tempfile::Builder::new().prefix("nova-token-check-").tempdir_in(base).unwrap();
        Self { oslo: Oslo::start().unwrap(), directory, worlds }
    }

    /// Both readings of each case.
    fn read(&mut self, cases: &[Case]) -> Vec<(Reading, Reading)> {
        let mut questions = Vec::new();
        let mut mine = Vec::new();
        for (index, case) in cases.iter().enumerate() {
            let directory = self.directory.path().join(index.to_string());
            fs::create_dir_all(&directory).unwrap();
            let world = &self.worlds[case.world];
            let question = Question {
                sources: case.write(&directory),
                env: case.env.clone(),
                plugins: world.plugins,
                ask: asked(case, world),
            };
            mine.push(ours::read(&question, &world.schema));
            questions.push(question);
        }
        let theirs = self.oslo.ask(&questions).unwrap();
        mine.into_iter().zip(theirs).collect()
    }

    fn differs(&mut self, case: &Case) -> bool {
        self.read(std::slice::from_ref(case)).iter().any(|(ours, theirs)| ours != theirs)
    }
}

/// The options that the case may touch, and a few that it does not.
fn asked(case: &Case, world: &World) -> Vec<(String, String)> {
    let mut text: String = case.env.keys().flat_map(|name| [name, "\n"]).collect();
    for part in &case.parts {
        let contents: Vec<&Vec<u8>> = match part {
            Part::File(content) => vec![content],
            Part::Dir(files) => files.iter().map(|(_, content)| content).collect(),
        };
        contents.iter().for_each(|content| text.push_str(&String::from_utf8_lossy(content)));
    }
    let text = text.to_lowercase().replace('-', "_");
    let touched = |option: &&world::Option| {
        option.names.iter().any(|name| text.contains(name)) || option.name == "auth_section"
    };
    let options = world.options.iter().filter(touched);
    options.map(|option| (option.group.clone(), option.name.clone())).collect()
}

#[test]
fn we_know_what_the_libraries_register() {
    let mut oslo = Oslo::start().unwrap();
    for world in world::all() {
        let mut theirs: Vec<(String, String, Vec<String>)> = oslo.names(world.plugins).unwrap();
        let mut ours: Vec<(String, String, Vec<String>)> = world
            .options
            .iter()
            .filter(|option| option.group != "DEFAULT")
            .map(|option| (option.group.clone(), option.name.clone(), option.names[1..].to_vec()))
            .collect();
        for names in ours.iter_mut().chain(&mut theirs).map(|(_, _, names)| names) {
            names.iter_mut().for_each(|name| *name = name.replace('-', "_"));
            names.sort();
            names.dedup();
        }
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs, "{:?}", world.plugins);
    }
}

#[test]
fn we_read_what_oslo_config_reads() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let cases = number("NOVA_TOKEN_CHECK_CASES").unwrap_or(10_000);
    let seed = number("NOVA_TOKEN_CHECK_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("NOVA_TOKEN_CHECK_SEED={seed} ({cases} cases)");
    let worlds = world::all();
    let mut generator = Generator::new(seed, &worlds);
    let mut judges = Judges::start(&worlds);
    let (mut done, mut options, mut refused) = (0, 0, 0);
    while done < cases {
        let batch: Vec<Case> = (0..BATCH).map(|_| generator.case()).collect();
        let readings = judges.read(&batch);
        if let Some(index) = readings.iter().position(|(ours, theirs)| ours != theirs) {
            let smallest = shrink::smallest(batch[index].clone(), |case| judges.differs(case));
            panic!(
                "case {} of seed {seed} is read differently\n{}",
                done + index as u64,
                judges.report(&smallest)
            );
        }
        for (ours, _) in &readings {
            match ours {
                Reading::Refused(_) => refused += 1,
                Reading::Values(values) => options += values.len(),
            }
        }
        done += BATCH as u64;
        if done % 100_000 == 0 {
            println!("{done} cases: {options} options read, {refused} configurations refused, no difference");
        }
    }
    // A generator that makes nothing readable, or a question about nothing, would pass.
    assert!(options as u64 > cases && refused as u64 * 2 < cases, "{options} options, {refused} refused");
    println!("{done} cases: {options} options read, {refused} configurations refused, no difference");
}

impl Judges<'_> {
    /// A case, and in what the two readings of it differ.
    fn report(&mut self, case: &Case) -> String {
        let world = &self.worlds[case.world];
        let (ours, theirs) = self.read(std::slice::from_ref(case)).remove(0);
        let mut text = format!("plugins {:?}\n{}\n", world.plugins, show(case));
        match (ours, theirs) {
            (Reading::Values(ours), Reading::Values(theirs)) => {
                for ((option, ours), theirs) in asked(case, world).iter().zip(ours).zip(theirs) {
                    if ours != theirs {
                        text.push_str(&format!("{option:?}\n  ours   {ours:?}\n  oslo's {theirs:?}\n"));
                    }
                }
            }
            (ours, theirs) => text.push_str(&format!("ours   {ours:?}\noslo's {theirs:?}\n")),
        }
        text
    }
}

fn show(case: &Case) -> String {
    let text = |content: &[u8]| content.escape_ascii().to_string();
    let mut lines: Vec<String> =
        case.env.iter().map(|(name, value)| format!("env {name}={value:?}")).collect();
    for part in &case.parts {
        match part {
            Part::File(content) => lines.push(format!("file {}", text(content))),
            Part::Dir(files) => {
                let files: Vec<String> =
                    files.iter().map(|(name, content)| format!("{name}: {}", text(content))).collect();
                lines.push(format!("dir {}", files.join("; ")));
            }
        }
    }
    lines.join("\n")
}
