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
use super::name::{Role, is_numbered, owner, role};
use super::with_room;
use crate::catalog::ServiceKind;
use crate::deployment::paste::is_paste_name;
use crate::deployment::policy::is_policy_name;
use crate::deployment::{Process, Source, Text, Unchecked};

/// A manifest larger than this (bytes) is not read.
const MAX_SIZE: u64 = 16 << 20;
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

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    data: Option<serde_yaml_ng::Mapping>,
    #[serde(default, rename = "stringData")]
    string_data: Option<serde_yaml_ng::Mapping>,
    #[serde(default)]
    items: Vec<Value>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
}

impl Manifests {
    /// Reads one file, if it is a manifest at all.
    pub(super) fn read(&mut self, path: &Path) {
        let label = path.display().to_string();
        if self.read > MAX_TOTAL {
            self.give_up(&label);
            return;
        }
        let Some(text) = text(path) else { return };
        self.read += text.len();
        let may_be_one = text.contains("kind") && (text.contains("Secret") || text.contains("ConfigMap"));
        // A chart's template is no manifest yet.
        if !may_be_one || text.contains("{{") {
            return;
        }
        for document in serde_yaml_ng::Deserializer::from_str(&text) {
            match Value::deserialize(document) {
                Ok(value) => self.value(&label, value),
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

    fn value(&mut self, label: &str, value: Value) {
        let Ok(raw) = serde_yaml_ng::from_value::<Raw>(value) else { return };
        for item in raw.items {
            self.value(label, item);
        }
        let encoded = match raw.kind.as_str() {
            "Secret" => true,
            "ConfigMap" => false,
            _ => return,
        };
        let mut object = Object {
            manifest: label.to_owned(),
            namespace: raw.metadata.namespace,
            name: raw.metadata.name,
            files: Vec::new(),
            policies: Vec::new(),
        };
        for (key, value) in raw.data.into_iter().flatten() {
            self.file(&mut object, &key, &value, encoded);
        }
        for (key, value) in raw.string_data.into_iter().flatten() {
            self.file(&mut object, &key, &value, false);
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
        let logins = self.logins(object);
        let has = |name: &str| object.files.iter().any(|(key, _)| key == name);
        let from_helm = object.name.ends_with("-etc");
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
            Process {
                name: service.to_owned(),
                process,
                method,
                sources,
                within: None,
                on_command_line: false,
                command: None,
                policies: object.policies.clone(),
            }
        };
        let mut found = Vec::new();
        let compute = kind == ServiceKind::Nova && has("nova-compute.conf");
        let main: Vec<Source> = object
            .files
            .iter()
            .filter(|(key, _)| is_paste_name(key) || is_main(key, kind))
            .map(|file| object.source(file))
            .collect();
        if !main.is_empty() {
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
        let name = format!("{}-ks-etc", object.name.strip_suffix("-etc")?);
        let first = self.named.get(&(object.namespace.clone(), name))?.first()?;
        self.objects.get(*first)
    }

    /// An object with numbered fragments alone, as RHOSO's are.
    fn numbered(&self, object: &Object) -> Option<Process> {
        let service = owner(&object.name)?;
        let kind = ServiceKind::from_name(service);
        let process = match role(&object.name, kind) {
            Some(Role::Neither) => return None,
            Some(Role::Process(process)) => Some(process),
            None => None,
        };
        let numbered = object.files.iter().filter(|(key, _)| is_numbered(key));
        let sources: Vec<Source> = numbered.map(|file| object.source(file)).collect();
        let named = Process {
            name: service.to_owned(),
            process,
            method: Some(method::RHOSO),
            sources,
            within: None,
            on_command_line: false,
            command: None,
            policies: object.policies.clone(),
        };
        (!named.sources.is_empty()).then_some(named)
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

fn text(path: &Path) -> Option<String> {
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > MAX_SIZE {
        return None;
    }
    let mut text = with_room(&metadata);
    File::open(path).ok()?.take(MAX_SIZE).read_to_string(&mut text).ok()?;
    Some(text)
}
