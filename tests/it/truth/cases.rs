//! The table: files of receivers, whose token they get, and what the real
//! middleware is known to do with it.
//!
//! `@RECEIVER@` stands for the lines of a login that works, `@SENDER@` for those
//! of a sender but for its user; see `world.rs`.

use Word::{Broken, Ignored, NotSent, Rejected, Trusted};

/// What the real software was seen to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Trusted,
    Rejected,
    Ignored,
    Broken,
    NotSent,
}

impl Word {
    /// As in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Rejected => "rejected",
            Self::Ignored => "ignored",
            Self::Broken => "broken",
            Self::NotSent => "not-sent",
        }
    }
}

/// One receiver and one sender.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// The name of one of [`senders`].
    pub(super) sender: &'static str,
    /// The receiving service.
    pub(super) service: &'static str,
    /// The receiver's sources in their order.
    pub(super) sources: Vec<Part>,
    /// What the paste file hands over, if one is given.
    pub(super) paste: &'static [(&'static str, &'static str)],
    /// With keystonemiddleware 13 and 12.
    pub(super) words: [Word; 2],
    /// Where the program cannot know what happens, a part of the reason that it
    /// gives for its `unknown`.
    pub(super) unknown: [Option<&'static str>; 2],
}

/// A file, or a directory with files.
pub(super) enum Part {
    File(Text),
    Directory(Vec<(&'static str, Text)>),
}

/// What stands in a file.
pub(super) enum Text {
    Utf8(String),
    Latin1(String),
}

impl Text {
    pub(super) fn bytes(&self, fill: impl Fn(&str) -> String) -> Vec<u8> {
        match self {
            Self::Utf8(text) => fill(text).into_bytes(),
            Self::Latin1(text) => fill(text).chars().map(|c| u8::try_from(c).unwrap()).collect(),
        }
    }
}

impl Case {
    fn new(name: &'static str, sender: &'static str, words: [Word; 2], text: String) -> Self {
        let sources = vec![Part::File(Text::Utf8(text))];
        Self { name, sender, service: "cinder", sources, paste: &[], words, unknown: [None, None] }
    }

    fn at(mut self, service: &'static str) -> Self {
        self.service = service;
        self
    }

    /// With a paste file.
    fn paste(mut self, options: &'static [(&'static str, &'static str)]) -> Self {
        self.paste = options;
        self
    }

    /// One more file.
    fn file(mut self, text: &str) -> Self {
        self.sources.push(Part::File(Text::Utf8(text.to_owned())));
        self
    }

    fn directory(mut self, files: &[(&'static str, &str)]) -> Self {
        let files = files.iter().map(|(name, text)| (*name, Text::Utf8((*text).to_owned()))).collect();
        self.sources.push(Part::Directory(files));
        self
    }

    fn first(mut self, index: usize) -> Self {
        self.sources.swap(0, index);
        self
    }

    fn in_latin1(mut self) -> Self {
        for part in &mut self.sources {
            if let Part::File(Text::Utf8(text)) = part {
                *part = Part::File(Text::Latin1(std::mem::take(text)));
            }
        }
        self
    }

    fn unknown(mut self, reason: &'static str) -> Self {
        self.unknown = [Some(reason); 2];
        self
    }

    fn unknown_before(mut self, reason: &'static str) -> Self {
        self.unknown[1] = Some(reason);
        self
    }
}

/// A receiver with a login that works and these lines below it.
fn lines(name: &'static str, sender: &'static str, words: [Word; 2], lines: &str) -> Case {
    Case::new(name, sender, words, format!("[keystone_authtoken]\n@RECEIVER@{lines}\n"))
}

/// The same under both versions.
fn both(name: &'static str, sender: &'static str, word: Word, text: &str) -> Case {
    lines(name, sender, [word, word], text)
}

/// A receiver whose whole file is this, with nova's usual token.
fn whole(name: &'static str, word: Word, text: &str) -> Case {
    Case::new(name, "service", [word, word], text.to_owned())
}

/// A receiver that logs in with these lines, with nova's usual token.
fn login(name: &'static str, word: Word, text: &str) -> Case {
    whole(name, word, &format!("[keystone_authtoken]\nauth_url = @URL@\n{text}\n"))
}

/// Where the release decides.
const MOVED: [Word; 2] = [Rejected, Ignored];

/// The user, the password and the project that most logins share.
const PASSWORD: &str = "auth_type = password\npassword = @PASSWORD@\nuser_domain_name = Default\nproject_name = truth\n\
     project_domain_name = Default";

const REQUIRED: &str = "service_token_roles_required = true";

pub(super) fn cases() -> Vec<Case> {
    let groups = [
        required(),
        lists(),
        syntax(),
        sections(),
        booleans(),
        references(),
        sources(),
        pasted(),
        other_receivers(),
        sending(),
        refusing(),
        deferred_and_bound(),
        receiving(),
        logging_in(),
        urls(),
        other_options(),
    ];
    groups.into_iter().flatten().collect()
}

fn required() -> Vec<Case> {
    vec![
        lines("nothing set, the usual role", "service", [Trusted; 2], ""),
        lines("nothing set, another role", "member", MOVED, ""),
        both("required", "member", Rejected, REQUIRED),
        both("required, the usual role", "service", Trusted, REQUIRED),
        both("not required", "member", Ignored, "service_token_roles_required = false"),
        both("not required, the usual role", "service", Trusted, "service_token_roles_required = false"),
        both(
            "the list replaces the default",
            "service",
            Rejected,
            &format!("{REQUIRED}\nservice_token_roles = admin"),
        ),
        both("several roles", "service", Trusted, "service_token_roles = admin, service,member"),
        both("several in the token", "several", Trusted, "service_token_roles = backend-svc"),
        both(
            "the case of a role",
            "service",
            Rejected,
            &format!("{REQUIRED}\nservice_token_roles = Service"),
        ),
        lines("the id of a role", "service", MOVED, "service_token_roles = @ROLE_ID@"),
    ]
}

fn lists() -> Vec<Case> {
    let required = |name, sender, word, list: &str| both(name, sender, word, &format!("{REQUIRED}\n{list}"));
    vec![
        required("an empty list", "service", Rejected, "service_token_roles ="),
        both(
            "an empty list, not required",
            "service",
            Ignored,
            "service_token_roles_required = no\nservice_token_roles =",
        ),
        required("only commas", "service", Rejected, "service_token_roles = ,,"),
        required("blanks", "service", Trusted, "service_token_roles =   admin ,\t service  "),
        required("a trailing comma", "service", Trusted, "service_token_roles = service,,,"),
        required("empty items", "service", Trusted, "service_token_roles = , ,service"),
        required(
            "a comment behind the only item",
            "service",
            Rejected,
            "service_token_roles = service # nova",
        ),
        required(
            "a comment behind the last item",
            "member",
            Trusted,
            "service_token_roles = member, service # nova",
        ),
        required("quotes round the value", "service", Trusted, "service_token_roles = \"admin, service\""),
        required("single quotes round the value", "service", Trusted, "service_token_roles = 'service'"),
        required(
            "quotes round each item",
            "service",
            Rejected,
            "service_token_roles = \"admin\", \"service\"",
        ),
        required("quotes round one item", "service", Rejected, "service_token_roles = admin, 'service'"),
        required("quotes that do not match", "service", Rejected, "service_token_roles = \"service'"),
        required("quotes over two lines", "service", Rejected, "service_token_roles = \"admin,\n  service\""),
        required("continued with commas", "service", Trusted, "service_token_roles = admin,\n    service"),
        required(
            "continued without a comma",
            "service",
            Rejected,
            "service_token_roles = admin\n    service",
        ),
        required("beginning on the next line", "service", Trusted, "service_token_roles =\n    service"),
        required(
            "an indented comment inside",
            "service",
            Rejected,
            "service_token_roles = admin,\n  # ours\n  service",
        ),
        required(
            "an indented comment, with a comma",
            "service",
            Trusted,
            "service_token_roles = admin,\n  # ours,\n  service",
        ),
        required("a role with blanks", "spaced", Trusted, "service_token_roles = admin, nova services"),
        required("a role in other letters", "umlaut", Trusted, "service_token_roles = ünï"),
        required("decomposed accents", "accent", Trusted, "service_token_roles = de\u{301}co"),
        required("composed accents", "accent", Rejected, "service_token_roles = d\u{e9}co"),
        required("a no-break space before", "service", Trusted, "service_token_roles = admin,\u{a0}service"),
        required("a no-break space inside", "spaced", Rejected, "service_token_roles = nova\u{a0}services"),
        required("a zero-width space", "service", Rejected, "service_token_roles = \u{200b}service"),
    ]
}

fn syntax() -> Vec<Case> {
    vec![
        both(
            "twice, the later wins",
            "service",
            Trusted,
            "service_token_roles = admin\nservice_token_roles = service",
        ),
        both(
            "twice, the later is empty",
            "service",
            Rejected,
            &format!("{REQUIRED}\nservice_token_roles = service\nservice_token_roles ="),
        ),
        both(
            "a bad value that is overridden",
            "member",
            Rejected,
            &format!("service_token_roles_required = t\n{REQUIRED}"),
        ),
        both("a colon", "member", Trusted, "service_token_roles: member"),
        both(
            "a colon, then an equals sign",
            "member",
            Rejected,
            &format!("{REQUIRED}\nservice_token_roles : member = x"),
        ),
        both("dashes in the name", "service", Trusted, "service-token-roles = member"),
        both("capitals in the name", "service", Trusted, "Service_Token_Roles = member"),
        both("blanks before the equals sign", "member", Trusted, "service_token_roles\t = member"),
        lines(
            "an indented option",
            "member",
            MOVED,
            "service_token_roles = member\n  service_token_roles_required = false",
        ),
        both(
            "a continued line behind a comment",
            "member",
            Broken,
            "service_token_roles = admin,\n# ours\n  member",
        ),
        both(
            "a continued line behind an empty one",
            "member",
            Broken,
            "service_token_roles = admin,\n\n  member",
        ),
        both(
            "a semicolon comments",
            "member",
            Trusted,
            "; service_token_roles = admin\nservice_token_roles = member",
        ),
        both("a line without a value", "service", Broken, "service_token_roles"),
        both("a line without a name", "service", Broken, "= service"),
        both("Windows line ends", "member", Trusted, "service_token_roles = member\r\n# more\r\n"),
        whole(
            "an indented option first",
            Broken,
            "[keystone_authtoken]\n  service_token_roles = service\n@RECEIVER@",
        ),
        whole("a comment behind a header", Broken, "[keystone_authtoken] # cinder\n@RECEIVER@"),
        whole("a line before any section", Broken, "debug = true\n[keystone_authtoken]\n@RECEIVER@"),
        whole(
            "a broken line in another section",
            Broken,
            "[keystone_authtoken]\n@RECEIVER@[database]\nconnection\n",
        ),
        whole("a byte order mark", Broken, "\u{feff}[keystone_authtoken]\n@RECEIVER@"),
        whole("Latin-1", Broken, "[keystone_authtoken]\n# für Cinder\n@RECEIVER@").in_latin1(),
        whole("an empty section name", Broken, "[]\n[keystone_authtoken]\n@RECEIVER@"),
    ]
}

fn sections() -> Vec<Case> {
    let member = |name, word, text: &str| {
        Case::new(name, "member", [word, word], format!("[keystone_authtoken]\n@RECEIVER@{text}"))
    };
    vec![
        member("the section twice", Trusted, "[database]\n[keystone_authtoken]\nservice_token_roles = member\n"),
        member("the section in other case", Trusted, "[KEYSTONE_authtoken]\nservice_token_roles = member\n"),
        member("the other case first", Trusted, "[Keystone_AuthToken]\nservice_token_roles = admin\n[keystone_authtoken]\nservice_token_roles = member\n"),
        member("blanks in the brackets", Rejected, "service_token_roles_required = true\n[ keystone_authtoken ]\nservice_token_roles = member\n"),
        member("an indented header", Rejected, "service_token_roles_required = true\ncafile =\n [DEFAULT]\nservice_token_roles = admin\n"),
        whole("auth_section", Trusted, "[keystone_authtoken]\nauth_section = service_user\n[service_user]\n@RECEIVER@"),
        whole("auth_section at nova", Trusted, "[keystone_authtoken]\nauth_section = service_user\n[service_user]\n@RECEIVER@").at("nova"),
        whole("auth_section at glance", Broken, "[keystone_authtoken]\nauth_section = service_user\n[service_user]\n@RECEIVER@").at("glance"),
        whole("auth_section in other case", Broken, "[keystone_authtoken]\nauth_section = Service_User\n[service_user]\n@RECEIVER@"),
        whole("auth_section that is not there", Broken, "[keystone_authtoken]\nauth_section = elsewhere\n@RECEIVER@"),
        whole("auth_section that is empty", Trusted, "[keystone_authtoken]\nauth_section =\n@RECEIVER@"),
        whole("auth_section of its own name", Trusted, "[keystone_authtoken]\nauth_section = keystone_authtoken\n@RECEIVER@"),
        Case::new("roles stay where they are", "member", [Rejected; 2],
            "[keystone_authtoken]\nservice_token_roles_required = true\nauth_section = service_user\n[service_user]\nservice_token_roles = member\n@RECEIVER@".to_owned()),
    ]
}

fn booleans() -> Vec<Case> {
    let value = |name, word, value: &str| {
        both(name, "member", word, &format!("service_token_roles_required = {value}"))
    };
    vec![
        value("True", Rejected, "True"),
        value("1", Rejected, "1"),
        value("ON", Rejected, "ON"),
        value("0", Ignored, "0"),
        value("off", Ignored, "off"),
        value("true in quotes", Rejected, "'true'"),
        value("t", Broken, "t"),
        value("no value", Broken, ""),
        value("a comment behind", Broken, "true # since 2026.2"),
        value("a blank in quotes", Broken, "\" false\""),
        value("on the next line", Broken, "\n  true"),
        value("None", Broken, "None"),
        both("bad, with a matching role", "service", Broken, "service_token_roles_required = maybe"),
        both("bad in another option", "service", Broken, "insecure = perhaps"),
        both("bad delay_auth_decision", "service", Broken, "delay_auth_decision = "),
    ]
}

fn references() -> Vec<Case> {
    vec![
        both("a reference", "internal", Trusted, "service_token_roles = $interface"),
        both("a reference in braces", "internal", Trusted, "service_token_roles = admin,${interface}"),
        both(
            "a reference with its section",
            "internal",
            Trusted,
            "service_token_roles = $keystone_authtoken.interface",
        ),
        both("a reference to the login", "truth", Broken, "service_token_roles = $project_name"),
        both("an unknown reference", "service", Broken, "service_token_roles = $nosuch"),
        both("an unknown one beside the role", "service", Broken, "service_token_roles = service, $nosuch"),
        both("an unknown section", "service", Broken, "service_token_roles = ${nosuch.option}"),
        both("two dollars", "dollar", Trusted, "service_token_roles = pa$$role"),
        both("a backslash and a dollar", "dollar", Trusted, "service_token_roles = pa\\$role"),
        both("a dollar at the end", "cash", Trusted, "service_token_roles = cash$"),
        both("an unknown reference in the password", "service", Broken, "password = pa$word"),
        both(
            "two dollars in the password",
            "service",
            Trusted,
            "username = receiver-dollar\npassword = pa$$word",
        ),
        both(
            "an unknown reference that is overridden",
            "service",
            Trusted,
            "password = a $nova_word\npassword = @PASSWORD@",
        ),
        both(
            "a reference within the login",
            "service",
            Trusted,
            "user_domain_name = Default\nproject_domain_name = $user_domain_name",
        ),
        both("itself", "service", Broken, "service_token_roles = $service_token_roles"),
    ]
}

fn sources() -> Vec<Case> {
    const MEMBER: &str = "[keystone_authtoken]\nservice_token_roles = member\n";
    const ADMIN: &str = "[keystone_authtoken]\nservice_token_roles = admin\n";
    let required = |name, word| both(name, "member", word, REQUIRED);
    vec![
        required("a second file", Trusted).file(ADMIN).file(MEMBER),
        required("a second file that loses", Rejected).file(MEMBER).file(ADMIN),
        required("a directory", Trusted).directory(&[("10.conf", ADMIN), ("9.conf", MEMBER)]),
        required("a directory by its bytes", Rejected).directory(&[("10.conf", MEMBER), ("9.conf", ADMIN)]),
        required("capitals come first", Trusted).directory(&[("a.conf", MEMBER), ("B.conf", ADMIN)]),
        required("other names", Rejected).directory(&[
            ("roles.ini", MEMBER),
            (".roles.conf", MEMBER),
            ("roles.conf~", MEMBER),
        ]),
        both("a directory first", "member", Rejected, &format!("{REQUIRED}\nservice_token_roles = admin"))
            .directory(&[("10.conf", MEMBER)])
            .first(1),
        required("the section in pieces", Trusted)
            .file("[KEYSTONE_AUTHTOKEN]\nservice_token_roles = member\n"),
        required("a broken second file", Broken).file("[keystone_authtoken\n"),
        required("an empty second file", Rejected).file(""),
        required("a bad value that a file overrides", Rejected)
            .file("[keystone_authtoken]\ninsecure = t\n")
            .file("[keystone_authtoken]\ninsecure = false\n"),
    ]
}

/// About the paste file, which beats the others.
fn pasted() -> Vec<Case> {
    vec![
        both("glance's own paste file", "member", Ignored, REQUIRED).at("glance"),
        both("a role in the paste file", "member", Trusted, "service_token_roles = admin")
            .paste(&[("service_token_roles", "reader, member")]),
        both(
            "another role in the paste file",
            "member",
            Rejected,
            "service_token_roles = member\nservice_token_roles_required = true",
        )
        .paste(&[("service_token_roles", "service")]),
        both("required in the paste file", "member", Rejected, "service_token_roles_required = false")
            .paste(&[("service_token_roles_required", "True")]),
        both("deferred in the paste file", "member", Ignored, REQUIRED)
            .paste(&[("delay_auth_decision", "1")]),
        both(
            "not deferred in the paste file",
            "member",
            Rejected,
            &format!("{REQUIRED}\ndelay_auth_decision = true"),
        )
        .paste(&[("delay_auth_decision", "off")]),
        both("a bad value in the paste file", "service", Broken, "")
            .paste(&[("service_token_roles_required", "t")]),
        both("a bad value below the paste file", "service", Trusted, "service_token_roles_required = t")
            .paste(&[("service_token_roles_required", "false")]),
        both("quotes in the paste file", "service", Rejected, REQUIRED)
            .paste(&[("service_token_roles", "'service'")]),
        both("a reference in the paste file", "internal", Rejected, REQUIRED)
            .paste(&[("service_token_roles", "$interface")]),
        both("dashes in the paste file", "service", Trusted, "").paste(&[("service-token-roles", "member")]),
        both("another user in the paste file", "service", Broken, "")
            .paste(&[("username", "receiver-member")]),
        both("a region in the paste file", "service", Broken, "").paste(&[("region_name", "Elsewhere")]),
        both("an unknown option in the paste file", "service", Trusted, "").paste(&[("nonsense", "1")]),
        Case::new(
            "the login in the paste file",
            "service",
            [Trusted; 2],
            "[keystone_authtoken]\nauth_url = @URL@\npassword = @PASSWORD@\n".to_owned(),
        )
        .paste(&[
            ("auth_type", "password"),
            ("username", "receiver"),
            ("user_domain_name", "Default"),
            ("project_name", "truth"),
            ("project_domain_name", "Default"),
        ]),
        Case::new(
            "auth_section in the paste file",
            "service",
            [Trusted; 2],
            "[keystone_authtoken]\n[service_user]\n@RECEIVER@".to_owned(),
        )
        .paste(&[("auth_section", "service_user")]),
    ]
}

/// About what nova sends.
/// Services that build the middleware in another way than the others do.
fn other_receivers() -> Vec<Case> {
    let mut cases = Vec::new();
    for service in ["placement", "ironic", "octavia", "cyborg", "neutron", "manila", "barbican", "heat"] {
        // cyborg has a default of its own.
        let by_default = if service == "cyborg" { [Rejected; 2] } else { MOVED };
        cases.extend([
            lines("built with the default", "member", by_default, "").at(service),
            both("built with another role", "member", Trusted, "service_token_roles = member").at(service),
            whole("built without a login", Broken, "[keystone_authtoken]\nauth_url = @URL@\n").at(service),
        ]);
    }
    for service in ["placement", "ironic", "octavia"] {
        let elsewhere = "[keystone_authtoken]\nauth_section = ours\n[ours]\n@RECEIVER@";
        let elsewhere = whole("built in code, auth_section", Broken, elsewhere).at(service);
        cases.extend([
            both(
                "built in code, deferred",
                "member",
                Ignored,
                &format!("{REQUIRED}\ndelay_auth_decision = true"),
            )
            .at(service),
            both("built in code, a value that is none", "service", Broken, "delay_auth_decision = t")
                .at(service),
            // What octavia registers is in no table of the program.
            if service == "octavia" { elsewhere.unknown("[ours] is not known") } else { elsewhere },
        ]);
    }
    for service in ["neutron", "manila", "barbican", "heat"] {
        cases.push(
            both("a paste file beside it", "member", Rejected, "service_token_roles = member")
                .paste(&[("service_token_roles", "service"), ("service_token_roles_required", "true")])
                .at(service),
        );
    }
    cases.extend([
        both("cyborg's factory drops the filter's list", "member", Trusted, "service_token_roles = member")
            .paste(&[("service_token_roles", "service")])
            .at("cyborg"),
        both(
            "cyborg's factory drops what the filter requires",
            "member",
            Ignored,
            "service_token_roles_required = no",
        )
        .paste(&[("service_token_roles_required", "true")])
        .at("cyborg"),
    ]);
    cases.extend(swift());
    cases
}

/// swift, which has a paste file and nothing else, defers in it, and answers 401
/// itself where the middleware confirms one of the tokens only.
fn swift() -> Vec<Case> {
    let case = |name, sender, words, options| {
        let sources = Vec::new();
        Case { sources, ..Case::new(name, sender, words, String::new()) }.paste(options).at("swift")
    };
    let with = |more: &[(&'static str, &'static str)]| -> &'static [(&'static str, &'static str)] {
        [SWIFT_LOGIN, more].concat().leak()
    };
    let deferred = ("delay_auth_decision", "True");
    vec![
        case("swift as shipped", "service", [Trusted; 2], with(&[deferred])),
        case("swift as shipped, another role", "member", MOVED, with(&[deferred])),
        case(
            "swift, required",
            "member",
            [Rejected; 2],
            with(&[deferred, ("service_token_roles_required", "true")]),
        ),
        case(
            "swift, not required",
            "member",
            [Ignored; 2],
            with(&[deferred, ("service_token_roles_required", "false")]),
        ),
        case("swift, not deferred", "member", MOVED, with(&[])),
        case(
            "swift, a list of its own",
            "member",
            [Trusted; 2],
            with(&[deferred, ("service_token_roles", "admin, member")]),
        ),
        case("swift, a value that is none", "service", [Broken; 2], with(&[("delay_auth_decision", "t")])),
        case(
            "swift without a login",
            "service",
            [Broken; 2],
            &[("auth_url", "@URL@"), ("delay_auth_decision", "True")],
        ),
    ]
}

/// The login of a receiver that works, in swift's own file.
const SWIFT_LOGIN: &[(&str, &str)] = &[
    ("auth_type", "password"),
    ("auth_url", "@URL@"),
    ("username", "receiver"),
    ("password", "@PASSWORD@"),
    ("user_domain_name", "Default"),
    ("project_name", "truth"),
    ("project_domain_name", "Default"),
];

fn sending() -> Vec<Case> {
    vec![
        lines("an implied role", "implied", [Trusted; 2], ""),
        lines("a role by a group", "grouped", [Trusted; 2], ""),
        lines("an inherited role", "inherited", [Trusted; 2], ""),
        lines("a domain's role", "hidden", MOVED, "service_token_roles = hidden"),
        lines("what a domain's role implies", "hidden", [Trusted; 2], "service_token_roles = shown"),
        lines("a domain's token", "domain", [Trusted; 2], ""),
        lines("the system's token", "system", [Trusted; 2], ""),
        lines("an application credential", "credential", [Trusted; 2], ""),
        lines("one with fewer roles", "credential-fewer", MOVED, ""),
        lines("no scope", "unscoped", MOVED, ""),
        lines("a default project", "default-project", [Trusted; 2], ""),
        lines("old names of the login", "old-names", [Trusted; 2], ""),
        lines("auth_plugin in the login", "auth-plugin", [Trusted; 2], ""),
        lines("v3password", "v3password", [Trusted; 2], ""),
        lines("ids in the login", "ids", [Trusted; 2], ""),
        lines("quotes in the login", "quotes", [Trusted; 2], ""),
        lines("without a receiver that works", "service", [Broken; 2], "region_name = Elsewhere"),
    ]
}

/// About what nova fails to send.
fn refusing() -> Vec<Case> {
    let fails = |name, sender, word| lines(name, sender, [word, word], "");
    vec![
        fails("switched off", "off", NotSent),
        fails("no switch", "no-switch", NotSent),
        fails("no section", "no-section", NotSent),
        fails("no auth_type", "no-plugin", NotSent),
        fails("an empty auth_type", "empty-plugin", NotSent),
        fails("a bad switch", "bad-switch", Broken),
        fails("a wrong password", "mistyped", Broken),
        fails("no user domain", "no-domain", Broken),
        fails("no user domain, v3password", "v3-no-domain", Broken),
        fails("no project domain", "no-project-domain", Broken),
        fails("no auth_url", "no-url", Broken),
        fails("an unknown plugin", "unknown-plugin", Broken),
        fails("two scopes", "two-scopes", Broken),
        fails("part of the system", "part-of-system", Broken),
        fails("an unparsable file", "unparsable", Broken),
        fails("an unknown reference", "reference", Broken),
        fails("auth_section that is not there", "elsewhere", Broken),
        fails("a scope beside an application credential", "credential-scope", Broken),
        fails("no role on the project", "no-role", Broken),
        fails("a Keystone that is not there", "lost", Broken).unknown("connection refused"),
        both("off, at a receiver that is broken", "off", Broken, "auth_version = nonsense"),
    ]
}

fn deferred_and_bound() -> Vec<Case> {
    let bound = |name, word, mode: &str| both(name, "service", word, &format!("enforce_token_bind = {mode}"));
    vec![
        both("deferred", "member", Ignored, "delay_auth_decision = true"),
        both("deferred and required", "member", Ignored, &format!("delay_auth_decision = true\n{REQUIRED}")),
        both("deferred, the usual role", "service", Trusted, "delay_auth_decision = true"),
        both("deferred at glance", "member", Ignored, "delay_auth_decision = true").at("glance"),
        both(
            "deferred, may not validate",
            "service",
            Broken,
            "delay_auth_decision = true\nusername = receiver-member",
        ),
        bound("bind disabled", Trusted, "disabled"),
        bound("bind permissive", Trusted, "permissive"),
        bound("bind strict", Trusted, "strict"),
        bound("bind required", Broken, "required"),
        bound("bind Permissive", Broken, "Permissive"),
        bound("bind kerberos", Broken, "kerberos"),
        bound("bind empty", Broken, ""),
    ]
}

/// About the right to validate, and where to.
fn receiving() -> Vec<Case> {
    let user = |name, word, user: &str| both(name, "service", word, &format!("username = {user}"));
    let scope = |name, word, text: &str| {
        login(
            name,
            word,
            &format!("auth_type = password\npassword = @PASSWORD@\nuser_domain_name = Default\n{text}"),
        )
    };
    vec![
        user("an admin validates", Trusted, "receiver-admin"),
        user("a member validates", Broken, "receiver-member"),
        user("a manager validates", Broken, "receiver-manager"),
        user("a reader validates", Broken, "receiver-reader"),
        scope("a reader of the system validates", Trusted, "username = receiver-system\nsystem_scope = all"),
        scope("service on a domain validates", Trusted, "username = receiver-domain\ndomain_name = Default"),
        scope("a receiver without a scope", Broken, "username = receiver"),
        scope("a receiver with a default project", Trusted, "username = receiver-default"),
        both("a region that is there", "service", Trusted, "region_name = RegionOne"),
        both("a region in other case", "service", Broken, "region_name = regionone"),
        both("a region that is not there", "service", Broken, "region_name = Elsewhere"),
        both("an empty region", "service", Trusted, "region_name ="),
        both("an interface that is not there", "service", Broken, "interface = nosuch"),
        both("internalURL", "service", Trusted, "interface = internalURL"),
        both("public", "service", Trusted, "interface = public"),
        both("adminURL", "service", Trusted, "interface = adminURL"),
        both("an interface in other case", "service", Broken, "interface = Internal"),
        both("several interfaces", "service", Broken, "interface = internal,public"),
        both("an empty interface", "service", Trusted, "interface =\nregion_name = PublicOnly"),
        both("the default interface", "service", Broken, "region_name = PublicOnly"),
        both(
            "a region by reference",
            "truth",
            Trusted,
            "service_token_roles = truth\nregion_name = $project_name",
        ),
    ]
}

fn logging_in() -> Vec<Case> {
    let with =
        |name, word, text: &str| login(name, word, &format!("{PASSWORD}\nusername = receiver\n{text}"));
    let own = |name, word, text: &str| login(name, word, &format!("{PASSWORD}\n{text}"));
    vec![
        own("a receiver's wrong password", Broken, "username = receiver-mistyped\npassword = wrong"),
        own("a comment behind the password", Broken, "username = receiver-commented\npassword = @PASSWORD@ # secret"),
        own("a receiver that is not there", Broken, "username = nobody"),
        own("quotes inside the password", Trusted, "username = receiver-quoted\npassword = it's \"quoted\" # here"),
        own("quotes round the password", Trusted, "username = receiver\npassword = \"@PASSWORD@\""),
        with("no auth_type", Broken, "auth_type ="),
        login("no auth_type at all", Broken, "username = receiver\npassword = @PASSWORD@"),
        login("auth_plugin", Trusted, "auth_plugin = password\nusername = receiver\npassword = @PASSWORD@\nuser_domain_name = Default\nproject_name = truth\nproject_domain_name = Default"),
        with("an unknown auth_type", Broken, "auth_type = passwords"),
        with("auth_type in other case", Broken, "auth_type = Password"),
        with("quoted auth_type", Trusted, "auth_type = 'password'"),
        login("no user domain", Broken, "auth_type = password\nusername = receiver\npassword = @PASSWORD@\nproject_name = truth\nproject_domain_name = Default"),
        login("no user domain, v3password", Broken, "auth_type = v3password\nusername = receiver\npassword = @PASSWORD@\nproject_name = truth\nproject_domain_name = Default"),
        login("no project domain", Broken, "auth_type = password\nusername = receiver\npassword = @PASSWORD@\nproject_name = truth\nuser_domain_name = Default"),
        login("a default domain", Trusted, "auth_type = password\nusername = receiver\npassword = @PASSWORD@\nproject_name = truth\ndefault_domain_id = default"),
        login("a default domain by name", Trusted, "auth_type = password\nusername = receiver\npassword = @PASSWORD@\nproject_name = truth\ndefault_domain_name = Default"),
        login("a default domain, v3password", Broken, "auth_type = v3password\nusername = receiver\npassword = @PASSWORD@\nproject_name = truth\ndefault_domain_id = default"),
        login("tenant_name", Trusted, "auth_type = password\nusername = receiver\npassword = @PASSWORD@\ntenant_name = truth\nuser_domain_name = Default\nproject_domain_name = Default"),
        login("tenant_name, v3password", Broken, "auth_type = v3password\nusername = receiver\npassword = @PASSWORD@\ntenant_name = truth\nuser_domain_name = Default\nproject_domain_name = Default"),
        login("user-name", Trusted, "auth_type = password\nuser-name = receiver\npassword = @PASSWORD@\nproject_name = truth\nuser_domain_name = Default\nproject_domain_name = Default"),
        login("project-name", Broken, "auth_type = password\nusername = receiver\npassword = @PASSWORD@\nproject-name = truth\nuser_domain_name = Default\nproject_domain_name = Default"),
        with("v3password", Trusted, "auth_type = v3password"),
        with("ids beside names", Trusted, "user_id = @USER_ID@\nproject_id = @PROJECT_ID@\nproject_name = another"),
        own("a domain's name as its id", Broken, "username = receiver-id\nuser_domain_id = Default"),
        with("two scopes", Broken, "domain_name = Default"),
        with("no password", Broken, "password ="),
        with("no username", Broken, "username ="),
        with("a trust that is not there", Broken, "username = receiver-many\nproject_name =\ntrust_id = 0123456789abcdef"),
        login("an application credential validates", Trusted, "auth_type = v3applicationcredential\napplication_credential_id = @R_ID@\napplication_credential_secret = @R_SECRET@"),
        login("an application credential by name", Trusted, "auth_type = v3applicationcredential\napplication_credential_name = credential-R\nuser_id = @USER_ID@\napplication_credential_secret = @R_SECRET@"),
        login("an application credential with a scope", Broken, "auth_type = v3applicationcredential\napplication_credential_id = @R_ID@\napplication_credential_secret = @R_SECRET@\nproject_name = truth\nproject_domain_name = Default"),
        login("an application credential without its secret", Broken, "auth_type = v3applicationcredential\napplication_credential_id = @R_ID@"),
        login("an application credential of no user", Broken, "auth_type = v3applicationcredential\napplication_credential_name = credential-R\napplication_credential_secret = @R_SECRET@"),
        with("v2password", Broken, "auth_type = v2password"),
        with("none", Broken, "auth_type = none"),
        whole("obsolete options", Broken, "[keystone_authtoken]\nidentity_uri = @URL@\nadmin_user = receiver\nadmin_password = @PASSWORD@\nadmin_tenant_name = truth\n")
            .unknown_before("auth_type"),
        with("obsolete options beside a login", Trusted, "identity_uri = http://127.0.0.1:1\nadmin_user = nobody\nadmin_password = x"),
    ]
}

fn urls() -> Vec<Case> {
    let with = |name, word, url: &str| {
        both(name, "service", word, &format!("auth_url = {url}\nhttp_request_max_retries = 0"))
    };
    let v3 = |name, word, url: &str| {
        both(name, "service", word, &format!("auth_type = v3password\nauth_url = {url}"))
    };
    vec![
        with("a URL with a slash", Trusted, "@URL@/"),
        with("a URL with a version", Trusted, "@URL@/v3"),
        with("a URL with a version and a slash", Trusted, "@URL@/v3/"),
        v3("v3password with a version", Trusted, "@URL@/v3/"),
        with("a URL with a capital", Broken, "@URL@/V3"),
        with("a URL that is elsewhere", Broken, "@URL@/identity").unknown("not Keystone's"),
        v3("v3password with the whole path", Broken, "@URL@/v3/auth/tokens"),
        with("no scheme", Broken, "127.0.0.1:5000/v3"),
        with("no URL", Broken, ""),
        with("nobody there", Broken, "http://127.0.0.1:1/v3").unknown("connection refused"),
    ]
}

fn other_options() -> Vec<Case> {
    let line = |name, word, text: &str| both(name, "service", word, text);
    vec![
        line("a bad number", Broken, "http_request_max_retries = many"),
        line("a bad number of the cache", Broken, "memcache_pool_maxsize = 1.5"),
        line("auth_version v2.0", Trusted, "auth_version = v2.0"),
        line("auth_version v3", Trusted, "auth_version = v3"),
        line("auth_version in a word", Broken, "auth_version = latest-one"),
        line("auth_version empty", Broken, "auth_version ="),
        line("a time-out of 0", Broken, "http_connect_timeout = 0"),
        line("a time-out below 0", Broken, "http_connect_timeout = -3"),
        line("a time-out", Trusted, "http_connect_timeout = 5"),
        line("an empty time-out", Trusted, "http_connect_timeout ="),
        line("encryption without a key", Broken, "memcache_security_strategy = ENCRYPT"),
        line("authentication without a key", Broken, "memcache_security_strategy = mac"),
        line(
            "authentication with a key",
            Trusted,
            "memcache_security_strategy = MAC\nmemcache_secret_key = key",
        ),
        line("an unknown strategy", Broken, "memcache_security_strategy = SIGN"),
        line("no catalogue", Trusted, "include_service_catalog = false"),
        line("a CA file that is not needed", Trusted, "cafile = /nonexistent/ca.pem"),
        line("a service type", Trusted, "service_type = compute"),
        line("options nobody knows", Trusted, "service_token_role = member\nnonsense = 1"),
    ]
}

/// Nova's `[service_user]` in all its variants.
pub(super) fn senders() -> Vec<(&'static str, String)> {
    const ON_PROJECT: &str = "project_name = truth\nproject_domain_name = Default\n";
    let with = |text: &str| format!("[service_user]\n@SENDER@{text}\n");
    let user = |user: &str| with(&format!("username = {user}\n{ON_PROJECT}"));
    let nova = |text: &str| with(&format!("username = nova\n{ON_PROJECT}{text}"));
    let on =
        |text: &str| format!("[service_user]\nsend_service_user_token = true\nauth_url = @URL@\n{text}\n");
    vec![
        ("service", user("nova")),
        ("member", user("nova-member")),
        ("several", user("nova-several")),
        ("implied", user("nova-implied")),
        ("grouped", user("nova-grouped")),
        ("inherited", user("nova-inherited")),
        ("hidden", user("nova-hidden")),
        ("internal", user("nova-internal")),
        ("truth", user("nova-truth")),
        ("spaced", user("nova-nova services")),
        ("umlaut", user("nova-ünï")),
        ("accent", user("nova-de\u{301}co")),
        ("dollar", user("nova-pa$$role")),
        ("cash", user("nova-cash$")),
        ("domain", with("username = nova-domain\ndomain_name = Default")),
        ("system", with("username = nova-system\nsystem_scope = all")),
        ("unscoped", with("username = nova")),
        ("default-project", with("username = nova-default")),
        ("credential", on("auth_type = v3applicationcredential\napplication_credential_id = @S_ID@\napplication_credential_secret = @S_SECRET@")),
        ("credential-fewer", on("auth_type = v3applicationcredential\napplication_credential_id = @F_ID@\napplication_credential_secret = @F_SECRET@")),
        ("credential-scope", on("auth_type = v3applicationcredential\napplication_credential_id = @F_ID@\napplication_credential_secret = @F_SECRET@\nproject_name = truth\nproject_domain_name = Default")),
        ("old-names", with("user_name = nova\ntenant-name = truth\nproject_domain_name = Default")),
        ("auth-plugin", on("auth_plugin = password\nusername = nova\npassword = @PASSWORD@\nuser_domain_name = Default\nproject_name = truth\nproject_domain_name = Default")),
        ("v3password", nova("auth_type = v3password")),
        ("ids", nova("project_id = @PROJECT_ID@\nproject_name = another\nuser_domain_id = default\nuser_domain_name = another")),
        ("quotes", nova("username = 'nova'\nproject_name = \"truth\"\nsend_service_user_token = 'True'")),
        ("off", nova("send_service_user_token = false")),
        ("no-switch", "[service_user]\nauth_type = password\nauth_url = @URL@\n".to_owned()),
        ("no-section", "[DEFAULT]\n".to_owned()),
        ("no-plugin", on("username = nova\npassword = @PASSWORD@")),
        ("empty-plugin", nova("auth_type =")),
        ("bad-switch", nova("send_service_user_token = t")),
        ("mistyped", nova("username = nova-mistyped\npassword = wrong")),
        ("no-domain", on("auth_type = password\nusername = nova\npassword = @PASSWORD@")),
        ("v3-no-domain", on("auth_type = v3password\nusername = nova\npassword = @PASSWORD@")),
        ("no-project-domain", with("username = nova\nproject_name = truth")),
        ("no-url", format!("[service_user]\nsend_service_user_token = true\nauth_type = password\nusername = nova\npassword = @PASSWORD@\nuser_domain_name = Default\n{ON_PROJECT}")),
        ("unknown-plugin", nova("auth_type = Password")),
        ("two-scopes", nova("domain_name = Default")),
        ("part-of-system", with("username = nova\nsystem_scope = part")),
        ("unparsable", nova("[database")),
        ("reference", nova("password = $nosuch")),
        ("elsewhere", "[service_user]\nsend_service_user_token = true\nauth_section = elsewhere\n[elsewhere]\n@SENDER@username = nova\n".to_owned()),
        ("no-role", with("username = nova-lost\nproject_name = admin\nproject_domain_name = Default")),
        ("lost", nova("auth_url = http://127.0.0.1:1/v3")),
    ]
}
