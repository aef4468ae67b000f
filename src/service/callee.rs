//! The services that a sender calls, and where it looks for them in the
//! catalogue: what a probe needs to know.

use super::credential::Transport;
use super::reader::Reader;
use super::sender::transport;
use crate::catalog::{self, InForce, ServiceKind, SessionOptions};
use crate::config::{Configuration, Default, Kind, OptionSpec, Schema};

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
    let text = |name| {
        let spec =
            OptionSpec { name, kind: Kind::Str, default: Default::None, deprecated: &[], secret: false };
        reader.get(section, &spec).truthy_text().map(str::to_owned)
    };
    let (catalog_info, listed, endpoint) = if options.has_section() {
        // A template has the project put in, which differs for every user.
        let endpoint = text("endpoint_override").or_else(|| text("endpoint_template"));
        let listed = text("valid_interfaces").or_else(|| text("interface"));
        let info = text("catalog_info").filter(|_| kind == ServiceKind::Cinder);
        (info, listed, endpoint.filter(|url| !url.contains('%')))
    } else {
        // cinder's calls to glance.
        let servers = text("glance_api_servers");
        let info = text("glance_catalog_info").unwrap_or_else(|| "image:glance:publicURL".to_owned());
        (Some(info), None, servers.as_deref().and_then(first_server))
    };
    Some(Callee {
        kind,
        section,
        service_types,
        interfaces: interfaces(catalog_info.as_deref(), listed.as_deref(), kind),
        region: text("region_name").or_else(|| text("os_region_name")),
        endpoint,
        path,
        transport: transport(reader, options),
    })
}

/// The first of the servers in a list, as a URL (cinder `image/glance.py`).
fn first_server(list: &str) -> Option<String> {
    let first = list.split(',').map(str::trim).find(|server| !server.is_empty())?;
    Some(if first.contains("://") { first.to_owned() } else { format!("http://{first}") })
}

/// nova asks for cinder, and cinder for glance, at the interface that the third
/// part of `catalog_info` names, and for all others at the first of
/// `valid_interfaces` that is there.
fn interfaces(catalog_info: Option<&str>, listed: Option<&str>, kind: ServiceKind) -> Vec<String> {
    if let Some(third) = catalog_info.and_then(|info| info.split(':').nth(2)) {
        return vec![third.to_owned()];
    }
    let listed = listed.map(|list| list.split(',').map(|word| word.trim().to_owned()).collect());
    match kind {
        ServiceKind::Cinder => vec!["publicURL".to_owned()],
        ServiceKind::Nova => listed.unwrap_or_else(|| vec!["public".to_owned()]),
        _ => listed.unwrap_or_else(|| vec!["internal".to_owned(), "public".to_owned()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interfaces_are_those_of_the_section() {
        assert_eq!(interfaces(Some("volumev3::internalURL"), None, ServiceKind::Cinder), ["internalURL"]);
        assert_eq!(interfaces(None, None, ServiceKind::Glance), ["internal", "public"]);
        assert_eq!(interfaces(None, Some("public, admin"), ServiceKind::Neutron), ["public", "admin"]);
    }
}
