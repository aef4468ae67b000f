//! What the rules about missing options share: the option may be there under a
//! name that is not read.

use crate::config::{Place, printable};
use crate::facts::ServiceFacts;
use crate::findings::Finding;
use crate::text::nearest;

/// Moves to the line that was probably meant to set `option`, if there is one.
pub(super) fn point_at(finding: Finding, service: &ServiceFacts, section: &str, option: &str) -> Finding {
    match misspelt(service, section, option) {
        Some((name, place)) => {
            finding.at(Some(place)).help(format!("write {option} here: {name} is not read"))
        }
        None => finding,
    }
}

/// The last line of a section whose name is nearly the option's and no option
/// itself.
fn misspelt(service: &ServiceFacts, section: &str, option: &str) -> Option<(String, Place)> {
    let group = service.service.schema.group(section);
    let known = |key: &str| group.is_some_and(|group| group.written_as(key).is_some());
    service.service.configuration.layers().iter().rev().find_map(|layer| {
        let entry = layer.entries(section).iter().rev().find(|entry| {
            let key = layer.slice(entry.key());
            !known(key) && nearest(key, std::iter::once(option)).is_some()
        })?;
        Some((printable(layer.slice(entry.key())), layer.key_place(entry, true)))
    })
}
