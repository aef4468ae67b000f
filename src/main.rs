//! Process edge: arguments in, exit code out.

use std::process::ExitCode;

use nova_token_check::cli::{self, Exit};

fn main() -> ExitCode {
    // Rust's own code for a panic is 101; a bug is "could not do its work".
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        report(info);
        std::process::exit(i32::from(Exit::Failed.code()));
    }));
    ExitCode::from(cli::run(std::env::args_os()).code())
}
