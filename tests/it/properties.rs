//! What holds for every file, however odd or large: the reader does not panic, its
//! positions are those of the text, and what it does stays in proportion.
//!
//! The sizes are a tenth of what the program is meant for, so that the tests stay
//! quick. Nothing here looks at a clock: work out of proportion would not end.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use nova_token_check::ceph::Gateways;
use nova_token_check::config::{
    Configuration, Default, Environment, Kind, Layer, OptionSpec, Reading, ReferenceProblem, Schema, Value,
};
use nova_token_check::deployment::{self, Process, Seen, Source, Text};
use nova_token_check::ini::{Document, Span, strip};
use proptest::prelude::*;

use crate::program::run;

/// Few: `PROPTEST_CASES` asks for more.
fn few() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig { cases: cases.unwrap_or(200), failure_persistence: None, ..ProptestConfig::default() }
}

/// Lines as the grammar knows them, mixed with what it trips over.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "[",
        "]",
        "a",
        "b c",
        "=",
        ":",
        "\n",
        "\r",
        "\r\n",
        " ",
        "\t",
        "#",
        ";",
        "\"",
        "'",
        "$",
        "${",
        "}",
        "\\",
        "[service_user]\n",
        "username = ",
        "\u{a0}",
        "\u{1c}",
        "\u{feff}",
        "\u{2028}",
        "\0",
        "é",
        "\u{1f600}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| format!("[x]\n{}", pieces.concat()))
}

/// The lines of a text as Python's universal newlines cut them.
fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n").replace('\r', "\n").split('\n').map(str::to_owned).collect()
}

/// What stands where a span claims to be, found by counting lines and characters.
fn found(document: &Document, span: Span) -> String {
    let line = lines(document.text()).swap_remove(span.line - 1);
    let length = document.slice(span).chars().count();
    line.chars().skip(document.column(span) - 1).take(length).collect()
}

fn spec(name: &'static str, kind: Kind) -> OptionSpec {
    OptionSpec { name, kind, default: Default::None, deprecated: &[], secret: false }
}

fn schema() -> Schema {
    let mut schema = Schema::new(None);
    let options = vec![spec("username", Kind::Str), spec("insecure", Kind::Bool), spec("roles", Kind::List)];
    schema.register("service_user", &*options.leak());
    schema
}

fn configuration(text: String) -> Configuration {
    let layer = Layer::new(Arc::from("x.conf"), Document::parse(text).unwrap());
    Configuration::new(vec![layer], Environment::default())
}

