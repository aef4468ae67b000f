//! Our reading of configurations against the real oslo.config's.
//!
//! A seeded generator makes configurations out of the grammar's corners; both
//! read them, and every difference in values, refusals or line numbers fails
//! with the smallest case that still shows it. Each run prints its seed.
//!
//! `NOVA_TOKEN_CHECK_CASES` sets how many cases are tried (10,000 if unset) and
//! `NOVA_TOKEN_CHECK_SEED` repeats a run:
//!
//! ```text
//! NOVA_TOKEN_CHECK_CASES=1000000 cargo test --release --test it differential -- --nocapture
//! ```

mod generator;
mod ours;
mod shrink;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::cloud::judge::Source;
use crate::cloud::oslo::{Oslo, Question, Reading};
use generator::Generator;

/// Cases that are sent together.
const BATCH: usize = 250;

/// A configuration: what `--config-file` and `--config-dir` name, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
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
struct Judges {
    oslo: Oslo,
    directory: TempDir,
    ask: Vec<(String, String)>,
}

impl Judges {
    fn start() -> Self {
        // Memory is quicker than a disk where there is such a place.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let directory = tempfile::Builder::new().prefix("nova-token-check-").tempdir_in(base).unwrap();
        Self { oslo: Oslo::start().unwrap(), directory, ask: ours::options() }
    }

    /// Both readings of each case.
    fn read(&mut self, cases: &[Case]) -> Vec<(Reading, Reading)> {
        let mut questions = Vec::new();
        let mut mine = Vec::new();
        for (index, case) in cases.iter().enumerate() {
            let directory = self.directory.path().join(index.to_string());
            fs::create_dir_all(&directory).unwrap();
            let sources = case.write(&directory);
            let ask = self.asked(case);
            mine.push(ours::read(&sources, &case.env, &ask));
            questions.push(Question { sources, env: case.env.clone(), ask });
        }
        let theirs = self.oslo.ask(&questions).unwrap();
        mine.into_iter().zip(theirs).collect()
    }

    /// The options that the case may touch, and a few that it does not.
    fn asked(&self, case: &Case) -> Vec<(String, String)> {
        let text = format!("{case:?}").to_lowercase();
        let touched = |name: &str| text.contains(name) || text.contains(&name.replace('_', "-"));
        let known =
            |(_, name): &&(String, String)| touched(name) || name == "username" || name == "auth_type";
        self.ask.iter().filter(known).cloned().collect()
    }

    fn differs(&mut self, case: &Case) -> bool {
        self.read(std::slice::from_ref(case)).iter().any(|(ours, theirs)| ours != theirs)
    }
}

#[test]
fn we_read_what_oslo_config_reads() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let cases = number("NOVA_TOKEN_CHECK_CASES").unwrap_or(10_000);
    let seed = number("NOVA_TOKEN_CHECK_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("NOVA_TOKEN_CHECK_SEED={seed} ({cases} cases)");
    let mut generator = Generator::new(seed);
    let mut judges = Judges::start();
    let mut done = 0;
    while done < cases {
        let batch: Vec<Case> = (0..BATCH).map(|_| generator.case()).collect();
        let readings = judges.read(&batch);
        if let Some(index) = readings.iter().position(|(ours, theirs)| ours != theirs) {
            let smallest = shrink::smallest(batch[index].clone(), |case| judges.differs(case));
            let readings = judges.read(std::slice::from_ref(&smallest));
            let (ours, theirs) = readings.into_iter().next().unwrap();
            panic!(
                "case {} of seed {seed} is read differently\n{}\nours   {ours:?}\noslo's {theirs:?}",
                done + index as u64,
                show(&smallest)
            );
        }
        done += BATCH as u64;
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
