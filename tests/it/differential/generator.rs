//! Configurations out of the grammar's corners and of whole files, from a seed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fastrand::Rng;

use super::world::World;
use super::{Case, Part};

/// Names that are registered, near them, or not at all.
const SECTIONS: &[&str] = &[
    "DEFAULT",
    "default",
    "keystone_authtoken",
    "keystone_authtoken",
    "service_user",
    "service_user",
    "barbican_service_user",
    "barbican_service_user",
    "Service_User",
    "KEYSTONE_AUTHTOKEN",
    " service_user ",
    "service-user",
    "[service_user]",
    "service_user] # [x",
    "\u{212a}eystone_authtoken",
    "other",
    " ",
    "\u{a0}",
    "ſervice_user",
];

const KEYS: &[&str] = &[
    "service_token_roles",
    "service_token_roles_required",
    "delay_auth_decision",
    "http_connect_timeout",
    "http_request_max_retries",
    "memcached_servers",
    "memcache_servers",
    "memcache_security_strategy",
    "memcache_pool_maxsize",
    "auth_type",
    "auth_plugin",
    "auth-type",
    "auth_section",
    "auth_url",
    "username",
    "user-name",
    "user_name",
    "password",
    "project_name",
    "tenant_name",
    "tenant-name",
    "project_id",
    "tenant_id",
    "user_domain_name",
    "project_domain_name",
    "send_service_user_token",
    "timeout",
    "insecure",
    "cafile",
    "tls_min_version",
    "split_loggers",
    "collect_timing",
    "application_credential_secret",
    "application_credential_id",
    "region_name",
    "interface",
    "include_service_catalog",
    "enforce_token_bind",
    "state_path",
    "workers",
    "ratio",
    "names",
    "debug_requests",
    "Username",
    "user name",
    "\"username\"",
    "www_authenticate_uri",
    "memcache_secret_key",
    "token_cache_time",
    "unknown_option",
    "service_type",
];

const VALUES: &[&str] = &[
    "",
    "true",
    "TRUE",
    "yes",
    "On",
    "1",
    "0",
    "off",
    "no",
    "False",
    "t",
    "None",
    "true # yes",
    " true",
    "\"true\"",
    "'no'",
    "5",
    "007",
    "+1_000",
    "-3",
    "0x10",
    "1.0",
    "1e3",
    ".5",
    "inf",
    "-nan",
    "NaN",
    "1_0.5",
    "1__0",
    "_1",
    "\u{661}\u{662}",
    "\u{ff15}",
    "\u{a0}5\u{a0}",
    "5\u{1f}",
    "service",
    "Service",
    "service,admin",
    "service, admin ,",
    ",a",
    "a,,b",
    "a, ,",
    ",",
    ",,",
    "\"service\"",
    "'a','b'",
    "\"a\" # \"b\"",
    "\"",
    "''",
    "\"a'",
    "a\\",
    "\\$x",
    "$username",
    "${username}",
    "$user_name",
    "$user-name",
    "$password",
    "$$",
    "$$username",
    "\\$username",
    "\\\\$username",
    "\\$$username",
    "$nosuch",
    "${nosuch}",
    "${username",
    "$",
    "$1",
    "${a-b}",
    "$service_user",
    "$username.",
    "$username.conf",
    "${service_user.username}",
    "$service_user.username",
    "${keystone_authtoken.username}",
    "${DEFAULT.state_path}",
    "${other.x}",
    "$state_path/ca.pem",
    "$workers",
    "$ratio",
    "$names",
    "$debug_requests",
    "$service_token_roles",
    "$timeout",
    "$insecure",
    "$USERNAME",
    "$\u{17f}tate_path",
    "$auth_url",
    "$tenant_name",
    "${tenant_name}",
    "$memcache_servers",
    "http://$username:5000",
    "1.2",
    "1.3",
    "mac",
    "ENCRYPT",
    "encrypt",
    "none",
    "MAC ",
    "p\u{e4}ss",
    "a\u{2028}b",
    "a\u{85}",
    "a\u{b}b",
    "\u{feff}x",
    "a\0b",
    "it's",
    "a\"b",
    "k=v",
    "k:v",
    "[x]",
    "; c",
    "# c",
    "http://h:5000/v3",
    "$auth_type$auth_type$auth_type",
    "99999999999999999999999999",
    "1e400",
    "123456789012345678",
    "0.1",
    "1e16",
    "1e-5",
    "100000.0",
    "12345678.9",
];