fn reading(configuration: &Configuration, option: &str) -> Reading {
    configuration.get_named(&schema(), "service_user", option).unwrap().reading
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = Text { label: "x.conf".to_owned(), bytes: Arc::from(bytes), paste: false };
        let process = Process::plain("nova", vec![Source::Text(text)]);
        let configuration = deployment::load(&process, &Environment::default(), &Seen::default()).unwrap().configuration;
        reading(&configuration, "username");
    }

    #[test]
    fn no_text_makes_it_panic(text in texts()) {
        if let Ok(document) = Document::parse(text.clone()) {
            prop_assert_eq!(document.text(), &text);
            let configuration = configuration(text);
            for option in ["username", "insecure", "roles"] {
                reading(&configuration, option);
            }
        }
    }

    #[test]
    fn positions_are_those_of_what_they_point_to(text in texts()) {
        let Ok(document) = Document::parse(text) else { return Ok(()) };
        for section in document.sections() {
            prop_assert_eq!(found(&document, section.span()), section.name());
            for entry in section.assignments() {
                for span in [entry.key(), entry.value()].into_iter().chain(document.continuations(&entry)) {
                    prop_assert_eq!(found(&document, span), document.slice(span));
                }
                let line = document.line_text(entry.key());
                prop_assert!(strip(line).starts_with(document.slice(entry.key())));
                prop_assert!(entry.key().end < entry.value().start);
            }
        }
    }

    #[test]
    fn no_ceph_file_makes_it_panic(text in texts()) {
        let text = text.replace("username", "rgw_keystone_service_token_enabled");
        if let Some(gateways) = Gateways::read("ceph.conf", &format!("{text}\n[client.rgw]\nrgw keystone url = x\n")) {
            prop_assert!(!gateways.says().contains('\n'));
        }
    }

    #[test]
    fn a_value_made_of_others_is_as_long_as_they_are_or_a_problem(
        times in prop::collection::vec(prop_oneof![9 => 1_usize..4, 1 => Just(0)], 1..60),
    ) {
        // Options that each hold the one before so many times.
        let lines = times.iter().enumerate();
        let lines: String =
            lines.map(|(i, times)| format!("o{} = {}\n", i + 1, format!("${{o{i}}}").repeat(*times))).collect();
        let configuration = configuration(format!("[g]\no0 = x\n{lines}"));
        let reading = reading_of_chain(&configuration, times.len());
        // Each of them is read, the larger ones before it too.
        let lengths = times.iter().scan(1_u128, |length, times| {
            *length *= *times as u128;
            Some(*length)
        });
        let (last, most) = lengths.fold((1, 1), |(_, most), length| (length, most.max(length)));
        match reading {
            Reading::Value(Value::Str(text)) => prop_assert_eq!(text.len() as u128, last),
            Reading::BadReference(ReferenceProblem::TooLarge { .. }) => prop_assert!(most > 64 << 20),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_refusal_names_a_line_of_the_text(text in texts()) {
        if let Err(refusal) = Document::parse(text.clone()) {
            prop_assert!((1..=lines(&text).len()).contains(&refusal.line), "{:?}", refusal);
        }
    }
}

#[test]
fn a_hundred_thousand_sections_are_read() {
    let mut text: String = (0..100_000).map(|i| format!("[s{i}]\na = 1\n")).collect();
    text.push_str(&"[service_user]\n".repeat(100_000));
    text.push_str("username = nova\n");
    let configuration = configuration(text);
    assert_eq!(configuration.layers()[0].document().sections().count(), 200_000);
    assert_eq!(reading(&configuration, "username"), Reading::Value(Value::Str("nova".into())));
}

#[test]
fn a_hundred_thousand_repetitions_are_read() {
    let text: String = (0..100_000).map(|i| format!("username = {i}\n")).collect();
    let configuration = configuration(format!("[service_user]\n{text}"));
    let setting = configuration.get_named(&schema(), "service_user", "username").unwrap();
    assert_eq!(setting.reading, Reading::Value(Value::Str("99999".into())));
    assert_eq!(configuration.beaten_by(&setting).len(), 99_999);
}

#[test]
fn a_hundred_thousand_continuations_are_one_value() {
    let text: String = (0..100_000).map(|i| format!(" {i},\n")).collect();
    let configuration = configuration(format!("[service_user]\nroles =\n{text}"));
    let Reading::Value(Value::List(roles)) = reading(&configuration, "roles") else { panic!() };
    assert_eq!((roles.len(), roles[99_999].as_str()), (100_000, "99999"));
}

#[test]
fn one_long_line_is_one_value() {
    let configuration = configuration(format!("[service_user]\nusername = {}\n", "x".repeat(5_000_000)));
    let Reading::Value(Value::Str(user)) = reading(&configuration, "username") else { panic!() };
    assert_eq!(user.len(), 5_000_000);
}

/// What may lie where a file is meant.
#[derive(Debug, Clone, Copy)]
enum Thing {
    Nothing,
    File,
    Broken,
    Directory,
    /// A link to a place that has nothing.
    Link,
    /// A link to itself.
    Loop,
}

impl Thing {
    fn put(self, path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match self {
            Self::Nothing => {}
            Self::File => fs::write(path, "[DEFAULT]\ndebug = true\n").unwrap(),
            Self::Broken => fs::write(path, "broken\n").unwrap(),
            Self::Directory => fs::create_dir_all(path).unwrap(),
            Self::Link => symlink("nowhere", path).unwrap(),
            Self::Loop => symlink(path.file_name().unwrap(), path).unwrap(),
        }
    }
}

fn things() -> impl Strategy<Value = Thing> {
    use Thing::{Broken, Directory, File, Link, Loop, Nothing};
    prop::sample::select(vec![Nothing, File, Broken, Directory, Link, Loop])
}

/// JSON as a container's description may be, and as it may not.
fn descriptions() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    let word = || {
        prop::sample::select(vec![
            "nova-compute",
            "uwsgi /etc/nova/x.ini",
            "nova-compute --config-file",
            "nova-compute --config-file= --config-dir /etc/nova",
            "/var/lib/kolla/config_files/nova.conf",
            "/var/lib/kolla/config_files/*",
            "/var/lib/kolla/config_files/",
            "/etc/nova/nova.conf",
            "/etc/nova/",
            "",
            "/",
            "\u{1b}[31m",
        ])
    };
    let leaf =
        prop_oneof![word().prop_map(Value::from), any::<i64>().prop_map(Value::from), Just(Value::Null)];
    let copy =
        (leaf.clone(), leaf.clone()).prop_map(|(source, dest)| json!({"source": source, "dest": dest}));
    let copies = prop_oneof![
        prop::collection::vec(prop_oneof![copy, leaf.clone()], 0..4).prop_map(Value::from),
        leaf.clone()
    ];
    (leaf, copies).prop_map(|(command, copies)| json!({"command": command, "config_files": copies}))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: few().cases / 8, ..few() })]

    /// The program answers or says why not, whatever lies there.
    #[test]
    fn a_run_has_an_answer_or_a_message(
        things in prop::collection::vec(things(), 5),
        description in descriptions(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            "etc/nova/nova.conf",
            "etc/nova/api-paste.ini",
            "etc/nova/nova.conf.d/1.conf",
            "etc/kolla/nova-compute/nova.conf",
            "etc/ceph/ceph.conf",
        ];
        for (name, thing) in names.iter().zip(&things) {
            thing.put(&folder.path().join(name));
        }
        let config = folder.path().join("etc/kolla/nova-compute/config.json");
        fs::write(config, description.to_string()).unwrap();
        for target in [
            "etc",
            "etc/kolla",
            "nova=etc/nova/nova.conf",
            "nova=etc/nova/nova.conf,etc/nova/api-paste.ini,etc/nova/nova.conf.d",
            "swift=etc/ceph/ceph.conf",
        ] {
            let run = run(folder.path(), ["--offline", target]);
            prop_assert!((0..=2).contains(&run.code), "{}: {:?}", target, run);
            prop_assert_eq!(run.code == 2, run.stdout.is_empty(), "{}: {:?}", target, run);
            prop_assert_eq!(run.code == 2, run.stderr.contains("nova-token-check: "), "{}: {:?}", target, run);
            prop_assert!(!run.stderr.contains("panicked") && !run.stdout.contains('\u{1b}'), "{:?}", run);
        }
    }
}

