//! Configuration files inside Kubernetes manifests: Secrets and ConfigMaps.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_yaml_ng::Value;

use super::method::name as method;
use super::name::{Role, is_numbered, role};
use super::{numbered_object, with_room};
use crate::catalog::ServiceKind;
use crate::deployment::paste::is_paste_name;
use crate::deployment::policy::is_policy_name;
use crate::deployment::{Process, Source, Text, Unchecked};

/// A manifest larger than this (bytes) is not read.
const MAX_SIZE: u64 = 64 << 20;
/// Nor is any more once this many bytes were read below one target.
const MAX_TOTAL: usize = 256 << 20;

/// Whether a file may be a manifest.
pub(super) fn is_manifest_name(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end))
}

/// An object that may hold files.
#[derive(Debug, Default)]
struct Object {
    manifest: String,
    namespace: String,
    name: String,
    /// Keys that look like files, sorted.
    files: Vec<(String, Arc<[u8]>)>,
    /// Its policy files.
    policies: Vec<Text>,
}

/// What the manifests of a tree hold.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    objects: Vec<Object>,
    /// Those of each namespace and name.
    named: HashMap<(String, String), Vec<usize>>,
    pub(super) unchecked: Vec<Unchecked>,
    /// Bytes read so far.
    read: usize,
}

impl Manifests {
    /// Reads one file, if it is a manifest at all.
    pub(super) fn read(&mut self, path: &Path) {
        let label = path.display().to_string();
        if self.read > MAX_TOTAL {
            self.give_up(&label);
            return;
        }
        let text = match text(path) {
            Ok(text) => text,
            Err(Unread::TooLarge) => return self.too_large(label),
            Err(Unread::NoText) => return,
        };
        self.read += text.len();
        if !may_be_one(&text) {
            return;
        }
        for document in serde_yaml_ng::Deserializer::from_str(&text) {
            match Value::deserialize(document) {
                Ok(value) => self.value(&label, &value),
                // A chart's template is no manifest yet.
                Err(_) if text.contains("{{") => return,
                Err(error) => {
                    let at =
                        error.location().map_or_else(String::new, |at| format!(" at line {}", at.line()));
                    self.unchecked.push(Unchecked {
                        what: label,
                        why: format!("is no YAML that can be read{at}"),
                        how: "correct it, or give the files themselves".to_owned(),
                    });
                    return;
                }
            }
        }
    }

    fn give_up(&mut self, label: &str) {
        let why = format!("more than {} MiB of manifests were read before it", MAX_TOTAL >> 20);
        if !self.unchecked.iter().any(|known| known.why == why) {
            let what = format!("{label} and the manifests behind it");
            self.unchecked.push(Unchecked { what, why, how: "give them as targets".to_owned() });
        }
    }

    fn too_large(&mut self, label: String) {
        self.unchecked.push(Unchecked {
            what: label,
            why: format!("is larger than {} MiB", MAX_SIZE >> 20),
            how: "give the objects of OpenStack's services in a file of their own".to_owned(),
        });
    }

    /// What cannot be used of an object is passed over, as a list's `items: null`.
    fn value(&mut self, label: &str, value: &Value) {
        for item in value.get("items").and_then(Value::as_sequence).into_iter().flatten() {
            self.value(label, item);
        }
        let is_secret = match value.get("kind").and_then(Value::as_str) {
            Some("Secret") => true,
            Some("ConfigMap") => false,
            _ => return,
        };
        let metadata = |key: &str| {
            let text = value.get("metadata").and_then(|metadata| metadata.get(key)?.as_str());
            text.unwrap_or_default().to_owned()
        };
        let mut object = Object {
            manifest: label.to_owned(),
            namespace: metadata("namespace"),
            name: metadata("name"),
            files: Vec::new(),
            policies: Vec::new(),
        };
        for (field, encoded) in [("data", is_secret), ("binaryData", true), ("stringData", false)] {
            for (key, value) in value.get(field).and_then(Value::as_mapping).into_iter().flatten() {
                self.file(&mut object, key, value, encoded);
            }
        }
        object.files.sort();
        // A bundle has an object in a list and by itself.
        let named = self.named.entry((object.namespace.clone(), object.name.clone())).or_default();
        let is_known = named.iter().any(|&known| self.objects[known].files == object.files);
        if !object.files.is_empty() && !is_known {
            named.push(self.objects.len());
            self.objects.push(object);
        }
    }

