//! What is no ordinary file: each gets an answer or a message, and nothing waits.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use crate::program::{program, run};

const SENDER: &str = "[service_user]\nsend_service_user_token = true\nauth_type = password\n";

/// A directory with a configuration of nova.
fn tree() -> TempDir {
    let tree = TempDir::new().unwrap();
    fs::create_dir_all(tree.path().join("etc/nova/nova.conf.d")).unwrap();
    fs::write(tree.path().join("etc/nova/nova.conf"), SENDER).unwrap();
    tree
}

/// Code 2, nothing on standard output, and the path with the reason.
fn refuses(directory: &Path, target: &str, reason: &str) {
    let run = run(directory, ["--offline", target]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{target}: {run:?}");
    assert!(run.stderr.contains(reason), "{target}: {}", run.stderr);
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_pipe_or_device_is_refused_and_nobody_waits_for_it() {
    let tree = tree();
    let pipe = tree.path().join("nova.conf");
    fifo(&pipe);
    for target in ["nova=nova.conf", "nova.conf"] {
        refuses(tree.path(), target, "nova.conf: is no regular file");
    }
    for device in ["/dev/zero", "/dev/null", "/dev/tty"] {
        refuses(tree.path(), &format!("nova={device}"), &format!("{device}: "));
    }
    // One more among the fragments, and as a link.
    fifo(&tree.path().join("etc/nova/nova.conf.d/pipe.conf"));
    refuses(tree.path(), "nova=etc/nova/nova.conf.d", "pipe.conf: is no regular file");
    symlink("/dev/zero", tree.path().join("zero.conf")).unwrap();
    refuses(tree.path(), "nova=zero.conf", "zero.conf: is no regular file");
}

#[test]
fn a_link_that_leads_to_itself_or_nowhere_is_named() {
    let tree = tree();
    symlink("b.conf", tree.path().join("a.conf")).unwrap();
    symlink("a.conf", tree.path().join("b.conf")).unwrap();
    refuses(tree.path(), "nova=a.conf", "a.conf: ");
    symlink("/nowhere/at/all", tree.path().join("gone.conf")).unwrap();
    refuses(tree.path(), "nova=gone.conf", "gone.conf: no such file or directory");
    // Python lists it among the fragments, and the service would not start.
    symlink("/nowhere/at/all", tree.path().join("etc/nova/nova.conf.d/gone.conf")).unwrap();
    refuses(tree.path(), "nova=etc/nova/nova.conf.d", "gone.conf: ");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let tree = tree();
    // A regular file that gives an error to everybody, root included.
    refuses(tree.path(), "nova=/proc/self/mem", "/proc/self/mem: ");
    refuses(tree.path(), "nova=etc/nova/nova.conf/below.conf", "below.conf: ");
}

#[test]
fn nul_bytes_are_ordinary_characters() {
    let tree = tree();
    let text = "[service_user]\nusername = a\0b\n\0 = x\npassword\0 = y\n";
    fs::write(tree.path().join("nova.conf"), text).unwrap();
    let run = run(tree.path(), ["show", "nova.conf"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!run.stdout.contains('\0'), "{run:?}");
    fs::write(tree.path().join("nova.conf"), vec![0; 1 << 20]).unwrap();
    let run = self::run(tree.path(), ["--offline", "nova.conf"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("no ':' or '=' found"), "{}", run.stdout);
}

#[test]
fn a_directory_of_many_files_is_read() {
    let tree = tree();
    let folder = tree.path().join("etc/nova/nova.conf.d");
    for index in 0..2_000 {
        fs::write(folder.join(format!("{index:05}.conf")), format!("[service_user]\ntimeout = {index}\n"))
            .unwrap();
        fs::write(folder.join(format!("{index:05}.txt")), "broken").unwrap();
    }
    let run = run(tree.path(), ["show", "nova=etc/nova/nova.conf.d"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("01999.conf:2  timeout = 1999.0"), "{}", run.stdout);
    assert!(run.stdout.contains("and 1994 more"), "{}", run.stdout);
    let run = self::run(tree.path(), ["--offline", "."]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
}

/// Files come and go while the program looks for them and reads them.
#[test]
fn files_that_vanish_are_an_answer_or_a_message() {
    let tree = tree();
    let folder = tree.path().join("etc/nova/nova.conf.d");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for index in 0..20 {
                    fs::write(folder.join(format!("{index}.conf")), "[service_user]\ntimeout = 1\n").unwrap();
                }
                for index in 0..20 {
                    fs::remove_file(folder.join(format!("{index}.conf"))).unwrap();
                }
            }
        });
        for _ in 0..10 {
            let run = run(tree.path(), ["--offline", "."]);
            // Not 101 or 134, which a panic ends with.
            assert!(run.code == 1 || (run.code == 2 && run.stderr.contains(".conf: ")), "{run:?}");
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// Whether a run comes to an end within so many KiB of address space.
fn ends_within(kib: u64, directory: &Path, file: &str) -> bool {
    let program = program(directory);
    let mut shell = Command::new("sh");
    shell.current_dir(directory).env_clear().env("COLUMNS", "80");
    shell.args(["-c", &format!("ulimit -v {kib}; exec \"$0\" \"$@\"")]);
    let output = shell.arg(program.get_program()).args(["--offline", file]).output().unwrap();
    output.status.code().is_some_and(|code| code < 2) && !output.stdout.is_empty()
}

/// As much as the program takes without any file; far more than it does in a release.
const EMPTY: u64 = 48 << 10;

#[test]
fn memory_stays_in_proportion_to_the_file() {
    let section = |i: usize| {
        format!(
            "[section_{i}]\n# An option of a section, described on one line (string value)\n#option = <None>\noption = {i}\n\n"
        )
    };
    let tree = tree();
    let path = tree.path().join("nova.conf");
    for (what, times, text) in [
        ("sections as they are", 3, (0..40_000).map(section).collect::<String>()),
        ("one line", 3, format!("[service_user]\nusername = {}\n", "x".repeat(8 << 20))),
        // A login is kept several times over, as it is written, as it is read and as it is sent.
        ("one line of a login", 12, format!("{SENDER}username = {}\n", "x".repeat(8 << 20))),
        (
            "a value of many lines",
            3,
            format!("{SENDER}username = x\n{}", "  username = nova\n".repeat(80_000)),
        ),
        ("repetitions", 6, format!("{SENDER}{}", "username = nova\n".repeat(80_000))),
        ("sections of one line", 4, (0..80_000).map(|i| format!("[s{i}]\na = 1\n")).collect()),
    ] {
        fs::write(&path, &text).unwrap();
        let bound = EMPTY + times * (text.len() as u64 >> 10);
        assert!(ends_within(bound, tree.path(), "nova.conf"), "{what}: not within {bound} KiB");
        // The bound is one: what the file alone takes is not enough.
        assert!(!ends_within(text.len() as u64 >> 10, tree.path(), "nova.conf"), "{what}");
    }
}
