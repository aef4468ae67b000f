//! Beside a finding about a value in force: the line that would count in its place,
//! where another file or a line above has one. Not a rule.

use std::collections::HashMap;

use super::Context;
use crate::config::{Origin, Place};
use crate::facts::ServiceFacts;
use crate::findings::{Finding, Related, Severity};

/// Adds the line to each finding that is more than a note.
pub(super) fn show(context: &Context<'_>, findings: &mut [Finding]) {
    let services: HashMap<&str, &ServiceFacts> =
        context.facts.services.iter().map(|facts| (facts.service.id.as_str(), facts)).collect();
    for finding in findings.iter_mut().filter(|finding| finding.severity > Severity::Note) {
        let service = finding.services.first().and_then(|id| services.get(id.as_str()));
        let Some(place) = service.and_then(|service| beaten(service, finding)) else { continue };
        if !finding.related.iter().any(|related| related.place == place) {
            let message = "overrides this line".to_owned();
            finding.related.insert(0, Related { place, message, same: false });
        }
    }
}

fn beaten(facts: &ServiceFacts, finding: &Finding) -> Option<Place> {
    let (section, option) = (finding.section.as_deref()?, finding.option.as_deref()?);
    let (setting, configuration) = facts.service.setting(section, option)?;
    if setting.place().as_ref()? != finding.place.as_ref()? {
        return None;
    }
    configuration.beaten_by(&setting).iter().find_map(Origin::place)
}
