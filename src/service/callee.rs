//! The services that a sender calls, and where it looks for them in the
//! catalogue: what a probe needs to know.

use super::credential::Transport;
use super::reader::Reader;
use super::sender::transport;
use crate::catalog::{self, InForce, ServiceKind, SessionOptions};
use crate::config::{Configuration, Schema};

/// A service that is called with the service token.
#[derive(Debug, Clone)]
pub struct Callee {
    /// Which one.
    pub kind: ServiceKind,
    /// The section that says how it is called.
    pub section: &'static str,
    /// Its types in the catalogue, newest first.
    pub service_types: &'static [&'static str],
    /// The interfaces that are looked for, the preferred one first.
    pub interfaces: Vec<String>,
    /// The region, if one is asked for.
    pub region: Option<String>,
    /// A URL that stands for the catalogue's.
    pub endpoint: Option<String>,
    /// What is asked for below the endpoint: it needs a token and changes nothing.
    pub path: &'static str,
    /// The session of the section.
    pub transport: Transport,
}

/// The services that `[service_user]` of a service of this kind calls.
pub(super) fn callees(
    kind: ServiceKind,
    configuration: &Configuration,
    schema: &Schema,
    in_force: InForce,
) -> Vec<Callee> {
    let reader = Reader::service(configuration, schema, in_force);
    kind.sessions().iter().filter_map(|options| callee(&reader, options)).collect()
}

fn callee(reader: &Reader<'_>, options: &'static SessionOptions) -> Option<Callee> {
    let (kind, section) = (options.called, options.section);
    let (service_types, path) = catalog::probe(kind)?;
    let lines = reader.section(section);
    let text = |name| lines.named(name)?.truthy_text().map(str::to_owned);
    let overridden = || text("endpoint_override");
    let (interfaces, endpoint, region) = match kind {
        // A template has the project put in, which differs for every user.
        ServiceKind::Cinder => (
            third_part(text("catalog_info").as_deref()),
            text("endpoint_template").filter(|url| !url.contains('%')),
            "os_region_name",
        ),
        ServiceKind::Nova => (listed(text("interface").as_deref(), &["public"]), None, "region_name"),
        ServiceKind::Glance if !options.has_section() => (
            third_part(text("glance_catalog_info").as_deref()),
            first_server(text("glance_api_servers").as_deref()),
            "region_name",
        ),
        _ => {
            let servers = text("api_servers").filter(|_| kind == ServiceKind::Glance);
            let interfaces = listed(text("valid_interfaces").as_deref(), &["internal", "public"]);
            (interfaces, first_server(servers.as_deref()).or_else(overridden), "region_name")
        }
    };
    let region = text(region);
    Some(Callee {
        kind,
        section,
        service_types,
        interfaces,
        region,
        endpoint,
        path,
        transport: transport(reader, options),
    })
}

/// The first of the servers in a list, as a URL (nova and cinder `image/glance.py`).
fn first_server(list: Option<&str>) -> Option<String> {
    let first = list?.split(',').map(str::trim).find(|server| !server.is_empty())?;
    Some(if first.contains("://") { first.to_owned() } else { format!("http://{first}") })
}

/// The interface that the third part of nova's `catalog_info` for cinder, and of
/// cinder's `glance_catalog_info`, names.
fn third_part(info: Option<&str>) -> Vec<String> {
    let third = info.and_then(|info| info.split(':').nth(2));
    vec![third.unwrap_or("publicURL").to_owned()]
}

/// The interfaces in order, of which the first that is there counts.
fn listed(list: Option<&str>, or_else: &[&str]) -> Vec<String> {
    match list {
        Some(list) => list.split(',').map(|word| word.trim().to_owned()).collect(),
        None => or_else.iter().map(|&word| word.to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interfaces_are_those_of_the_section() {
        assert_eq!(third_part(Some("volumev3::internalURL")), ["internalURL"]);
        assert_eq!(third_part(None), ["publicURL"]);
        assert_eq!(listed(None, &["internal", "public"]), ["internal", "public"]);
        assert_eq!(listed(Some("public, admin"), &["internal"]), ["public", "admin"]);
    }

    #[test]
    fn a_server_may_lack_its_scheme() {
        let first = |list| first_server(Some(list));
        assert_eq!(first(" , glance:9292,https://other"), Some("http://glance:9292".to_owned()));
        assert_eq!(first("https://glance"), Some("https://glance".to_owned()));
        assert_eq!(first(" "), None);
    }
}
