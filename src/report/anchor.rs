//! Where a finding is shown by a format that wants a file for everything, and
//! names that tell findings of one run apart.

use std::collections::HashMap;

use super::Report;
use crate::findings::Finding;

/// The first file of each service, and how often a fingerprint was seen.
pub(super) struct Anchors<'r> {
    files: HashMap<&'r str, &'r str>,
    seen: HashMap<String, usize>,
}

impl<'r> Anchors<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        let services = report.facts.services.iter().map(|facts| &facts.service);
        let files = services.filter_map(|service| Some((&*service.id, service.file.as_deref()?)));
        Self { files: files.collect(), seen: HashMap::new() }
    }

    /// The file a finding is about: where it stands, else the first file of the
    /// first service that it concerns.
    pub(super) fn file(&self, finding: &'r Finding) -> Option<&'r str> {
        match &finding.place {
            Some(place) => Some(&place.file),
            None => finding.services.iter().find_map(|id| self.files.get(&**id).copied()),
        }
    }

    /// The finding's fingerprint, made unique in this run: the second of the
    /// same place and rule differs from the first.
    pub(super) fn unique(&mut self, finding: &Finding) -> String {
        let fingerprint = finding.fingerprint();
        let times = self.seen.entry(fingerprint.clone()).or_default();
        *times += 1;
        if *times == 1 {
            return fingerprint;
        }
        crate::text::fingerprint([fingerprint.as_str(), times.to_string().as_str()])
    }
}

/// A file inside a manifest, `manifest.yaml#object/key`, parted into the manifest,
/// which is the file that a viewer can show, and the rest. Lines are those of the
/// inner file, so none can be shown in the manifest.
pub(super) fn manifest(file: &str) -> Option<(&str, &str)> {
    let (manifest, inner) = file.split_once('#')?;
    let known = [".yaml", ".yml", ".json"].iter().any(|end| manifest.ends_with(end));
    known.then_some((manifest, inner))
}

/// The file that a viewer can show, and the line in it.
pub(super) fn shown<'f>(file: &'f str, finding: &Finding) -> (&'f str, Option<usize>) {
    let line = finding.place.as_ref().map(|place| place.line);
    let (file, line) = manifest(file).map_or((file, line), |(manifest, _)| (manifest, None));
    (file.strip_prefix("./").unwrap_or(file), line)
}

/// The message, with the place inside a manifest where there is one.
pub(super) fn message(finding: &Finding) -> String {
    let place = finding.place.as_ref();
    match place.and_then(|place| Some((manifest(&place.file)?.1, place.line))) {
        Some((inner, line)) => format!("{inner}:{line}: {}", finding.message),
        None => finding.message.clone(),
    }
}

/// `[section] option`, as far as the finding says.
pub(super) fn subject(finding: &Finding) -> String {
    let section = finding.section.as_ref().map(|section| format!("[{section}]"));
    let parts: Vec<String> = section.into_iter().chain(finding.option.clone()).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_a_manifest_is_parted_from_it() {
        assert_eq!(manifest("a/nova.yaml#nova-etc/nova.conf"), Some(("a/nova.yaml", "nova-etc/nova.conf")));
        assert_eq!(manifest("a/nova#1.conf"), None);
        assert_eq!(manifest("a/nova.yaml"), None);
    }
}
