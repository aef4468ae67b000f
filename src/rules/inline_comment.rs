//! `inline-comment`

use std::collections::HashSet;

use super::lines::{Line, all, comment_in};
use super::{Context, Rule, value_invalid};
use crate::config::{Kind, Place};
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "inline-comment",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "oslo_config/iniparser.py: a comment begins in the first column",
    needs_login: false,
    summary: "What looks like a comment behind a value is part of the value.",
    why: "oslo.config has no comments behind a value: with `username = nova  # the service` the user is called \
`nova  # the service`, and with a list the last item is. An indented comment below an option is part of that \
option's value too. Booleans, numbers and choices do not survive it; that is value-invalid.",
    fix: "Put the comment on a line of its own, with # in the first column, above the option and not between the lines \
of a value.",
    example: "\
# bad
username = nova  # the service

# good
# the service
username = nova",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let said: HashSet<Place> =
        (value_invalid::RULE.check)(context).into_iter().filter_map(|finding| finding.place).collect();
    let lines = all(context).filter(|line| !said.contains(&line.place()));
    lines.filter_map(|line| finding(&line)).collect()
}

fn finding(line: &Line<'_>) -> Option<Finding> {
    let option = line.option().filter(|option| matches!(option.kind, Kind::Str | Kind::List))?;
    let value = line.value();
    let (index, comment) = value.split('\n').enumerate().find_map(|(index, text)| {
        let whole = index > 0 && text.starts_with(['#', ';']);
        Some((index, if whole { text } else { comment_in(text)? }))
    })?;
    // A password may hold anything; a blank behind the sign makes it a comment.
    if option.secret && !comment[1..].starts_with([' ', '\t']) || !line.in_force() {
        return None;
    }
    let sign = &comment[..1];
    // Semicolons also part the names of other kinds of lists.
    if option.kind == Kind::List && sign == ";" {
        return None;
    }
    let message = format!(
        "{sign} begins no comment in the value of {} in [{}]: it and what follows are part of the value",
        option.name, line.section
    );
    let place = match index.checked_sub(1).and_then(|index| line.entry.continuations.get(index)) {
        // A line that continues a value may hold a part of a secret.
        Some(below) => Place::of_line(line.layer.file(), below.line),
        None => line.place(),
    };
    Some(
        line.finding(RULE.name, Severity::Warning, message)
            .at(Some(place))
            .option(option.name)
            .help(format!("put the comment on a line of its own, with {sign} in the first column"))
            .likely(),
    )
}
