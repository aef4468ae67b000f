//! A line on the terminal while Keystone is waited for. Work that is done
//! within a second needs none; the line is gone when the work is done.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long work may take before something is said, and how often it is said
/// anew.
const STEP: Duration = Duration::from_secs(1);

/// Does the work, and shows on standard error that it goes on, if a person may
/// be looking there.
pub(super) fn watched<T>(what: &str, quiet: bool, work: impl FnOnce() -> T) -> T {
    let terminal = std::io::stderr().is_terminal();
    // A dumb terminal cannot erase the line again.
    let dumb = std::env::var_os("TERM").is_none_or(|name| name == "dumb");
    if quiet || !terminal || dumb {
        return work();
    }
    watched_on(std::io::stderr(), what, STEP, work)
}

fn watched_on<T>(out: impl Write + Send, what: &str, step: Duration, work: impl FnOnce() -> T) -> T {
    std::thread::scope(|scope| {
        let (done, watching) = channel::<()>();
        scope.spawn(move || show(out, what, step, &watching));
        let result = work();
        drop(done);
        result
    })
}

/// Says what is done, every step anew, until the other end is dropped.
fn show(mut out: impl Write, what: &str, step: Duration, watching: &Receiver<()>) {
    let start = Instant::now();
    let mut shown = false;
    while watching.recv_timeout(step) == Err(RecvTimeoutError::Timeout) {
        shown = true;
        // Whether a person sees it or not, the work goes on.
        let _ = write!(out, "\r\x1b[K{what} ({} s)", start.elapsed().as_secs());
        let _ = out.flush();
    }
    if shown {
        let _ = write!(out, "\r\x1b[K");
        let _ = out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(step: Duration, work: Duration) -> String {
        let mut out = Vec::new();
        assert_eq!(watched_on(&mut out, "asking", step, || std::thread::sleep(work)), ());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quick_work_shows_nothing() {
        assert_eq!(seen(Duration::from_secs(60), Duration::ZERO), "");
    }

    #[test]
    fn slow_work_shows_a_line_and_erases_it() {
        let text = seen(Duration::from_millis(5), Duration::from_millis(200));
        assert!(text.starts_with("\r\x1b[Kasking (0 s)") && text.ends_with("\r\x1b[K"), "{text:?}");
    }
}