const LINE_ENDS: &[&str] = &["\n", "\n", "\n", "\n", "\n", "\n", "\r\n", "\r", "\n\r", "\r\r\n"];

const SEPARATORS: &[&str] = &[" = ", "=", ":", " : ", "= ", " =", "\t=\t", "==", "=:", "\u{a0}=\u{a0}", ""];

const ODD_LINES: &[&str] = &[
    "",
    " ",
    "\t",
    "\u{c}",
    "\u{a0}",
    "# comment",
    "; comment",
    "#",
    " # indented",
    "garbage",
    "= value",
    ": value",
    "[",
    "[]",
    "[x",
    "[a] x",
    "[service_user] # c",
    " [service_user]",
    "\u{feff}",
    "\u{c}k = v",
    "\u{a0}username = x",
    "\u{1c}username = x",
    "\u{85}",
    "\0",
    "=",
    "[\u{a0}]",
];

const SPRINKLES: &[&str] = &[
    " ", "\t", "\n", "\r", "=", ":", "#", ";", "[", "]", "\"", "'", "$", "{", "}", "\\", ",", ".", "_", "-",
    "\u{a0}", "\u{85}", "\u{2028}", "\u{1c}", "\u{feff}", "\0", "\u{c}", "a", "A", "1",
];

const FILE_NAMES: &[&str] = &[
    "10.conf",
    "9.conf",
    "a.conf",
    "B.conf",
    "_.conf",
    ".hidden.conf",
    "x.CONF",
    "README",
    "b.conf.bak",
    "é.conf",
    "a b.conf",
    "~.conf",
    "A.conf",
];

/// Whole files longer than this (bytes) slow the run down and show little more.
const LONGEST_FILE: usize = 3000;

pub(super) struct Generator<'w> {
    rng: Rng,
    worlds: &'w [World],
    /// The one of the case that is being made.
    world: &'w World,
    /// The section that is being written.
    section: String,
    /// Files as people and deployment tools write them.
    files: Vec<String>,
}

impl<'w> Generator<'w> {
    pub(super) fn new(seed: u64, worlds: &'w [World]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut files = Vec::new();
        gather(&root, &mut files);
        // The order in which a directory is listed is not to matter for the seed.
        files.sort();
        Self { rng: Rng::with_seed(seed), worlds, world: &worlds[0], section: String::new(), files }
    }

    pub(super) fn case(&mut self) -> Case {
        let world = self.rng.usize(0..self.worlds.len());
        self.world = &self.worlds[world];
        let count = 1 + self.rng.usize(0..3) * self.rng.usize(0..2);
        let parts = (0..count).map(|_| self.part()).collect();
        let mut env = BTreeMap::new();
        if self.rng.u8(0..8) == 0 {
            for _ in 0..=self.rng.usize(0..2) {
                self.section = self.pick(SECTIONS).to_owned();
                let (group, key) = (self.section.clone(), self.key());
                let name = format!("OS_{group}__{key}");
                // Now and then as it is, which is the name of another variable.
                let name = if self.rng.u8(0..10) > 0 { name.to_uppercase() } else { name };
                env.insert(name, self.value().replace('\0', ""));
            }
            env.retain(|name, _| !name.contains(['\0', '=']));
        }
        Case { world, parts, env }
    }

    /// The name of an option: mostly one of the section, under any of its names.
    fn key(&mut self) -> String {
        let section = self.section.to_lowercase();
        let options: Vec<_> =
            self.world.options.iter().filter(|option| option.group.to_lowercase() == section).collect();
        if options.is_empty() || self.rng.u8(0..4) == 0 {
            return self.pick(KEYS).to_owned();
        }
        let names = &options[self.rng.usize(0..options.len())].names;
        let name = names[self.rng.usize(0..names.len())].clone();
        match self.rng.u8(0..40) {
            0 => name.replace('_', "-"),
            1 => name.to_uppercase(),
            _ => name,
        }
    }

    fn value(&mut self) -> String {
        if self.rng.u8(0..12) > 0 {
            return self.pick(VALUES).to_owned();
        }
        let option = &self.world.options[self.rng.usize(0..self.world.options.len())];
        let name = &option.names[self.rng.usize(0..option.names.len())];
        match self.rng.u8(0..4) {
            0 => format!("${name}"),
            1 => format!("x${{{}.{name}}}", option.group),
            2 => format!("${}.{name}/y", option.group),
            _ => format!("${{{name}}} ${name}"),
        }
    }

