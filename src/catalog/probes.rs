//! What can be asked of a running service without changing anything.
//!
//! Source: the services' API references and the service types authority.

use super::ServiceKind;

/// The types under which the catalogue has a service, and a path below its
/// endpoint that needs a token; `None` where none is known.
pub fn probe(kind: ServiceKind) -> Option<(&'static [&'static str], &'static str)> {
    Some(match kind {
        ServiceKind::Cinder => (&["block-storage", "block-store", "volumev3"], "types?limit=1"),
        ServiceKind::Neutron => (&["network"], "v2.0/networks?limit=1&fields=id"),
        ServiceKind::Glance => (&["image"], "v2/images?limit=1"),
        ServiceKind::Nova => (&["compute"], "servers?limit=1"),
        ServiceKind::Cyborg => (&["accelerator"], "device_profiles"),
        _ => return None,
    })
}
