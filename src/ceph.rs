//! What `ceph.conf` says of RadosGW's service tokens. RadosGW checks them with code of
//! its own, and the cluster's own store (`ceph config`) may say otherwise than the
//! file, so that this gives no verdict.
//!
//! Source: ceph `common/ConfUtils.cc`, `common/strtol.cc` (`strict_strtob`),
//! `common/options/rgw.yaml.in`, `rgw/rgw_auth_keystone.cc`.

use crate::config::printable;

/// The name of the file.
pub const FILE: &str = "ceph.conf";

const ENABLED: &str = "rgw_keystone_service_token_enabled";
const ROLES: &str = "rgw_keystone_service_token_accepted_roles";

/// The gateways that a file configures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateways {
    file: String,
    all: Vec<Gateway>,
}

/// What one gateway does with service tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Gateway {
    section: String,
    enabled: Option<Assignment>,
    roles: Option<Assignment>,
}

/// An option as written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Assignment {
    line: usize,
    value: String,
}

/// A section with its options, names as Ceph compares them.
struct Section {
    name: String,
    options: Vec<(String, Assignment)>,
}

impl Gateways {
    /// Reads a file's text; `None` if it says nothing of a gateway that asks Keystone.
    pub fn read(file: &str, text: &str) -> Option<Self> {
        let sections = sections(text);
        let uses_keystone = |section: &Section| {
            let is_set = |(name, _): &(String, Assignment)| {
                name.starts_with("rgw_keystone") || name == "rgw_s3_auth_use_keystone"
            };
            section.options.iter().any(is_set)
        };
        if !sections.iter().any(uses_keystone) {
            return None;
        }
        let is_gateway = |name: &str| name.starts_with("client.rgw") || name.starts_with("client.radosgw");
        let mut names: Vec<&str> = Vec::new();
        for section in sections.iter().filter(|section| is_gateway(&section.name)) {
            if !names.contains(&section.name.as_str()) {
                names.push(&section.name);
            }
        }
        if names.is_empty() {
            names.push("client");
        }
        let find = |gateway: &str, option: &str| {
            let of = |name: &str| {
                let own = sections.iter().filter(|section| section.name == name);
                own.flat_map(|section| &section.options).rfind(|(known, _)| known == option)
            };
            // The narrower section wins; in one, the last line.
            let found = of(gateway).or_else(|| of("client")).or_else(|| of("global"));
            found.map(|(_, assignment)| assignment.clone())
        };
        let all = names.into_iter().map(|name| Gateway {
            section: name.to_owned(),
            enabled: find(name, ENABLED),
            roles: find(name, ROLES),
        });
        Some(Self { file: file.to_owned(), all: all.collect() })
    }

    /// What the file says, and that it may not be all, as a sentence fragment.
    pub fn says(&self) -> String {
        format!("{}; the cluster's own store may say otherwise", self.of_file())
    }

    /// What the file says.
    fn of_file(&self) -> String {
        let said: Vec<String> = self.all.iter().map(|gateway| gateway.says(&self.file)).collect();
        printable(&match said.split_first() {
            Some((first, rest)) if rest.iter().all(|other| other == first) => first.clone(),
            _ => {
                let each = self.all.iter().zip(&said);
                let each = each.map(|(gateway, said)| format!("[{}]: {said}", gateway.section));
                each.collect::<Vec<_>>().join("; ")
            }
        })
    }
}

impl Gateway {
    fn says(&self, file: &str) -> String {
        let by = |assignment: &Option<Assignment>| match assignment {
            Some(assignment) => format!("{file}:{}", assignment.line),
            None => "by default".to_owned(),
        };
        match self.enabled.as_ref().map_or(Some(false), |enabled| truth(&enabled.value)) {
            Some(false) => {
                format!("it looks at no service token ({ENABLED} is false, {})", by(&self.enabled))
            }
            None => format!("{ENABLED} is no truth value ({})", by(&self.enabled)),
            Some(true) => {
                let roles = self.roles.as_ref().map_or("admin", |roles| roles.value.as_str());
                let roles: Vec<&str> =
                    roles.split([';', ',', '=', ' ', '\t']).filter(|role| !role.is_empty()).collect();
                let roles = if roles.is_empty() { "of no name".to_owned() } else { roles.join(" or ") };
                format!(
                    "it accepts service tokens with the role {roles} ({ROLES}, {}) and refuses requests with another",
                    by(&self.roles)
                )
            }
        }
    }
}