    fn pick(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.rng.usize(0..texts.len())]
    }

    fn part(&mut self) -> Part {
        if self.rng.u8(0..5) > 0 {
            return Part::File(self.content());
        }
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for _ in 0..self.rng.usize(0..4) {
            let name = self.pick(FILE_NAMES);
            if !files.iter().any(|(known, _)| known == name) {
                files.push((name.to_owned(), self.content()));
            }
        }
        Part::Dir(files)
    }

    fn content(&mut self) -> Vec<u8> {
        let mut text = if self.rng.u8(0..8) == 0 { self.mutated_file() } else { self.made_up() };
        if self.rng.u8(0..6) == 0 {
            self.sprinkle(&mut text);
        }
        let mut content = text.into_bytes();
        if self.rng.u8(0..200) == 0 {
            let at = self.rng.usize(0..=content.len());
            content.insert(at, 0xff);
        }
        content
    }

    /// A real file in which a few lines are replaced, repeated, moved or left out.
    fn mutated_file(&mut self) -> String {
        let file = self.files[self.rng.usize(0..self.files.len())].clone();
        let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
        for _ in 0..self.rng.usize(0..5) {
            let at = self.rng.usize(0..=lines.len());
            let new = match self.rng.u8(0..3) {
                0 => self.line(false),
                1 => lines.get(self.rng.usize(0..=lines.len())).cloned().unwrap_or_default(),
                _ => String::new(),
            };
            if self.rng.bool() || at == lines.len() {
                lines.insert(at, new);
            } else if new.is_empty() {
                lines.remove(at);
            } else {
                lines[at] = new;
            }
        }
        let end = if self.rng.u8(0..4) > 0 { "\n" } else { self.pick(LINE_ENDS) };
        lines.iter().flat_map(|line| [line.as_str(), end]).collect()
    }

    fn made_up(&mut self) -> String {
        let mut text = String::new();
        let end = if self.rng.bool() { "\n" } else { self.pick(LINE_ENDS) };
        let calm = self.rng.u8(0..3) > 0;
        if self.rng.u8(0..20) > 0 {
            text.push_str(&self.header());
            text.push_str(end);
        }
        for _ in 0..self.rng.usize(0..14) {
            let line = self.line(calm);
            text.push_str(&line);
            text.push_str(if calm || self.rng.u8(0..10) > 0 { end } else { self.pick(LINE_ENDS) });
        }
        if self.rng.u8(0..4) == 0 {
            text.truncate(text.trim_end_matches(['\n', '\r']).len());
        }
        text
    }

    fn header(&mut self) -> String {
        self.section = self.pick(SECTIONS).to_owned();
        format!("[{}]", self.section)
    }

    fn line(&mut self, calm: bool) -> String {
        match self.rng.u8(0..20) {
            0..=2 => self.header(),
            3 if !calm => self.pick(ODD_LINES).to_owned(),
            4 => self.pick(&["", "# comment", "; comment", "#", " ", "\t "]).to_owned(),
            _ => self.assignment(calm),
        }
    }

    fn assignment(&mut self, calm: bool) -> String {
        let separator = if calm { self.pick(&SEPARATORS[..6]) } else { self.pick(SEPARATORS) };
        let mut line = format!("{}{separator}{}", self.key(), self.value());
        while self.rng.u8(0..7) == 0 {
            line.push('\n');
            line.push_str(self.pick(&[" ", "\t", "    ", " \u{a0}"]));
            line.push_str(&self.value());
        }
        if self.rng.u8(0..12) == 0 {
            line.push_str(self.pick(&[" ", "\t", "\u{a0}", "\u{1f}", "\u{c}"]));
        }
        line
    }

    /// Puts in, takes out or doubles a few characters anywhere.
    fn sprinkle(&mut self, text: &mut String) {
        for _ in 0..=self.rng.usize(0..3) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            if places.is_empty() {
                return;
            }
            let at = places[self.rng.usize(0..places.len())];
            if self.rng.bool() {
                text.insert_str(at, self.pick(SPRINKLES));
            } else {
                text.remove(at);
            }
        }
    }
}

/// The texts of all configuration files below a directory.
fn gather(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_configuration = path.extension().is_some_and(|end| end == "conf");
        if path.is_dir() {
            gather(&path, files);
        } else if is_configuration && let Ok(text) = fs::read_to_string(&path) {
            files.extend(Some(text).filter(|text| text.len() <= LONGEST_FILE));
        }
    }
}
