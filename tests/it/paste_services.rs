//! What services of their own make of a paste file: heat's flavours, designate's
//! strategy, the filters that magnum and zun wrap the middleware in, and those that
//! have none.
//!
//! Source: heat 27.0.1 `common/config.py`, `api/__init__.py`; designate 23.0.0
//! `api/middleware.py`; magnum 22.0.0 and 23.0.0, zun 18.0.0
//! `api/middleware/auth_token.py`; aodh 23.0.0, gnocchi 4.7.1, masakari 22.0.0, trove 26.0.0; ironic 39.0.0 `api/app.py`.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::run;

const FILTERS: &str = "\
[filter:one]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
service_token_roles = one
[filter:two]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
service_token_roles = two
[app:x]
paste.app_factory = m:f
";

/// The roles that a service accepts, and what is said of its paste file.
fn read(service: &str, conf: &str, paste: &str) -> (String, Vec<String>) {
    let folder = TempDir::new().unwrap();
    let own = folder.path().join("etc").join(service);
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join(format!("{service}.conf")), format!("{conf}[keystone_authtoken]\n")).unwrap();
    fs::write(own.join("api-paste.ini"), paste).unwrap();
    let run = run(folder.path(), ["--offline", "--format=json", "etc"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let unchecked = report["not_checked"].as_array().unwrap().iter();
    let unchecked = unchecked.filter_map(|item| item["what"].as_str()).filter(|what| what.contains(".ini"));
    let unchecked = unchecked.map(str::to_owned).collect();
    (report["services"][0]["receiver"]["service_token_roles"][0].as_str().unwrap().to_owned(), unchecked)
}

fn roles(service: &str, conf: &str, paste: &str) -> String {
    let (roles, unchecked) = read(service, conf, &format!("{paste}{FILTERS}"));
    assert!(unchecked.is_empty(), "{unchecked:?}");
    roles
}

#[test]
fn heat_takes_the_pipeline_of_its_flavour() {
    let composite = "[composite:heat-api]\nuse = egg:Paste#urlmap\n/: api\n[composite:api]\n\
                     paste.composite_factory = heat.api:pipeline_factory\ndefault = one x\nother = two x\n";
    assert_eq!(roles("heat", "", composite), "one");
    // There is no heat-api-other.
    let other = "[paste_deploy]\nflavor = other\n";
    assert_eq!(roles("heat", other, composite), "two");
    let pipelines = "[pipeline:heat-api]\npipeline = one x\n[pipeline:heat-api-other]\npipeline = two x\n";
    assert_eq!(roles("heat", "", pipelines), "one");
    assert_eq!(roles("heat", other, pipelines), "two");
}

#[test]
fn designate_has_its_strategy_in_a_section_of_its_own() {
    let paste = "[composite:osapi_dns]\nuse = egg:Paste#urlmap\n/: v2\n[composite:v2]\n\
                 use = call:designate.api.middleware:auth_pipeline_factory\nkeystone = one x\nother = two x\n";
    assert_eq!(roles("designate", "", paste), "one");
    assert_eq!(roles("designate", "[service:api]\nauth_strategy = other\n", paste), "two");
    assert_eq!(roles("designate", "[DEFAULT]\nauth_strategy = other\n", paste), "one");
}

#[test]
fn each_service_is_told_its_file_in_a_section_of_its_own() {
    let paste = format!("[pipeline:main]\npipeline = one x\n{FILTERS}");
    for (service, section, option) in [
        ("designate", "service:api", "api_paste_config"),
        ("magnum", "api", "api_paste_config"),
        ("zun", "api", "api_paste_config"),
        ("masakari", "wsgi", "api_paste_config"),
        ("aodh", "api", "paste_config"),
        ("gnocchi", "api", "paste_config"),
        ("trove", "DEFAULT", "api_paste_config"),
    ] {
        let conf = format!("[{section}]\n{option} = /etc/{service}/gone.ini\n");
        let told = format!("/etc/{service}/gone.ini, the paste file of {service}");
        assert_eq!(read(service, &conf, &paste), ("service".to_owned(), vec![told]), "{service}");
    }
}

fn wrapped(service: &str, more: &str) -> (String, Vec<String>) {
    let paste = format!(
        "[pipeline:main]\npipeline = authtoken x\n[filter:authtoken]\nacl_public_routes = /, /v1\n\
         paste.filter_factory = {service}.api.middleware.auth_token:AuthTokenMiddleware.factory\n{more}\
         [app:x]\npaste.app_factory = m:f\n"
    );
    read(service, "", &paste)
}

#[test]
fn a_filter_of_the_service_s_own_checks_tokens_too() {
    let list = "service_token_roles = one\n";
    for service in ["magnum", "zun", "cyborg"] {
        assert_eq!(wrapped(service, ""), ("service".to_owned(), vec![]), "{service}");
    }
    for service in ["zun", "cyborg"] {
        assert_eq!(wrapped(service, list), ("service".to_owned(), vec![]), "{service}");
    }
    let told = "whether service_token_roles in [filter:authtoken] of etc/magnum/api-paste.ini counts";
    assert_eq!(wrapped("magnum", list), ("one".to_owned(), vec![told.to_owned()]));
}

#[test]
fn a_service_that_reads_no_paste_file_has_none() {
    let paste = format!("[pipeline:main]\npipeline = one x\n{FILTERS}");
    for service in ["ironic", "placement", "octavia"] {
        assert_eq!(read(service, "", &paste), ("service".to_owned(), vec![]), "{service}");
    }
}

#[test]
fn a_container_s_filter_reads_no_files_of_the_host() {
    let folder = TempDir::new().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let filter = "[pipeline:main]\npipeline = a x\n[app:x]\npaste.app_factory = m:f\n[filter:a]\n\
                  paste.filter_factory = keystonemiddleware.auth_token:filter_factory\n\
                  oslo_config_project = other\noslo_config_file = /etc/other/other.conf\n";
    put("etc/kolla/manila-api/manila.conf", "[keystone_authtoken]\n");
    put("etc/kolla/manila-api/api-paste.ini", filter);
    put("etc/other/other.conf", "[keystone_authtoken]\nservice_token_roles = host\n");
    let roles = || {
        let run = run(folder.path(), ["--offline", "--format=json", "etc"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        report["services"][0]["receiver"]["service_token_roles"][0].as_str().unwrap().to_owned()
    };
    assert_eq!(roles(), "service");
    put("etc/kolla/manila-api/other.conf", "[keystone_authtoken]\nservice_token_roles = beside\n");
    assert_eq!(roles(), "beside");
}
