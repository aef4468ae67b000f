//! Files of a session that are no use, against the real keystoneauth1: where the program
//! says that no request goes out, none does, and where it says nothing, one does.

use std::path::{Path, PathBuf};

use nova_token_check::deployment::Surroundings;
use rcgen::KeyPair;
use tempfile::TempDir;

use crate::certificates::{Authority, Flaw};
use crate::cloud::shared;
use crate::keystoneauth::service;
use crate::live::{Account, PASSWORD};
use crate::recorder::{Bend, Recorder};

/// What stands in `[cinder]`, `@` being the folder of the files, and whether the token
/// is fetched over it.
const SESSIONS: [(&str, bool); 17] = [
    ("cafile = @/ca.pem\ncertfile = @/client.pem\nkeyfile = @/client.key", true),
    ("cafile = @/ca.pem\ncertfile = @/both.pem", true),
    ("insecure = true\ncafile = @/none.pem\ncertfile = @/both.pem", true),
    ("cafile = @/none.pem\ncertfile = @/both.pem", false),
    ("cafile = @/empty.pem\ncertfile = @/both.pem", false),
    ("cafile = @/text.pem\ncertfile = @/both.pem", false),
    ("cafile = @/folder\ncertfile = @/both.pem", false),
    ("cafile = @/expired.pem\ncertfile = @/both.pem", false),
    ("cafile = @/later.pem\ncertfile = @/both.pem", false),
    ("cafile = @/ca.pem\ncertfile = @/none.pem\nkeyfile = @/client.key", false),
    ("cafile = @/ca.pem\ncertfile = @/empty.pem\nkeyfile = @/client.key", false),
    ("cafile = @/ca.pem\ncertfile = @/folder\nkeyfile = @/client.key", false),
    ("cafile = @/ca.pem\ncertfile = @/client.pem", false),
    ("cafile = @/ca.pem\ncertfile = @/client.pem\nkeyfile = @/none.key", false),
    ("cafile = @/ca.pem\ncertfile = @/client.pem\nkeyfile = @/other.key", false),
    ("cafile = @/ca.pem\ncertfile = @/client.pem\nkeyfile = @/text.pem", false),
    ("cafile = @/ca.pem\ncertfile = @/client.pem\nkeyfile = @/folder", false),
];

/// The authority, and the folder with all files.
fn files() -> (TempDir, Authority) {
    let directory = TempDir::new().unwrap();
    let authority = Authority::new(directory.path());
    authority.client();
    authority.in_years("expired.pem", 2010..2020);
    authority.in_years("later.pem", 2090..2095);
    let put = |name: &str, text: String| std::fs::write(directory.path().join(name), text).unwrap();
    let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();
    put("both.pem", read("client.pem") + &read("client.key"));
    put("other.key", KeyPair::generate().unwrap().serialize_pem());
    put("empty.pem", String::new());
    put("text.pem", "ask Bea for it\n".to_owned());
    std::fs::create_dir(directory.path().join("folder")).unwrap();
    (directory, authority)
}

/// Whether the program takes the session of `[cinder]` for one that lets nothing out.
fn is_fatal(text: &str) -> bool {
    let service = service(text, false);
    let host = Surroundings::Host(PathBuf::from("/"));
    let now = jiff::Timestamp::now().as_second().try_into().unwrap();
    let sessions = service.tls_sessions();
    let mut unusable = sessions.iter().flat_map(|session| {
        let faults = host.tls_faults(session.paths(), now);
        faults.into_iter().filter_map(|fault| session.unusable(fault)).collect::<Vec<_>>()
    });
    unusable.any(|file| file.is_fatal())
}

fn text(session: &str, folder: &Path, port: u16, user: &Account) -> String {
    let session = session.replace('@', &folder.display().to_string());
    let name = &user.name;
    format!(
        "[service_user]\nsend_service_user_token = true\nauth_type = password\nauth_url = https://127.0.0.1:{port}/v3\n\
         username = {name}\npassword = {PASSWORD}\nuser_domain_name = Default\nproject_name = {name}\n\
         project_domain_name = Default\n{session}\n[cinder]\n{session}\n"
    )
}

#[test]
fn no_login_gets_out_over_a_session_with_a_file_that_is_no_use() {
    let (directory, authority) = files();
    let user = Account::new("nova", &["service"]);
    let server = authority.server(Flaw::Nothing, true);
    let recorder = Recorder::start_tls(shared().keystone.port(), Bend::Nothing, server);
    let real = shared().keystoneauth().unwrap();
    let mut wrong = Vec::new();
    for (session, goes_out) in SESSIONS {
        let text = text(session, directory.path(), recorder.port(), &user);
        for own in [false, true] {
            let login = real.login(&text, "service_user", own).unwrap();
            if (login.outcome == "ok") != goes_out || is_fatal(&text) == goes_out {
                wrong.push(format!("{session:?}: {login:?}, fatal here: {}", is_fatal(&text)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