    fn file(&mut self, object: &mut Object, key: &Value, value: &Value, encoded: bool) {
        let (Some(key), Some(value)) = (key.as_str(), value.as_str()) else { return };
        let is_policy = is_policy_name(key);
        if !key.ends_with(".conf") && !is_paste_name(key) && !is_policy {
            return;
        }
        if value.starts_with("ENC[") {
            self.unchecked.push(Unchecked {
                what: format!("{}#{}/{key}", object.manifest, object.name),
                why: "is encrypted (SOPS)".to_owned(),
                how: "give it decrypted".to_owned(),
            });
            return;
        }
        let bytes = if encoded {
            let packed: String = value.split_whitespace().collect();
            let Ok(bytes) = STANDARD.decode(packed) else {
                self.unchecked.push(Unchecked {
                    what: format!("{}#{}/{key}", object.manifest, object.name),
                    why: "is not base64; a support bundle may have masked it".to_owned(),
                    how: "give the file itself".to_owned(),
                });
                return;
            };
            bytes
        } else if value.contains("{{") {
            // A chart's template that happens to be YAML.
            return;
        } else {
            value.as_bytes().to_vec()
        };
        let file = (key.to_owned(), Arc::from(bytes));
        if is_policy {
            let policy = object.text(&file);
            object.policies.push(policy);
        } else {
            object.files.push(file);
        }
    }

    /// The processes that the objects make up.
    pub(super) fn processes(&self) -> Vec<Process> {
        self.objects.iter().flat_map(|object| self.of_object(object)).collect()
    }

    fn of_object(&self, object: &Object) -> Vec<Process> {
        let mut found = Vec::new();
        let mut kinds: Vec<ServiceKind> = Vec::new();
        for (key, _) in &object.files {
            if let Some((kind, _)) = ServiceKind::from_file_name(key)
                && !kinds.contains(&kind)
            {
                kinds.push(kind);
            }
        }
        for &kind in &kinds {
            found.extend(self.service(object, kind));
        }
        if kinds.is_empty() {
            found.extend(self.numbered(object));
        }
        found
    }

