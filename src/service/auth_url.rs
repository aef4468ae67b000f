//! The forms of `auth_url` that can never work, known without asking anybody.
//!
//! Source: keystoneauth1 `session.py` and requests; observed on 5.18.1.

use super::login::FaultKind;

/// What is wrong with an `auth_url`, if it can never work. `discovers` is for the
/// plugins that ask the URL for its versions first.
pub(super) fn impossible(url: &str, discovers: bool) -> Option<FaultKind> {
    reason(url, discovers).map(|reason| FaultKind::AuthUrl { reason })
}

fn reason(url: &str, discovers: bool) -> Option<&'static str> {
    if url.is_empty() {
        return Some("it is empty");
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Some("it has no scheme such as http://");
    };
    if !["http", "https"].contains(&scheme.to_lowercase().as_str()) {
        return Some("its scheme is neither http nor https");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    if let Some(reason) = authority(&rest[..end]) {
        return Some(reason);
    }
    if url.trim_end_matches('/').ends_with("/v3/auth/tokens") {
        return Some(if discovers {
            "it ends in /v3/auth/tokens, where the plugin looks for the API's versions and fails, or hangs for ever"
        } else {
            "it ends in /v3/auth/tokens, and the plugin adds that path once more"
        });
    }
    None
}

/// What is wrong with host and port.
fn authority(authority: &str) -> Option<&'static str> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => (address, port.strip_prefix(':')),
            None => return Some("its bracket of an IPv6 address is not closed"),
        },
        None => match host.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (host, None),
        },
    };
    if host.is_empty() {
        return Some("it names no host");
    }
    match port {
        Some(port) if port.contains(':') => Some("an IPv6 address in it has no brackets"),
        Some(port) if !port.is_empty() && port.parse::<u16>().is_err() => {
            Some("its port is no number up to 65535")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_can_never_work_are_known() {
        for url in [
            "",
            "h:5000/v3",
            "keystone/v3",
            "https:/h/v3",
            "//h:5000/v3",
            "http://:5000/v3",
            "http://h:99999/v3",
            "http://fd00::1:5000/v3",
            "http://[fd00::1/v3",
            "ftp://h/v3",
        ] {
            assert!(reason(url, true).is_some(), "{url}");
        }
        assert!(reason("http://h/v3/auth/tokens", false).is_some());
        for url in [
            "http://h",
            "https://h:5000/v3/",
            "HTTP://h/identity",
            "http://[fd00::1]:5000/v3",
            "http://[::1]",
            "http://u:p@h:/v3",
        ] {
            assert!(reason(url, true).is_none(), "{url}");
        }
    }
}
