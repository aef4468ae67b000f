//! One note about all receivers that could do with an option: said once, with each
//! place. No rule of its own.

use super::{Context, Rule, names, receivers, together};
use crate::config::Setting;
use crate::facts::ServiceFacts;
use crate::findings::{Finding, Severity};
use crate::service::Receiver;

/// The receivers that `lacks` says are without the option; `message` is made from
/// their names. The place is the option's own line, or else its section.
pub(super) fn note(
    context: &Context<'_>,
    rule: &Rule,
    option: &str,
    lacks: impl Fn(&Receiver) -> bool,
    message: impl FnOnce(&str) -> String,
    help: &str,
) -> Vec<Finding> {
    let lacking: Vec<(&ServiceFacts, &Receiver)> =
        receivers(context).filter(|(_, receiver)| lacks(receiver)).collect();
    let message = message(&names(lacking.iter().map(|(service, _)| *service)));
    let places = lacking.iter().map(|(service, receiver)| {
        let written = receiver.setting(option).and_then(Setting::place);
        (service.service.id.as_str(), written.or_else(|| receiver.header.clone()))
    });
    together(rule, Severity::Note, message, places)
        .map(|finding| finding.section("keystone_authtoken").option(option).help(help))
        .into_iter()
        .collect()
}
