//! `--plan`: what a run would read, try and send, written out and not done.

use super::error::CliError;
use super::plan::Plan;
use super::{Exit, print};
use crate::config::printable;
use crate::facts::{self, Preview};
use crate::service::Service;
use crate::text::plural;

/// Writes the plan of a run over these services.
pub(super) fn run(services: &[Service], commands: &[Option<String>], plan: &Plan) -> Result<Exit, CliError> {
    let preview = facts::preview(services, &plan.asking);
    print(text(services, commands, &preview).as_bytes())?;
    Ok(Exit::Success)
}

fn text(services: &[Service], commands: &[Option<String>], preview: &Preview) -> String {
    let mut lines = vec!["Nothing was sent. A run would read".to_owned()];
    for (service, command) in services.iter().zip(commands) {
        lines.push(format!("- {}: {}", service.id, service.paths.join(", ")));
        lines.extend(command.iter().map(|command| format!("    started as {command}")));
    }
    let logins = preview.logins.len();
    lines.push(String::new());
    lines.push(match logins {
        0 => "and log in nowhere".to_owned(),
        count => format!("and try {}, each once, with these requests", plural(count, "login")),
    });
    for login in &preview.logins {
        // One below the other: forty hosts may share a login, and a long line is cut.
        let marks = std::iter::once("-").chain(std::iter::repeat(" "));
        lines.extend(marks.zip(&login.by).map(|(mark, by)| format!("{mark} {by}")));
        lines.extend(login.requests.iter().map(|request| format!("    {request}")));
    }
    if !preview.further.is_empty() {
        lines.extend([String::new(), "then, with the tokens".to_owned()]);
        lines.extend(preview.further.iter().map(|(by, request)| format!("- {by}: {request}")));
    }
    if !preview.skipped.is_empty() {
        lines.extend([String::new(), "It would not try".to_owned()]);
        lines.extend(preview.skipped.iter().map(|(login, why)| format!("- {login}: {why}")));
    }
    lines.iter().map(|line| printable(line) + "\n").collect()
}
