//! Paste files: our reading against the real PasteDeploy, and our verdicts
//! against the real middleware that is handed what PasteDeploy reads.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use nova_token_check::paste::{Filter, Loader, PasteFile, Route};
use tempfile::TempDir;

use crate::cloud::admin::{self, DEFAULT_DOMAIN, Login, Scope};
use crate::cloud::judge::{Case, Source, Tokens, Verdict};
use crate::cloud::paste::{Loaded, PasteDeploy};
use crate::cloud::shared;

const PASSWORD: &str = "a % password";
const AUTH: &str = "paste.filter_factory = keystonemiddleware.auth_token:filter_factory";
const APP: &str = "[app:x]\npaste.app_factory = m:f\n";

/// What we read, in the peer's words.
fn ours(text: &str, file: &Path) -> Loaded {
    let here = file.parent().unwrap().display().to_string();
    let path = file.display().to_string();
    let route = Route {
        application: "main",
        strategy: "keystone",
        here: &here,
        path: &path,
        loader: Loader::PasteDeploy,
    };
    let found = PasteFile::parse(text.to_owned()).and_then(|paste| paste.filters(&route));
    let Ok(found) = found else { return Loaded::Refused(String::new()) };
    let conf = |filter: &Filter| {
        filter.conf.items().iter().map(|item| (item.name.clone(), item.value.clone())).collect()
    };
    Loaded::Filters(found.filters.iter().filter(|filter| filter.is_auth_token()).map(conf).collect())
}

/// The real order of creation is another one, and a filter may be made several
/// times: what is compared is which filters are made at all.
fn sorted(loaded: Loaded) -> Loaded {
    match loaded {
        Loaded::Refused(_) => Loaded::Refused(String::new()),
        Loaded::Filters(mut filters) => {
            filters.sort();
            filters.dedup();
            Loaded::Filters(filters)
        }
    }
}

