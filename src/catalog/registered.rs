//! Every option that a service registers, for `$name` references: which names
//! exist, and what they stand for when nobody sets them.
//!
//! The table is only looked at when a value holds a reference.

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

impl Registered {
    /// The rows of the service that hold `cells` somewhere. A search over the
    /// text is many times quicker than splitting all of it.
    fn rows_with(&self, cells: &str) -> impl Iterator<Item = Row> + use<> {
        let service = self.service;
        let places: Vec<usize> = memchr::memmem::find_iter(TABLE.as_bytes(), cells).collect();
        places
            .into_iter()
            .flat_map(|at| rows::<7>(line_around(at)))
            .filter(move |row| row[0].split(',').any(|name| name == service))
    }
}

/// The line of the table that holds the byte at `at`.
fn line_around(at: usize) -> &'static str {
    let start = TABLE[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = TABLE[at..].find('\n').map_or(TABLE.len(), |length| at + length);
    &TABLE[start..end]
}

impl Registry for Registered {
    fn option(&self, group: &str, name: &str) -> Option<OptionSpec> {
        let mut rows = self.rows_with(&format!("\t{group}\t{name}\t"));
        rows.find(|row| row[1] == group && row[2] == name).map(spec)
    }

    fn has_group(&self, group: &str) -> bool {
        self.rows_with(&format!("\t{group}\t")).any(|row| row[1] == group)
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
