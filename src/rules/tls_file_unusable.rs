//! `tls-file-unusable`

use super::{Context, Rule};
use crate::config::mask;
use crate::deployment::TlsProblem;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::UnusableFile;

pub(super) const RULE: Rule = Rule {
    name: "tls-file-unusable",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystoneauth1/loading/session.py, requests/adapters.py (cert_verify), OpenSSL",
    needs_login: false,
    summary: "A CA file, a client certificate or its key is missing, empty, expired, or not what it should be.",
    why: "The files are opened when a request is sent, not when the service starts, so it starts, and every token that \
it fetches or validates fails; the middleware catches none of these errors, so its clients see 500. A file of a \
certificate authority that has run out makes Keystone's own certificate invalid. nova fetches its service token over \
the sessions of [cinder], [neutron], [glance] and [cyborg], so it is their files that count, not those of \
[service_user]. The files are looked at where they can be: on the host itself, or inside the tree of an image or a \
support bundle. What is missing from such a copy proves nothing and is not said. A login over such a session is not \
tried, and the verdicts that hang on it are broken.",
    fix: "Put the right file there, or correct the path. A key has to be that of the certificate, without a passphrase; \
without keyfile it is looked for in certfile.",
    example: "\
# bad: certfile holds no key, and no keyfile is named
[keystone_authtoken]
certfile = /etc/nova/client.pem

# good
[keystone_authtoken]
certfile = /etc/nova/client.pem
keyfile = /etc/nova/client.key",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services.flat_map(in_service).collect()
}

/// One finding for each file and what is wrong with it, whichever sections name it.
fn in_service(service: &ServiceFacts) -> Vec<Finding> {
    let mut alike: Vec<Vec<&UnusableFile>> = Vec::new();
    for file in &service.service.unusable {
        let same = |group: &&mut Vec<&UnusableFile>| {
            (&group[0].path, group[0].option, &group[0].problem) == (&file.path, file.option, &file.problem)
        };
        match alike.iter_mut().find(same) {
            Some(group) => group.push(file),
            None => alike.push(vec![file]),
        }
    }
    alike.iter().map(|group| finding(service, group)).collect()
}

fn finding(service: &ServiceFacts, files: &[&UnusableFile]) -> Finding {
    let file = files[0];
    let sections: Vec<String> = files.iter().map(|file| format!("[{}]", file.section)).collect();
    let path = mask(&file.path, false);
    let message =
        format!("{} of {}: {path} {}{}", file.option, sections.join(", "), file.problem, consequence(file));
    let mut finding = Finding::new(RULE.name, severity(file), message)
        .of(&service.service.id)
        .at(file.place.clone())
        .section(&file.section)
        .option(file.option)
        .help(help(file, &path));
    for other in &files[1..] {
        if let Some(place) = &other.place {
            finding.is_also_at(place.clone(), "and here");
        }
    }
    finding
}

fn severity(file: &UnusableFile) -> Severity {
    match file.problem {
        _ if file.is_fatal() => Severity::Error,
        TlsProblem::Denied => Severity::Note,
        _ => Severity::Warning,
    }
}

fn consequence(file: &UnusableFile) -> &'static str {
    match file.problem {
        _ if file.is_fatal() => ": every request to Keystone over this session fails",
        TlsProblem::Denied => ", so it was not looked at",
        // It is looked at by a server that asks for one, and only then.
        _ => ": a Keystone that asks for it refuses the connection",
    }
}

fn help(file: &UnusableFile, path: &str) -> String {
    let what = match file.what {
        "cafile" => "the certificate of the CA that issued Keystone's",
        "certfile" => "the client certificate",
        _ => "the certificate's key",
    };
    match (&file.problem, file.what) {
        (TlsProblem::Denied, _) => "run it as a user who may read it, such as the service's own".to_owned(),
        (TlsProblem::NotHashed, _) => format!("run `openssl rehash {path}`, or name a file"),
        (TlsProblem::NoKey, "certfile") => "name the key in keyfile, or put it into the same file".to_owned(),
        (TlsProblem::EncryptedKey, _) => "put the key there without a passphrase".to_owned(),
        (TlsProblem::KeyDiffers, _) => "name the key that the certificate was made with".to_owned(),
        (TlsProblem::Expired(_) | TlsProblem::NotYetValid(_), _) => {
            format!("put a valid one there; `openssl x509 -noout -dates -in {path}` tells its dates")
        }
        _ => format!("put {what} there, or correct the path"),
    }
}