#[test]
fn paste_files_are_read_as_pastedeploy_reads_them() {
    let mut real = PasteDeploy::start().unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("p.ini");
    let mut wrong = Vec::new();
    for (index, text) in texts().iter().enumerate() {
        fs::write(&file, text).unwrap();
        let theirs = real.load(&file, "main").unwrap();
        let ours = ours(text, &file);
        if sorted(ours.clone()) != sorted(theirs.clone()) {
            wrong.push(format!("{index}: {text}\nours: {ours:?}\ntheirs: {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// One thing each.
fn texts() -> Vec<String> {
    let pipeline =
        |filter: &str| format!("[pipeline:main]\npipeline = a x\n{APP}[filter:a]\n{AUTH}\n{filter}");
    let mut texts: Vec<String> = [
        "b = 1\n",
        "b : 1 = 2\n",
        "b = 1\n  2\n\n  3\n# c\n\n  4\n",
        "b = 1\n# c\n  2\n",
        "  b = 1\n  c = 2\n",
        "b =\n  1,\n  2\n",
        "b = 'x' # y\n",
        "b = 100%%\n",
        "b = 100%\n",
        "b = %(here)s/%(__file__)s\n",
        "b = %(c)s\nc = %(d)s\nd = e\n",
        "b = %(b)s\n",
        "b = %(nothing)s\n",
        "b = %(c)\n",
        "b = 1\nb = 2\n",
        "B = 1\nb = 2\n",
        "b = 1\n[filter:a]\n",
        "b\n",
        "= 1\n",
        "b = 1 ; c\n; d\n",
        "b = 1\n[DEFAULT]\nb = 2\nc = 3\n",
        "set b = 1\n[DEFAULT]\nb = 2\n",
        "get b = c\n[DEFAULT]\nc = 3\n",
        "get b = nothing\n",
        "[DEFAULT]\nb = %(c)s\nc = 1\n[DEFAULT]\nd = 2\n",
        "[DEFAULT]\nb = %\n",
        "[DEFAULT]\nset e = 5\n",
        "[DEFAULT]\nhere = /x\nb = %(here)s\n",
        "b = \u{a0}1\u{2003}\n",
        "b = 1\r\n\tc\r\rd = 2\n",
        "require = a b\nb = 1\n",
        "filter-with = c\n[filter:c]\npaste.filter_factory = m:g\n",
        "[filter:unused]\nb = %\n",
    ]
    .map(pipeline)
    .to_vec();
    texts.extend(
        [
            "[pipeline:main]\npipeline = b x\n[filter:b]\nuse = a\nc = 2\n[filter:a]\nAUTH\nc = 1\nd = 1\n",
            "[pipeline:main]\npipeline = a x\n[filter:a]\nuse = egg:keystonemiddleware#auth_token\nc = 1\n",
            "[pipeline:main]\nset c = 1\npipeline = a x\n[filter:a]\nAUTH\n",
            "[pipeline:main]\nc = 1\npipeline = a x\n[filter:a]\nAUTH\n",
            "[pipeline:main]\npipeline = a\n  x\n[filter: a ]\nAUTH\n",
            "[pipeline:main]\npipeline = a x\n[filter:a] # c\nAUTH\n",
            "[pipeline:main]\npipeline = no x\n",
            "[pipeline:main]\npipeline = x\n[app:main]\npaste.app_factory = m:f\n",
            "[filter-app:main]\nnext = x\nAUTH\nc = 1\n",
            "[app:main]\nuse = egg:swift#proxy\nfilter-with = a\n[filter:a]\nAUTH\nc = 1\n",
            "[composite:main]\nuse = egg:Paste#urlmap\nset c = 1\n/: p\n[pipeline:p]\npipeline = a x\n[filter:a]\nAUTH\n",
            "[composite:main]\nuse = call:n.auth:pipeline_factory\nset c = 1\nnoauth = x\nkeystone = a x\n[filter:a]\nAUTH\n",
            "[composite:main]\npaste.composite_factory = glance.api:root_app_factory\n/: p\n[pipeline:p]\npipeline = a x\n[filter:a]\nAUTH\nc=1\n",
            "[composite:main]\nuse = egg:Paste#urlmap\n/a: p\n/b: q\n[pipeline:p]\npipeline = a x\n[pipeline:q]\npipeline = b x\n[filter:a]\nAUTH\n[filter:b]\nAUTH\nc = 1\n",
            "[composite:main]\nuse = p\nset c = 2\n[pipeline:p]\npipeline = a x\n[filter:a]\nAUTH\n",
            "[pipeline:main]\npipeline = a x\n[filter:a]\nc = 1\n",
            "no = section\n",
        ]
        .map(|text| text.replace("AUTH", AUTH) + APP),
    );
    texts
}

/// A user with a role on a project of its own.
struct User {
    name: String,
    token: String,
}

impl User {
    fn new(name: &str, role: &str) -> Self {
        let admin = &shared().admin;
        let name = admin::unique(name);
        let project = admin.create_project(&name, DEFAULT_DOMAIN).unwrap();
        let id = admin.create_user(&name, PASSWORD, DEFAULT_DOMAIN, None).unwrap();
        admin.grant(&id, &admin.role(role).unwrap(), Scope::Project(&project)).unwrap();
        let scope = Some(Scope::Project(&project));
        let token = admin.token(Login { user: &id, password: PASSWORD, scope }).unwrap().secret;
        Self { name, token }
    }

    fn login(&self, percent: &str) -> String {
        format!(
            "auth_type = password\nauth_url = {}\nusername = {}\npassword = {}\n\
             user_domain_name = Default\nproject_name = {}\nproject_domain_name = Default\n",
            shared().keystone.url(),
            self.name,
            PASSWORD.replace('%', percent),
            self.name,
        )
    }
}

/// Lines of the oslo file beside its login, of the filter, and of the paste
/// file's `[DEFAULT]`; and what comes of it with a sender of the role member.
struct Row(&'static str, &'static str, &'static str, Verdict);

const ROWS: &[Row] = &[
    Row("", "", "", Verdict::Rejected),
    Row("", "service_token_roles = member", "", Verdict::Trusted),
    Row("service_token_roles = member", "service_token_roles = service", "", Verdict::Rejected),
    Row("", "", "service_token_roles = member", Verdict::Trusted),
    Row("", "service_token_roles = service", "service_token_roles = member", Verdict::Trusted),
    Row("", "set service_token_roles = service", "service_token_roles = member", Verdict::Rejected),
    Row("", "delay_auth_decision = true", "", Verdict::Ignored),
    Row("", "service_token_roles_required = no", "", Verdict::Ignored),
    Row("", "service_token_roles_required = \"no\"", "", Verdict::Broken),
    Row("service_token_roles_required = maybe", "service_token_roles_required = no", "", Verdict::Ignored),
    Row("", "service_token_roles = %(mine)s\nmine = a,member", "", Verdict::Trusted),
    Row("", "service_token_roles = $username", "", Verdict::Rejected),
    Row("", "service_token_roles = member, # all", "", Verdict::Trusted),
    Row("password = wrong", "password = a %% password", "", Verdict::Rejected),
    Row("", "password = wrong", "", Verdict::Broken),
    Row("", "user_name = nobody", "", Verdict::Rejected),
    Row("", "auth_plugin = v3password\nservice_token_roles = member", "", Verdict::Trusted),
    Row("", "auth_type = nonsense", "", Verdict::Broken),
    Row("", "interface = nowhere", "", Verdict::Broken),
    Row("", "service_token_role = member", "", Verdict::Rejected),
    Row("", "enforce_token_bind = required", "", Verdict::Broken),
];

#[test]
fn verdicts_with_a_paste_file_are_those_of_the_middleware() {
    let mut paste = PasteDeploy::start().unwrap();
    let (receiver, sender) = (User::new("cinder", "service"), User::new("nova", "member"));
    let mut wrong = Vec::new();
    for (index, row) in ROWS.iter().enumerate() {
        let folder = TempDir::new().unwrap();
        write(folder.path(), row, &receiver, &sender);
        let theirs = observed(folder.path(), &mut paste, &sender);
        let ours = predicted(folder.path());
        if (theirs, ours.as_str()) != (row.3, name(row.3)) {
            wrong.push(format!("{index}: expected {:?}, they say {theirs:?}, we say {ours}", row.3));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_paste_file_may_hold_everything() {
    let mut paste = PasteDeploy::start().unwrap();
    let (receiver, sender) = (User::new("swift", "service"), User::new("nova", "member"));
    let folder = TempDir::new().unwrap();
    let login = receiver.login("%%");
    let filter = format!("{AUTH}\n{login}service_token_roles = member\n");
    write(folder.path(), &Row("", "", "", Verdict::Trusted), &receiver, &sender);
    fs::write(folder.path().join("cinder.conf"), "[DEFAULT]\n").unwrap();
    let text = format!("[pipeline:main]\npipeline = tokens x\n{APP}[filter:tokens]\n{filter}");
    fs::write(folder.path().join("api-paste.ini"), text).unwrap();
    assert_eq!(observed(folder.path(), &mut paste, &sender), Verdict::Trusted);
    assert_eq!(predicted(folder.path()), "trusted");
}

#[test]
fn a_filter_may_be_pointed_to_another_file() {
    let mut paste = PasteDeploy::start().unwrap();
    let (receiver, sender) = (User::new("cinder", "service"), User::new("nova", "member"));
    let folder = TempDir::new().unwrap();
    let other = folder.path().join("other.conf");
    let filter = format!("oslo_config_project = p\noslo_config_file = {}", other.display());
    write(folder.path(), &Row("", "", "", Verdict::Trusted), &receiver, &sender);
    let text = format!("[pipeline:main]\npipeline = a x\n{APP}[filter:a]\n{AUTH}\n{filter}\n");
    fs::write(folder.path().join("api-paste.ini"), text).unwrap();
    let section = format!("[keystone_authtoken]\n{}service_token_roles = member\n", receiver.login("%"));
    fs::write(other, section).unwrap();
    assert_eq!(observed(folder.path(), &mut paste, &sender), Verdict::Trusted);
    assert_eq!(predicted(folder.path()), "trusted");
}

/// Files of a tree, by their paths.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("AUTH", AUTH)).unwrap();
    }
    folder
}

/// The report on a directory.
fn report_on(folder: &Path) -> serde_json::Value {
    let run = crate::program::run(folder, ["--offline", "--format", "json", "."]);
    serde_json::from_str(&run.stdout).unwrap()
}

/// Its one service's accepted roles and files, and what was not checked of them.
fn found(files: &[(&str, &str)]) -> (serde_json::Value, String, String) {
    let report = report_on(tree(files).path());
    let service = &report["services"][0];
    let paths: Vec<&str> =
        service["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    let unchecked = report["not_checked"].as_array().unwrap().iter();
    let unchecked: Vec<&str> =
        unchecked.map(|item| item["what"].as_str().unwrap()).filter(|what| what.contains(".ini")).collect();
    (service["receiver"]["service_token_roles"].clone(), paths.join(" "), unchecked.join(", "))
}

#[test]
fn the_paste_file_that_the_options_name_is_read_and_not_the_one_that_lies_there() {
    let paste =
        |application: &str, filter: &str| format!("[pipeline:{application}]\npipeline = {filter} x\n{TWO}");
    let login = "[keystone_authtoken]\nauth_type = password\n";
    for (service, section, application) in [
        ("cinder", "DEFAULT", "osapi_volume"),
        ("manila", "DEFAULT", "osapi_share"),
        ("neutron", "DEFAULT", "neutron"),
        ("cyborg", "api", "main"),
    ] {
        for named in ["mine.ini", &format!("/etc/{service}/mine.ini")] {
            let main = format!("etc/{service}/{service}.conf");
            let conf = format!("[{section}]\napi_paste_config = {named}\n{login}");
            let there = (&*format!("etc/{service}/api-paste.ini"), &*paste(application, "one"));
            let mine = (&*format!("etc/{service}/mine.ini"), &*paste(application, "two"));
            let read = (serde_json::json!(["two"]), format!("./{main} ./{}", mine.0), String::new());
            assert_eq!(found(&[(&main, &conf), there, mine]), read, "{service} {named}");
            // Without it, what lies there is still not what the service loads.
            let (roles, paths, unchecked) = found(&[(&main, &conf), there]);
            assert_eq!((roles, paths), (serde_json::json!(["service"]), format!("./{main}")), "{service}");
            assert_eq!(unchecked, format!("{named}, the paste file of {service}"));
        }
    }
    let glance = format!("[paste_deploy]\nconfig_file = /etc/glance/mine.ini\n{login}");
    let one = paste("glance-api", "one");
    let (roles, ..) = found(&[
        ("etc/glance/glance-api.conf", &glance),
        ("etc/glance/glance-api-paste.ini", &one),
        ("etc/glance/mine.ini", &paste("glance-api", "two")),
    ]);
    assert_eq!(roles, serde_json::json!(["two"]));
}

/// nova 34's `wsgi_app.py` loads the first of its configuration files.
#[test]
fn under_wsgi_nova_loads_its_first_file_whatever_its_option_says() {
    let paste = |filter: &str| format!("[pipeline:osapi_compute]\npipeline = {filter} x\n{TWO}");
    let conf = "[wsgi]\napi_paste_config = mine.ini\n[keystone_authtoken]\n";
    let (roles, paths, unchecked) = found(&[
        ("etc/nova/nova.conf", conf),
        ("etc/nova/api-paste.ini", &paste("one")),
        ("etc/nova/mine.ini", &paste("two")),
    ]);
    assert_eq!(
        (roles, &*paths),
        (serde_json::json!(["one"]), "./etc/nova/api-paste.ini ./etc/nova/nova.conf")
    );
    assert_eq!(unchecked, "mine.ini, which nova's api_paste_config names");
    for section in ["wsgi", "DEFAULT"] {
        let conf = conf.replace("wsgi", section);
        let (roles, ..) = found(&[("etc/nova/nova.conf", &conf), ("etc/nova/mine.ini", &paste("two"))]);
        assert_eq!(roles, serde_json::json!(["two"]), "{section}");
    }
}

/// nova hands its paste file to oslo.config too, before its own; glance does so no
/// more (`wsgi_app.py` of nova 34 and glance 33).
#[test]
fn nova_s_paste_file_is_a_configuration_file_and_glance_s_is_not() {
    let paste = |application: &str| {
        format!(
            "[pipeline:{application}]\npipeline = t x\n[filter:t]\nAUTH\n[app:x]\npaste.app_factory = m:f\n\
                 [keystone_authtoken]\nservice_token_roles = paste\n"
        )
    };
    let login = "[keystone_authtoken]\nauth_type = password\n";
    let (nova, glance) = (paste("osapi_compute"), paste("glance-api"));
    let (roles, ..) = found(&[("etc/nova/nova.conf", login), ("etc/nova/api-paste.ini", &nova)]);
    assert_eq!(roles, serde_json::json!(["paste"]));
    let (roles, ..) =
        found(&[("etc/glance/glance-api.conf", login), ("etc/glance/glance-api-paste.ini", &glance)]);
    assert_eq!(roles, serde_json::json!(["service"]));
}

/// As keystonemiddleware 13's `Config` does, tried: the directories count after the
/// file named, and the environment before all.
#[test]
fn a_filter_with_a_project_of_its_own_reads_that_project_s_files() {
    let paste = |options: &str| {
        format!(
            "[pipeline:osapi_volume]\npipeline = t x\n[filter:t]\nAUTH\n{options}\n[app:x]\npaste.app_factory = m:f\n"
        )
    };
    let roles = |name: &str| format!("[keystone_authtoken]\nservice_token_roles = {name}\n");
    let read = |options: &str, files: &[&str]| {
        let texts: Vec<String> = files.iter().map(|file| roles(file.rsplit('/').next().unwrap())).collect();
        let mut all = vec![("etc/cinder/cinder.conf", "[keystone_authtoken]\nservice_token_roles = own\n")];
        let paste = paste(options);
        all.push(("etc/cinder/api-paste.ini", &paste));
        all.extend(files.iter().copied().zip(texts.iter().map(String::as_str)));
        found(&all).0[0].as_str().unwrap_or_default().to_owned()
    };
    let project = "oslo_config_project = p";
    assert_eq!(read(project, &["etc/p/p.conf"]), "p.conf");
    assert_eq!(read(project, &["etc/p.conf"]), "p.conf");
    assert_eq!(read(project, &["etc/p/p.conf", "etc/p/p.conf.d/1.conf"]), "1.conf");
    assert_eq!(read(project, &[]), "service");
    let file = "oslo_config_project = p\noslo_config_file = /etc/x/o.conf";
    assert_eq!(read(file, &["etc/p/p.conf", "etc/x/o.conf"]), "o.conf");
    assert_eq!(read(file, &["etc/cinder/o.conf"]), "o.conf");
    assert_eq!(read(file, &["etc/x/o.conf", "etc/p/p.conf.d/1.conf"]), "1.conf");
    // Without a project neither option means anything.
    assert_eq!(read("oslo_config_file = /etc/x/o.conf", &["etc/x/o.conf"]), "own");
    let folder = tree(&[
        ("etc/cinder/cinder.conf", "[keystone_authtoken]\n"),
        ("etc/cinder/api-paste.ini", &paste(project)),
        ("etc/p/p.conf", &roles("file")),
    ]);
    let variable = ("OS_KEYSTONE_AUTHTOKEN__SERVICE_TOKEN_ROLES", "environment");
    let mut command = crate::program::program(folder.path());
    let command = command.env(variable.0, variable.1).args(["show", "--with-env", "--format", "json", "."]);
    let shown = crate::program::Run::of(&command.output().unwrap()).stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let options = shown["services"][0]["options"].as_array().unwrap();
    let option = options.iter().find(|option| option["option"] == "service_token_roles").unwrap();
    assert_eq!(option["value"], serde_json::json!(["environment"]));
}

/// The receiver of the report on these files, with the program told so.
fn receiver(service: &str, files: &[(&str, &str)]) -> serde_json::Value {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text.replace("AUTH", AUTH)).unwrap();
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let target = format!("{service}={}", names.join(","));
    let run = crate::program::run(folder.path(), ["--offline", "--format", "json", &target]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    report["services"][0]["receiver"].clone()
}

/// The two filters of the files below: each accepts the role of its name.
const TWO: &str = "[filter:one]\nAUTH\nservice_token_roles = one\n[filter:two]\nAUTH\nservice_token_roles = two\n\
                   [app:x]\npaste.app_factory = m:f\n";

#[test]
fn the_filter_in_use_is_that_of_the_pipeline_in_use() {
    let roles = |service: &str, conf: (&str, &str), paste: (&str, &str)| {
        let text = format!("{}{TWO}", paste.1);
        receiver(service, &[conf, (paste.0, &text)])["service_token_roles"][0].clone()
    };
    let selector = |name: &str, factory: &str| {
        format!(
            "[composite:{name}]\nuse = call:{factory}:pipeline_factory\nnoauth2 = one x\nkeystone = two x\n"
        )
    };
    let section = "[keystone_authtoken]\n";
    let nova = selector("osapi_compute", "nova.api.auth");
    assert_eq!(roles("nova", ("nova.conf", section), ("api-paste.ini", &nova)), "two");
    let other = ("nova.conf", "[api]\nauth_strategy = noauth2\n[keystone_authtoken]\n");
    assert_eq!(roles("nova", other, ("api-paste.ini", &nova)), "one");
    let cinder = selector("osapi_volume", "cinder.api.middleware.auth");
    assert_eq!(roles("cinder", ("cinder.conf", section), ("api-paste.ini", &cinder)), "two");
    let neutron = selector("neutron", "neutron.auth");
    assert_eq!(roles("neutron", ("neutron.conf", section), ("api-paste.ini", &neutron)), "two");
    let glance =
        "[pipeline:glance-api]\npipeline = one x\n[pipeline:glance-api-keystone]\npipeline = two x\n";
    let flavoured = ("glance-api.conf", "[paste_deploy]\nflavor = keystone\n[keystone_authtoken]\n");
    assert_eq!(roles("glance", flavoured, ("glance-api-paste.ini", glance)), "two");
    assert_eq!(roles("glance", ("glance-api.conf", section), ("glance-api-paste.ini", glance)), "one");
}

#[test]
fn swift_has_its_paste_file_alone() {
    let text = "[DEFAULT]\nservice_token_roles = a\n[pipeline:main]\npipeline = t x\n[filter:t]\nAUTH\n\
                service_token_roles_required = no\n[app:x]\nuse = egg:swift#proxy\n";
    let swift = receiver("swift", &[("proxy-server.conf", text)]);
    assert_eq!(swift["service_token_roles"], serde_json::json!(["a"]));
    assert_eq!(swift["service_token_roles_required"], false);
}

/// What swift 2.38 makes of such directories, tried with its `loadcontext`.
#[test]
fn swift_reads_a_directory_as_one_file() {
    let main = "[pipeline:main]\npipeline = t x\n[app:x]\nuse = egg:swift#proxy\n[filter:t]\nAUTH\n\
                service_token_roles = a\n";
    let read = |files: &[(&str, &str)]| {
        let folder = TempDir::new().unwrap();
        let swift = folder.path().join("etc/swift");
        fs::create_dir_all(swift.join("proxy-server.conf.d")).unwrap();
        fs::write(swift.join("proxy-server.conf.d/10.conf"), main.replace("AUTH", AUTH)).unwrap();
        for (name, text) in files {
            fs::write(swift.join("proxy-server.conf.d").join(name), text).unwrap();
        }
        let mut reports = Vec::new();
        // Given, found, and told from one of its files.
        for target in ["swift=etc/swift/proxy-server.conf.d", ".", "etc/swift/proxy-server.conf.d/10.conf"] {
            let run = crate::program::run(folder.path(), ["--offline", "--format=json", target]);
            let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(report["services"].as_array().unwrap().len(), 1, "{target}");
            assert_eq!(report["services"][0]["process"], "swift-proxy", "{target}");
            let receiver = report["services"][0]["receiver"]["service_token_roles"].clone();
            let refused = report["findings"].as_array().unwrap().iter();
            let refused = refused.filter(|finding| finding["rule"] == "config-unparsable").map(|finding| {
                let location = &finding["location"];
                // As reached from the target as typed.
                let file = location["file"].as_str().unwrap().trim_start_matches("./");
                format!("{file}:{}", location["line"])
            });
            reports.push((receiver, refused.collect::<Vec<_>>().join(" ")));
        }
        assert!(reports.iter().all(|report| *report == reports[0]), "{reports:?}");
        reports.swap_remove(0)
    };
    let roles = |role: &str| (serde_json::json!([role]), String::new());
    assert_eq!(read(&[]), roles("a"));
    assert_eq!(read(&[("20.conf", "[filter:t]\nservice_token_roles = b\n")]), roles("b"));
    assert_eq!(read(&[("9.conf", "[filter:t]\nservice_token_roles = b\n")]), roles("b"));
    // Earlier by its name, hidden, or of another kind.
    assert_eq!(read(&[("0.conf", "[filter:t]\nservice_token_roles = b\n")]), roles("a"));
    let ignored = "[filter:t]\nservice_token_roles = b\n";
    assert_eq!(read(&[(".h.conf", ignored), ("20.txt", ignored)]), roles("a"));
    assert_eq!(read(&[("20.conf", "[DEFAULT]\nservice_token_roles = b\n")]), roles("b"));
    // The directory's own name is no pattern, as oslo.config's is.
    for name in ["d[1]", "*"] {
        let folder = TempDir::new().unwrap();
        for (directory, role) in [(name, "a"), ("d1", "b")] {
            let directory = folder.path().join(directory);
            fs::create_dir(&directory).unwrap();
            let text = main.replace("AUTH", AUTH).replace("= a", &format!("= {role}"));
            fs::write(directory.join("1.conf"), text).unwrap();
        }
        let arguments = ["--offline", "--format=json", &format!("swift={name}")];
        let run = crate::program::run(folder.path(), arguments);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["services"][0]["receiver"]["service_token_roles"][0], "a", "{name}");
    }
    for (text, line) in [
        ("[filter:t]\nretries = 1\nretries = 2\n", 3),
        ("[filter:t]\nretries\n", 2),
        ("retries = 1\n", 1),
        ("[filter:t]\nretries = %(nothing)s\n", 2),
    ] {
        let (_, refused) = read(&[("20.conf", text)]);
        assert_eq!(refused, format!("etc/swift/proxy-server.conf.d/20.conf:{line}"), "{text}");
    }
}

/// What swift 2.38 makes of them, tried with its `loadcontext`: its loader replaces
/// references only in a value that holds `%(`.
#[test]
fn a_percent_sign_is_itself_in_swift_unless_a_reference_is_there() {
    let roles = |value: &str| {
        let text = format!(
            "[DEFAULT]\nfifty = 50%\ntwo = %%\n[pipeline:main]\npipeline = t x\n[filter:t]\nAUTH\n\
             service_token_roles = {value}\n[app:x]\nuse = egg:swift#proxy\n"
        );
        receiver("swift", &[("proxy-server.conf", &text)])["service_token_roles"].clone()
    };
    for (value, read) in
        [("100%", "100%"), ("100%%", "100%%"), ("%d", "%d"), ("%(two)s", "%"), ("%(two)s 1%%", "% 1%")]
    {
        assert_eq!(roles(value), serde_json::json!([read]), "{value}");
    }
    // The service does not start, so that nothing is read.
    for value in ["%(two)s 1%", "%(fifty)s", "%()s", "%(here)", "%(nothing)s"] {
        assert!(roles(value)[0].is_null(), "{value}");
    }
}

#[test]
fn glance_without_a_paste_file_defers_as_the_one_it_ships() {
    let glance = receiver("glance", &[("glance-api.conf", "[keystone_authtoken]\n")]);
    assert_eq!(glance["delay_auth_decision"], true);
    let own = "[pipeline:glance-api]\npipeline = t x\n[filter:t]\nAUTH\n[app:x]\n";
    let files = [("glance-api.conf", "[keystone_authtoken]\n"), ("mine.ini", own)];
    assert_eq!(receiver("glance", &files)["delay_auth_decision"], false);
}

fn write(folder: &Path, row: &Row, receiver: &User, sender: &User) {
    let oslo = format!("[keystone_authtoken]\n{}{}\n", receiver.login("%"), row.0);
    fs::write(folder.join("cinder.conf"), oslo).unwrap();
    let nova = format!("[service_user]\nsend_service_user_token = true\n{}", sender.login("%"));
    fs::write(folder.join("nova.conf"), nova).unwrap();
    let paste = format!(
        "[DEFAULT]\n{}\n[pipeline:main]\npipeline = a x\n{APP}[filter:a]\n{AUTH}\n{}\n",
        row.2, row.1
    );
    fs::write(folder.join("api-paste.ini"), paste).unwrap();
}

/// What the middleware does, handed what PasteDeploy reads.
fn observed(folder: &Path, paste: &mut PasteDeploy, sender: &User) -> Verdict {
    let loaded = paste.load(&folder.join("api-paste.ini"), "main").unwrap();
    let Loaded::Filters(filters) = loaded else { return Verdict::Broken };
    let user = shared().user().unwrap();
    let tokens = Tokens { user: user.valid, expired_user: user.expired, service: Some(sender.token.clone()) };
    let conf: BTreeMap<String, String> = filters.into_iter().last().unwrap();
    let case = Case {
        id: "paste".to_owned(),
        service: "cinder".to_owned(),
        sources: vec![Source::File(folder.join("cinder.conf"))],
        paste: conf,
        env: BTreeMap::new(),
        tokens,
    };
    shared().judge.ask(&case).unwrap().verdict()
}

/// What the program says.
fn predicted(folder: &Path) -> String {
    let target = |name: &str, files: &[&str]| {
        let files: Vec<String> = files.iter().map(|file| folder.join(file).display().to_string()).collect();
        format!("{name}={}", files.join(","))
    };
    let output = Command::new(env!("CARGO_BIN_EXE_nova-token-check"))
        .args(["--format", "json", &target("nova", &["nova.conf"])])
        .arg(target("cinder", &["cinder.conf", "api-paste.ini"]))
        .output()
        .unwrap();
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let is_meant =
        |row: &&serde_json::Value| row["section"] == "service_user" && row["receivers"][0] == "cinder";
    let row = report["trust"].as_array().unwrap().iter().find(is_meant);
    row.unwrap()["verdict"].as_str().unwrap().to_owned()
}

fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Trusted => "trusted",
        Verdict::Ignored => "ignored",
        Verdict::Rejected => "rejected",
        Verdict::Broken => "broken",
    }
}
