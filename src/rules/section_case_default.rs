//! `section-case-default`

use super::lines::{meant_section, services};
use super::{Context, Rule};
use crate::config::{Layer, printable};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::ini::Section;
use crate::text::lower;

pub(super) const RULE: Rule = Rule {
    name: "section-case-default",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "oslo_config/cfg.py (_normalize_group_name), oslo_config/iniparser.py",
    needs_login: false,
    summary: "A section's name is nearly one that the service reads: [default], [ service_user ], [service-user].",
    why: "Sections may be written in any case, with one exception: [default] and [Default] are another section than \
[DEFAULT]. Nothing else is forgiven: blanks inside the brackets, dashes for underscores, doubled brackets and \
what stands between the first ] and the last make another name, and nobody reads such a section.",
    fix: "Write the section's name as the service reads it, with nothing else between the brackets.",
    example: "\
# bad
[service-user]
send_service_user_token = true

# good
[service_user]
send_service_user_token = true",
    check,
};

/// Sections that decide over service tokens even where no switch is on.
const ALWAYS: [&str; 1] = ["barbican_service_user"];

fn check(context: &Context<'_>) -> Vec<Finding> {
    services(context).flat_map(in_service).collect()
}

fn in_service(service: &ServiceFacts) -> Vec<Finding> {
    service.service.configuration.layers().iter().flat_map(|layer| in_file(service, layer)).collect()
}

fn in_file(service: &ServiceFacts, layer: &Layer) -> Vec<Finding> {
    let sections = layer.distinct_sections();
    let odd = sections.filter_map(|part| Some((part.span().line, meant(service, part.name())?, part)));
    let mut odd: Vec<(usize, &str, Section<'_>)> = odd.collect();
    odd.sort_by_key(|(line, ..)| *line);
    odd.truncate(MOST);
    odd.iter().map(|(_, meant, part)| finding(service, layer, part, meant)).collect()
}

fn finding(service: &ServiceFacts, layer: &Layer, part: &Section<'_>, meant: &str) -> Finding {
    let name = printable(part.name());
    let message = format!("[{name}] is another section than [{meant}], and nobody reads it");
    Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .at(Some(layer.section_place(part)))
        .section(&name)
        .help(format!("write [{meant}]"))
        .likely()
}

/// More such names than these in one file help nobody.
const MOST: usize = 20;

/// The section that was meant, where it is not the one that is written.
fn meant<'f>(service: &'f ServiceFacts, name: &str) -> Option<&'f str> {
    let schema = &service.service.schema;
    let lower = lower(name);
    if name == "DEFAULT" || ALWAYS.contains(&&*lower) {
        return None;
    }
    // Most sections have the very name that is read.
    if name == lower && name != "default" && schema.group(name).is_some() {
        return None;
    }
    let meant = meant_section(name);
    let mut known = schema.groups().iter().map(|group| group.name.as_str()).chain(ALWAYS);
    let meant = known.find(|known| known.eq_ignore_ascii_case(&meant))?;
    // The service may well have a section of the name that is written.
    (lower == "default" || !schema.has_group(&lower)).then_some(meant)
}
