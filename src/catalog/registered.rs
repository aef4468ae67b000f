//! Every option that a service registers, for `$name` references: which names
//! exist, and what they stand for when nobody sets them.
//!
//! The table is only looked at when a value holds a reference.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::services::ServiceKind;
use super::table::{kind, rows};
use crate::config::{Default, Kind, OptionSpec, Registry};

/// The options of one service.
#[derive(Debug)]
struct Registered {
    service: &'static str,
}

type Row = [&'static str; 7];

/// The services in the table.
static SERVICES: [Registered; 9] = [
    Registered { service: "nova" },
    Registered { service: "cinder" },
    Registered { service: "glance" },
    Registered { service: "neutron" },
    Registered { service: "placement" },
    Registered { service: "ironic" },
    Registered { service: "manila" },
    Registered { service: "barbican" },
    Registered { service: "cyborg" },
];

/// What a service registers; `None` for a service that is not in the table.
pub fn registered(service: ServiceKind) -> Option<&'static dyn Registry> {
    let name = service.name()?;
    SERVICES.iter().find(|known| known.service == name).map(|known| known as &dyn Registry)
}

/// The table.
const TABLE: &str = include_str!("data/registered.tsv");

/// The stretches of the table that are about one group, by group. The table is large
/// and asked for every name that a login section does not know, so it is gone through
/// once and then only where it may answer.
fn stretches(group: &str) -> &'static [&'static str] {
    static BY_GROUP: OnceLock<HashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    let by_group = BY_GROUP.get_or_init(|| {
        let mut found: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
        let (mut start, mut at, mut current) = (0, 0, "");
        for line in TABLE.split_inclusive('\n') {
            let group = line.split('\t').nth(1).unwrap_or_default();
            if group != current {
                found.entry(current).or_default().push(&TABLE[start..at]);
                (start, current) = (at, group);
            }
            at += line.len();
        }
        found.entry(current).or_default().push(&TABLE[start..]);
        found
    });
    by_group.get(group).map_or(&[], Vec::as_slice)
}

/// The line of a text that holds the byte at `at`.
fn line_around(text: &'static str, at: usize) -> &'static str {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    &text[start..end]
}

impl Registered {
    fn is_of(&self, row: &Row) -> bool {
        row[0].split(',').any(|name| name == self.service)
    }
}

impl Registry for Registered {
    fn option(&self, group: &str, name: &str) -> Option<OptionSpec> {
        let cells = format!("\t{group}\t{name}\t");
        let lines = stretches(group).iter().flat_map(|text| {
            let places = memchr::memmem::find_iter(text.as_bytes(), &cells);
            places.map(|at| line_around(text, at)).collect::<Vec<_>>()
        });
        lines.flat_map(rows::<7>).find(|row| self.is_of(row) && row[1] == group && row[2] == name).map(spec)
    }

    fn has_group(&self, group: &str) -> bool {
        stretches(group).iter().flat_map(|text| rows::<7>(text)).any(|row| self.is_of(&row))
    }
}

fn spec([_, _, name, type_name, default, secret, known]: Row) -> OptionSpec {
    let kind = match type_name {
        // Registered perhaps, by a driver: what it stands for is not known.
        _ if known == "listed" => Kind::Opaque,
        "dict" | "multi" | "range" | "subcommand" | "other" => Kind::Opaque,
        "port" => Kind::Int,
        // Of no choice more is needed here than its text.
        "choice" => Kind::Str,
        name => kind(name, ""),
    };
    OptionSpec {
        name,
        kind,
        default: cell_default(default, kind),
        deprecated: &[],
        secret: secret == "secret",
    }
}

/// `\N` is unset, `\H` hangs on the host. A text may hold references, which are
/// still to be resolved; anything else stands as Python prints it.
fn cell_default(cell: &'static str, kind: Kind) -> Default {
    match cell {
        "\\N" => Default::None,
        "\\H" => Default::HostDependent,
        _ if cell.contains('\\') => Default::Text(Box::leak(unescape(cell).into_boxed_str())),
        _ if kind == Kind::Str => Default::Text(cell),
        _ => Default::Printed(cell),
    }
}

fn unescape(cell: &str) -> String {
    cell.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nova_knows_its_state_path_and_its_address() {
        let nova = registered(ServiceKind::Nova).unwrap();
        assert_eq!(nova.option("DEFAULT", "my_ip").unwrap().default, Default::HostDependent);
        assert_eq!(nova.option("DEFAULT", "ssl_only").unwrap().default, Default::Printed("False"));
        assert!(nova.option("DEFAULT", "nosuch").is_none());
        assert!(nova.has_group("neutron") && !nova.has_group("nosuch"));
        assert!(registered(ServiceKind::Heat).is_none());
    }
}
