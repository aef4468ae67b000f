//! `indented-option`

use super::lines::{meant_section, services};
use super::{Context, Rule};
use crate::config::{Layer, Place, printable};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::ini::{Assignment, Span};

pub(super) const RULE: Rule = Rule {
    name: "indented-option",
    severity: Severity::Error,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "oslo_config/iniparser.py: a line that begins with a blank or a tab continues the value above",
    needs_login: false,
    summary: "An indented line looks like an option or a section, and is part of the value above it.",
    why: "A blank in the first column makes a line the continuation of the option above, whatever stands in it. The \
option or section that was meant is not there, and the value above holds a line too much: a password with \
`username = nova` behind it is refused by Keystone.",
    fix: "Remove the blanks at the start of the line.",
    example: "\
# bad
[service_user]
auth_type = password
  username = nova

# good
[service_user]
auth_type = password
username = nova",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    services(context).flat_map(in_service).collect()
}

fn in_service(service: &ServiceFacts) -> Vec<Finding> {
    service.service.configuration.layers().iter().flat_map(|layer| in_file(service, layer)).collect()
}

/// More findings than these of one file help nobody.
const MOST: usize = 20;

/// A line that continues a value.
struct Below<'f> {
    service: &'f ServiceFacts,
    layer: &'f Layer,
    section: &'f str,
    entry: &'f Assignment,
    line: Span,
    /// The section that the eye sees it in: an indented header above it is none.
    seen: &'f str,
}

fn in_file(service: &ServiceFacts, layer: &Layer) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !layer.document().has_continuations() {
        return findings;
    }
    for part in layer.document().sections() {
        // Nearly every section is done with here.
        if !has_indented_line(part.body().as_bytes()) {
            continue;
        }
        let section = part.name().to_lowercase();
        let mut seen = section.clone();
        for entry in part.assignments() {
            for line in layer.document().continuations(&entry) {
                let below = Below { service, layer, section: &section, entry: &entry, line, seen: &seen };
                findings.extend(below.finding());
                if let Some(header) = header(layer.slice(line)) {
                    seen = header;
                }
                if findings.len() == MOST {
                    return findings;
                }
            }
        }
    }
    findings
}

/// The section whose header a line looks like.
fn header(line: &str) -> Option<String> {
    line.strip_prefix('[').map(meant_section).filter(|_| line.ends_with(']'))
}

fn has_indented_line(body: &[u8]) -> bool {
    let is_blank = |at: usize| matches!(body.get(at), Some(b' ' | b'\t'));
    is_blank(0) || memchr::memchr2_iter(b'\n', b'\r', body).any(|end| is_blank(end + 1))
}

impl Below<'_> {
    fn finding(&self) -> Option<Finding> {
        let text = self.layer.slice(self.line);
        let schema = &self.service.service.schema;
        let above = printable(self.layer.slice(self.entry.key()));
        let above = above.split(' ').next().unwrap_or_default();
        if let Some(meant) = header(text) {
            let decides = schema.groups().iter().any(|group| group.name.eq_ignore_ascii_case(&meant));
            let what = format!("[{meant}] does not begin here");
            return decides.then(|| self.say(Severity::Error, &what, above));
        }
        let group = schema.group(self.seen)?;
        let key = text.split_once('=')?.0.trim_end();
        if group.written_as(key).is_none() && !super::lines::is_plugin_option(key) {
            return None;
        }
        Some(self.say(self.severity(), &format!("{key} in [{}] is not set here", self.seen), above))
    }

    /// A value above that the service reads is spoilt.
    fn severity(&self) -> Severity {
        let schema = &self.service.service.schema;
        let key = self.layer.slice(self.entry.key());
        let setting = self.service.service.configuration.get_named(schema, self.section, key);
        let line = self.entry.value().line;
        let reads = setting.is_some_and(|setting| {
            setting.place().is_some_and(|place| place.line == line && place.file == *self.layer.file())
        });
        if reads { Severity::Error } else { Severity::Warning }
    }

    fn say(&self, severity: Severity, what: &str, above: &str) -> Finding {
        let message = format!("{what}: the line is indented, so it belongs to the value of {above} above it");
        // The line is part of a value, which may be a secret.
        let place = Place::of_line(self.layer.file(), self.line.line);
        Finding::new(RULE.name, severity, message)
            .of(&self.service.service.id)
            .at(Some(place))
            .section(self.section)
            .option(above)
            .help("remove the blanks at the start of the line")
            .likely()
    }
}