/// Options that each stand for the one before, twice.
fn doubling(steps: usize) -> Configuration {
    let names: Vec<String> = (0..=steps).map(|i| format!("o{i}")).collect();
    let lines: String =
        (1..=steps).map(|i| format!("{} = ${{{}}}${{{}}}\n", names[i], names[i - 1], names[i - 1])).collect();
    configuration(format!("[g]\no0 = x\n{lines}"))
}

/// The options `o0` to `o99`, made once.
fn chain() -> &'static [OptionSpec] {
    static CHAIN: std::sync::OnceLock<Vec<OptionSpec>> = std::sync::OnceLock::new();
    let option = |i: usize| spec(Box::leak(format!("o{i}").into_boxed_str()), Kind::Str);
    CHAIN.get_or_init(|| (0..100).map(option).collect())
}

fn reading_of_chain(configuration: &Configuration, last: usize) -> Reading {
    let mut schema = Schema::new(None);
    schema.register("g", chain());
    configuration.get_named(&schema, "g", &format!("o{last}")).unwrap().reading
}

fn doubled(steps: usize) -> Reading {
    reading_of_chain(&doubling(steps), steps)
}

#[test]
fn a_value_that_doubles_at_each_step_ends_with_a_problem_that_says_so() {
    assert_eq!(doubled(10), Reading::Value(Value::Str("x".repeat(1024))));
    let Reading::BadReference(problem) = doubled(60) else { panic!() };
    assert!(matches!(problem, ReferenceProblem::TooLarge { .. }));
    assert!(problem.to_string().ends_with("makes the value grow beyond 64 MiB"), "{problem}");
}

/// A whole run over a file of one odd shape: rules and report keep the measure too.
#[test]
fn a_run_ends_whatever_is_repeated() {
    let login = "[service_user]\nsend_service_user_token = true\nauth_type = password\n";
    for (what, lines) in [
        ("an option", "username = nova # x\n"),
        ("an old name", "user-name = nova\n"),
        ("a dash", "auth-url = http://keystone\n"),
        ("a near name", "usernam = nova\n"),
        ("a section", "[service_user]\nusername = nova\n  password = x\n"),
        ("another section", "[service-user]\n"),
        ("continuations", "username = nova\n  # x\n"),
        ("a dollar", "password = pa$word\n"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("nova.conf"), format!("{login}{}", lines.repeat(20_000))).unwrap();
        let run = run(directory.path(), ["--offline", "nova.conf"]);
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{what}");
        assert!(run.stdout.len() < 100_000, "{what}: {} bytes", run.stdout.len());
    }
}

#[test]
fn a_run_ends_on_one_value_of_many_lines() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("[service_user]\npassword = x\n{}", "  username = nova\n".repeat(100_000));
    fs::write(directory.path().join("nova.conf"), text).unwrap();
    let run = run(directory.path(), ["--offline", "nova.conf"]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    assert!(run.stdout.contains("[indented-option]"), "{}", run.stdout);
}