/// `strict_strtob`.
fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let mut whole = uncommented(line).trim().to_owned();
        while let Some(start) = whole.strip_suffix('\\') {
            let Some((next, _)) = lines.next() else { break };
            whole = format!("{start}{}", uncommented(next).trim());
        }
        if let Some(name) = whole.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push(Section { name: name.trim().to_owned(), options: Vec::new() });
        } else if let (Some((name, value)), Some(section)) = (whole.split_once('='), sections.last_mut()) {
            let assignment = Assignment { line: number, value: unquoted(value.trim()).to_owned() };
            section.options.push((normalised(name), assignment));
        }
    }
    sections
}

/// A line up to its comment, which may begin anywhere outside of quotes.
fn uncommented(line: &str) -> &str {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            _ if quote == Some(c) => quote = None,
            '#' | ';' if quote.is_none() => return &line[..at],
            _ => {}
        }
    }
    line
}

fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// Blanks and underscores are the same in a name.
fn normalised(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> Option<String> {
        Gateways::read("ceph.conf", text).map(|gateways| gateways.of_file())
    }

    const OFF: &str =
        "it looks at no service token (rgw_keystone_service_token_enabled is false, by default)";

    #[test]
    fn a_file_without_a_gateway_that_asks_keystone_says_nothing() {
        assert_eq!(says(""), None);
        assert_eq!(says("[global]\nfsid = 1\n[client.cinder]\nkeyring = x\n"), None);
        assert_eq!(says("[client.rgw.a]\nrgw frontends = beast\n"), None);
    }

    #[test]
    fn service_tokens_are_off_by_default() {
        assert_eq!(says("[client.rgw.a]\nrgw_keystone_url = http://k\n").unwrap(), OFF);
        assert_eq!(says("[global]\nrgw keystone url = http://k ; old style\n").unwrap(), OFF);
        let off =
            "[global]\nrgw_keystone_url = x\n[client.radosgw.a]\nrgw_keystone_service_token_enabled = no\n";
        assert!(says(off).unwrap().contains("is false, ceph.conf:4"), "{:?}", says(off));
    }

    #[test]
    fn the_narrower_section_wins() {
        let text = "[global]\nrgw_keystone_service_token_enabled = true\n\
                    [client]\nrgw keystone service  token accepted roles = \"a, b\" # both\n\
                    [client.rgw.x]\nrgw_keystone_service_token_accepted_roles = service\n";
        let said = "it accepts service tokens with the role service \
                    (rgw_keystone_service_token_accepted_roles, ceph.conf:6) and refuses requests with another";
        assert_eq!(says(text).unwrap(), said);
        let two = format!("{text}[client.rgw.y]\nrgw_keystone_service_token_enabled = 0\n");
        let both = says(&two).unwrap();
        assert!(both.starts_with("[client.rgw.x]: it accepts"), "{both}");
        assert!(both.contains("; [client.rgw.y]: it looks at no service token"), "{both}");
        let common = text.split("[client.rgw.x]").next().unwrap();
        assert!(says(common).unwrap().contains("with the role a or b ("), "{:?}", says(common));
    }

    #[test]
    fn values_that_mean_nothing_are_said_to() {
        let odd = "[client.rgw]\nrgw_keystone_service_token_enabled = maybe\n";
        assert_eq!(says(odd).unwrap(), "rgw_keystone_service_token_enabled is no truth value (ceph.conf:2)");
        let none = "[client.rgw]\nrgw_keystone_service_token_enabled = \\\n  ON\nrgw_keystone_service_token_accepted_roles =\n";
        assert!(says(none).unwrap().contains("with the role of no name"), "{:?}", says(none));
    }
}