    /// An object that holds a service's main file, as openstack-helm's do: its
    /// logins may stand in a second object, which is mounted as fragments.
    fn service(&self, object: &Object, kind: ServiceKind) -> Vec<Process> {
        let Some(service) = kind.name() else { return Vec::new() };
        let is_copy = self.is_copy(object, service);
        let logins = self
            .logins(object)
            .or_else(|| is_copy.then(|| self.named(object, &format!("{service}-ks-etc")))?);
        let has = |name: &str| object.files.iter().any(|(key, _)| key == name);
        let from_helm = object.name.ends_with("-etc") || is_copy;
        let method = match (from_helm, logins) {
            (true, Some(_)) => Some(method::OPENSTACK_HELM),
            (true, None) if object.manifest.contains("atmosphere") => Some(method::ATMOSPHERE),
            (true, None) => Some(method::OPENSTACK_HELM),
            (false, _) if object.name.ends_with("-config-data") => Some(method::RHOSO),
            (false, _) => None,
        };
        let process = match role(&object.name, kind) {
            Some(Role::Neither) => return Vec::new(),
            Some(Role::Process(process)) => Some(process),
            // A worker's or a job's: the API is no daemon set.
            None if is_copy => return Vec::new(),
            None => None,
        };
        let numbered = || object.files.iter().filter(|(key, _)| is_numbered(key));
        let fragments = || {
            let logins =
                logins.iter().flat_map(|logins| logins.files.iter().map(move |file| logins.source(file)));
            numbered().map(|file| object.source(file)).chain(logins).collect::<Vec<_>>()
        };
        let made = |process: Option<&'static str>, mut sources: Vec<Source>| {
            sources.extend(fragments());
            Process { process, method, policies: object.policies.clone(), ..super::found(service, sources) }
        };
        let mut found = Vec::new();
        let compute = kind == ServiceKind::Nova && has("nova-compute.conf");
        let main: Vec<Source> = object
            .files
            .iter()
            .filter(|(key, _)| is_paste_name(key) || is_main(key, kind))
            .map(|file| object.source(file))
            .collect();
        // Pods of nova-compute have its file in the place of the main one.
        let has_own = compute && process == Some("nova-compute");
        if !main.is_empty() && !has_own {
            let told = ServiceKind::from_file_name(&main_name(object, kind)).and_then(|(_, process)| process);
            found.push(made(process.or(told), main));
        }
        if compute && let Some(file) = object.files.iter().find(|(key, _)| key == "nova-compute.conf") {
            found.push(made(Some("nova-compute"), vec![object.source(file)]));
        }
        found
    }

    /// openstack-helm's second object, with one file for each login.
    fn logins(&self, object: &Object) -> Option<&Object> {
        self.named(object, &format!("{}-ks-etc", object.name.strip_suffix("-etc")?))
    }

    /// An object beside this one.
    fn named(&self, object: &Object, name: &str) -> Option<&Object> {
        let first = self.named.get(&(object.namespace.clone(), name.to_owned()))?.first()?;
        self.objects.get(*first)
    }

    /// Whether it is openstack-helm's copy of a service's object for the pods of one
    /// daemon set, with the same logins: `nova-compute-default`, or with a hash for
    /// the hosts that have values of their own.
    ///
    /// Source: helm-toolkit `templates/utils/_daemonset_overrides.tpl`.
    fn is_copy(&self, object: &Object, service: &str) -> bool {
        let name = object.name.strip_suffix("-etc").unwrap_or(&object.name);
        let is_hash =
            |text: &str| matches!(text.len(), 8 | 16) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        name.starts_with(service)
            && name.rsplit_once('-').is_some_and(|(_, last)| last == "default" || is_hash(last))
            && self.named(object, &format!("{service}-etc")).is_some()
    }

    /// An object with numbered fragments alone, as RHOSO's are.
    fn numbered(&self, object: &Object) -> Option<Process> {
        let numbered = object.files.iter().filter(|(key, _)| is_numbered(key));
        let made = numbered_object(&object.name, numbered.map(|file| object.source(file)).collect())?;
        Some(Process { policies: object.policies.clone(), ..made })
    }
}

impl Object {
    fn source(&self, file: &(String, Arc<[u8]>)) -> Source {
        Source::Text(self.text(file))
    }

    fn text(&self, (key, bytes): &(String, Arc<[u8]>)) -> Text {
        Text {
            label: format!("{}#{}/{key}", self.manifest, self.name),
            bytes: Arc::clone(bytes),
            paste: is_paste_name(key),
        }
    }
}

/// Whether a key is the file that a service's main process reads.
fn is_main(key: &str, kind: ServiceKind) -> bool {
    key != "nova-compute.conf" && ServiceKind::from_file_name(key).is_some_and(|(known, _)| known == kind)
}

fn main_name(object: &Object, kind: ServiceKind) -> String {
    object.files.iter().map(|(key, _)| key.clone()).find(|key| is_main(key, kind)).unwrap_or_default()
}

fn may_be_one(text: &str) -> bool {
    text.contains("kind") && (text.contains("Secret") || text.contains("ConfigMap"))
}

/// Why a file was not read.
enum Unread {
    TooLarge,
    NoText,
}

fn text(path: &Path) -> Result<String, Unread> {
    const LOOK: u64 = 1 << 20;
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).ok_or(Unread::NoText)?;
    let file = File::open(path).map_err(|_| Unread::NoText)?;
    if metadata.len() > MAX_SIZE {
        let mut start = Vec::new();
        let read = file.take(LOOK).read_to_end(&mut start);
        let is_one = read.is_ok() && may_be_one(&String::from_utf8_lossy(&start));
        return Err(if is_one { Unread::TooLarge } else { Unread::NoText });
    }
    let mut text = with_room(&metadata);
    let read = file.take(MAX_SIZE).read_to_string(&mut text);
    read.map(|_| text).map_err(|_| Unread::NoText)
}
