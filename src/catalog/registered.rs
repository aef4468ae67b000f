//! Every option that a service registers, for `$name` references: which names
//! exist, and what they stand for when nobody sets them.
//!
//! The table is only looked at when a value holds a reference, or a login section a
//! name that is not its own.

use super::services::ServiceKind;
use super::table::{Sorted, count, kind, rows};
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

/// The table's text, sorted by group and name.
const TEXT: &str = include_str!("data/registered.tsv");

static TABLE: Sorted<{ count(TEXT) }> = Sorted::new(TEXT);

/// The table from the first row on that is not before that group and name.
fn table_from(group: &str, name: &str) -> &'static str {
    // No group or name holds anything that comes before a tab.
    let wanted = [group, "\t", name, "\t"].concat();
    let cells = |row: &'static str| row.split_once('\t').map_or(row, |(_, cells)| cells);
    TABLE.from(|row| cells(row) < &*wanted)
}

impl Registered {
    fn is_of(&self, row: &Row) -> bool {
        row[0].split(',').any(|name| name == self.service)
    }
}

impl Registry for Registered {
    fn option(&self, group: &str, name: &str) -> Option<OptionSpec> {
        let rows = rows::<7>(table_from(group, name));
        let mut rows = rows.take_while(|row| row[1] == group && row[2] == name);
        rows.find(|row| self.is_of(row)).map(spec)
    }

    fn has_group(&self, group: &str) -> bool {
        let rows = rows::<7>(table_from(group, ""));
        rows.take_while(|row| row[1] == group).any(|row| self.is_of(&row))
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
    fn every_row_of_the_table_is_found() {
        let order = |row: &Row| (row[1], row[2]);
        assert!(rows::<7>(TEXT).is_sorted_by_key(|row| order(&row)));
        for row in rows::<7>(TEXT) {
            let first = rows::<7>(table_from(row[1], row[2])).next().unwrap();
            assert_eq!(order(&first), order(&row));
        }
    }

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
