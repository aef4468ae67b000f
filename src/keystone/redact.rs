//! Takes secrets out of what a server said. A server may say back what it was
//! sent, in a header, a location or a message.

use super::fault::{Fault, FaultKind};
use super::probe::{Evidence, ProbeOutcome};
use super::run::Outcome;
use super::sent::End;
use super::{LoginOutcome, ValidationOutcome};
use crate::config::printable;
use crate::secret::Secret;

/// In place of a text that holds a secret. The rest of it would tell what the
/// secret is, where the text is known.
const HIDDEN: &str = "not shown, since it holds the secret";

/// Goes through everything that may hold a server's words.
pub(super) fn redact(outcome: &mut Outcome, secrets: &[&Secret]) {
    let spellings: Vec<String> = secrets.iter().flat_map(|secret| spellings(secret.expose())).collect();
    let hide = |text: &mut String| {
        let lower = text.to_lowercase();
        if spellings.iter().any(|spelling| lower.contains(spelling)) {
            HIDDEN.clone_into(text);
        }
    };
    let hide_in = |fault: &mut Fault| {
        if !is_of_this_host(fault.kind) {
            hide(&mut fault.detail);
        }
    };
    for login in &mut outcome.logins {
        match login {
            LoginOutcome::Refused { detail, .. } => hide(detail),
            LoginOutcome::Unreachable(fault) => hide_in(fault),
            LoginOutcome::Ok(_) | LoginOutcome::Skipped { .. } => {}
        }
    }
    outcome.sessions.iter_mut().flatten().flatten().for_each(hide_in);
    for validation in &mut outcome.validations {
        if let ValidationOutcome::Unreachable(fault) = validation {
            hide_in(fault);
        }
    }
    for ProbeOutcome { url, evidence } in &mut outcome.probes {
        hide(url);
        if let Evidence::Unreachable(fault) = evidence {
            hide_in(fault);
        }
    }
    for sent in &mut outcome.sent {
        if sent.redirected {
            hide(&mut sent.request);
        }
        if let End::Fault(fault) = &mut sent.end {
            hide_in(fault);
        }
    }
}

/// Whether the details of such a fault are this host's words, not a server's.
fn is_of_this_host(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::TlsFile | FaultKind::NameNotResolved | FaultKind::NoConnection)
}

/// How a secret may come back, in lower case: as it is, as it would be printed,
/// inside JSON, and inside a URL.
fn spellings(secret: &str) -> Vec<String> {
    if secret.is_empty() {
        return Vec::new();
    }
    let json = serde_json::Value::from(secret).to_string();
    let url: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut all: Vec<String> =
        [secret, &printable(secret), json.trim_matches('"'), &url, &url.replace('+', "%20")]
            .map(str::to_lowercase)
            .into();
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_secret_is_not_shown() {
        let secret = Secret::new("a b\"C".into());
        for said in ["you sent a b\"C", "a b\\\"c", "http://h/?a+b%22C", "http://h/A%20B%22c"] {
            let mut outcome = Outcome {
                logins: vec![
                    LoginOutcome::Refused { status: 401, detail: said.to_owned() },
                    LoginOutcome::Unreachable(Fault::new(FaultKind::Broken, said)),
                ],
                ..Outcome::default()
            };
            redact(&mut outcome, &[&secret]);
            let text = format!("{outcome:?}");
            assert_eq!(text.matches(HIDDEN).count(), 2, "{text}");
        }
        let mut outcome = Outcome {
            logins: vec![LoginOutcome::Refused { status: 401, detail: "a bC".to_owned() }],
            ..Outcome::default()
        };
        redact(&mut outcome, &[&secret, &Secret::new(String::new())]);
        assert!(format!("{outcome:?}").contains("a bC"));
    }
}
