//! One problem, from one rule, at one or more places.

use std::borrow::Cow;

use super::fix::Fix;
pub use crate::config::Place;
use crate::config::harmlessly;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing, nothing to do tonight.
    Note,
    /// It works and is unsafe, or works by luck, or could not be checked.
    Warning,
    /// It does not work.
    Error,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// It follows from what was read.
    Certain,
    /// It follows unless something that was not read says otherwise.
    Likely,
}

/// A problem.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Ids of the services it concerns.
    pub services: Vec<String>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// A command that mends it, to be pasted into a shell.
    pub cure: Option<String>,
    /// Changes that mend it, one for each place, where nobody could object to them.
    pub fixes: Vec<Fix>,
    /// The line to blame.
    pub place: Option<Place>,
    /// The section it stands in.
    pub section: Option<String>,
    /// The option.
    pub option: Option<String>,
    /// Other places that explain it.
    pub related: Vec<Related>,
    /// The later release under which alone it is found, or is this bad.
    pub under: Option<&'static str>,
    /// Set when it is known and does not count.
    pub suppression: Option<Suppression>,
}

/// Another place that explains a finding, or where it is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What it says there.
    pub message: String,
    /// Whether it is found there too.
    pub same: bool,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Suppression {
    /// How it was said.
    pub kind: SuppressionKind,
    /// Why it was said.
    pub reason: Option<String>,
    /// The last day it holds, as `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// How a finding was suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuppressionKind {
    /// By a comment in the file.
    Comment,
    /// By the baseline.
    Baseline,
}

impl Severity {
    /// As in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl Confidence {
    /// As in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
        }
    }
}

impl Finding {
    /// A finding without a place, certain. Texts may hold words from a file or from
    /// Keystone, so here and below they are made safe to print.
    pub fn new(rule: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity,
            confidence: Confidence::Certain,
            services: Vec::new(),
            message: safe(message),
            help: None,
            cure: None,
            fixes: Vec::new(),
            place: None,
            section: None,
            option: None,
            related: Vec::new(),
            under: None,
            suppression: None,
        }
    }

    /// Concerns this service.
    #[must_use]
    pub fn of(mut self, service: &str) -> Self {
        self.concerns(service);
        self
    }

    /// Adds a service that it concerns.
    pub fn concerns(&mut self, service: &str) {
        // Several lines of one service come one behind the other.
        if !self.services.iter().rev().any(|known| known == service) {
            self.services.push(service.to_owned());
        }
    }

    /// Stands here.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// Is about this section.
    #[must_use]
    pub fn section(mut self, section: &str) -> Self {
        self.section = Some(section.to_owned());
        self
    }

    /// Is about this option.
    #[must_use]
    pub fn option(mut self, option: &str) -> Self {
        self.option = Some(option.to_owned());
        self
    }

    /// Is mended so.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(safe(help));
        self
    }

    /// Is mended by this command, if there is one.
    #[must_use]
    pub fn cure(mut self, command: Option<String>) -> Self {
        self.cure = command;
        self
    }

    /// Is mended by this change of the file, if there is one.
    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fixes = fix.into_iter().collect();
        self
    }

    /// Is not certain.
    #[must_use]
    pub fn likely(mut self) -> Self {
        self.confidence = Confidence::Likely;
        self
    }

    /// Is explained by another place, if there is one.
    #[must_use]
    pub fn see(mut self, place: Option<&Place>, message: impl Into<String>) -> Self {
        if let Some(place) = place {
            let message = safe(message);
            self.related.push(Related { place: place.clone(), message, same: false });
        }
        self
    }

    /// Is found in another place as well.
    pub fn is_also_at(&mut self, place: Place, message: impl Into<String>) {
        self.related.push(Related { place, message: safe(message), same: true });
    }

    /// How many places it is found in besides the first.
    pub fn other_places(&self) -> usize {
        self.related.iter().filter(|related| related.same).count()
    }

    /// A name that stays the same when lines move or values change: a hash of
    /// rule, file, section and option.
    pub fn fingerprint(&self) -> String {
        let file = self.place.as_ref().map_or("", |place| &place.file);
        let parts = [
            self.rule,
            file,
            self.section.as_deref().unwrap_or_default(),
            self.option.as_deref().unwrap_or_default(),
        ];
        // Without a place only the services tell one finding from another.
        let services = if file.is_empty() { self.services.join(",") } else { String::new() };
        crate::text::fingerprint(parts.into_iter().chain([services.as_str()]))
    }

    /// Whether two findings say the same of the same place.
    pub fn same_as(&self, other: &Self) -> bool {
        self.rule == other.rule
            && self.place == other.place
            && self.option == other.option
            && self.message == other.message
    }
}

/// A text that may hold words from a file or from Keystone, safe to print.
fn safe(text: impl Into<String>) -> String {
    harmlessly(Cow::Owned(text.into())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_steers_a_terminal() {
        let finding = Finding::new("r", Severity::Note, "a\u{1b}[2J").help("b\u{202e}");
        assert_eq!(finding.message, "a\u{fffd}[2J");
        assert_eq!(finding.help.as_deref(), Some("b\u{fffd}"));
    }

    #[test]
    fn a_fingerprint_survives_another_line_and_message() {
        let one = Finding::new("r", Severity::Error, "a").section("s").option("o");
        let two = Finding::new("r", Severity::Note, "b").section("s").option("o");
        assert_eq!(one.fingerprint(), two.fingerprint());
        assert_ne!(one.fingerprint(), one.clone().option("p").fingerprint());
    }
}
