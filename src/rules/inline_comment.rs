//! `inline-comment`

use std::collections::HashSet;

use super::lines::{Part, comment_in, parts, services};
use super::{Context, Rule, fixes, value_invalid};
use crate::config::{Kind, Place, Setting};
use crate::facts::ServiceFacts;
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
    let mut findings = Vec::new();
    for (service, parts) in services(context).zip(parts(context)) {
        for of_section in parts.chunk_by(|one, other| one.group.name == other.group.name) {
            let group = of_section[0].group;
            if !of_section.iter().any(Part::may_hold_comment) {
                continue;
            }
            let options = group.options.iter().copied().filter(|o| matches!(o.kind, Kind::Str | Kind::List));
            let section = service.service.configuration.section(&service.service.schema, &group.name);
            let settings = options.map(|option| section.get(option));
            findings.extend(settings.filter_map(|setting| finding(service, &setting)));
        }
    }
    unsaid(context, findings)
}

/// Without the values that another rule speaks of.
fn unsaid(context: &Context<'_>, mut findings: Vec<(Place, Finding)>) -> Vec<Finding> {
    if !findings.is_empty() {
        let said: HashSet<Place> =
            (value_invalid::RULE.check)(context).into_iter().filter_map(|finding| finding.place).collect();
        findings.retain(|(place, _)| !said.contains(place));
    }
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// The finding and the place of the setting.
fn finding(service: &ServiceFacts, setting: &Setting) -> Option<(Place, Finding)> {
    let (value, place) = (setting.raw()?.expose(), setting.place()?);
    let option = &setting.spec;
    let (index, comment) = value.split('\n').enumerate().find_map(|(index, text)| {
        let whole = index > 0 && text.starts_with(['#', ';']);
        Some((index, if whole { text } else { comment_in(text)? }))
    })?;
    // A password may hold anything; a blank behind the sign makes it a comment.
    if option.secret && !comment[1..].starts_with([' ', '\t']) {
        return None;
    }
    let sign = &comment[..1];
    // Semicolons also part the names of other kinds of lists.
    if option.kind == Kind::List && sign == ";" {
        return None;
    }
    let message = format!(
        "{sign} begins no comment in the value of {} in [{}]: it and what follows are part of the value",
        option.name, setting.section
    );
    // A line that continues a value may hold a part of a secret.
    let at = if index == 0 { place.clone() } else { Place::of_line(&place.file, place.line + index) };
    let finding = Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .at(Some(at))
        .section(&setting.section)
        .option(option.name)
        .help(format!("put the comment on a line of its own, with {sign} in the first column"))
        .fix(fixes::comment_above(service, setting).filter(|_| index == 0))
        .likely();
    Some((place.clone(), finding))
}
