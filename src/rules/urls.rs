//! What the rules about auth_url share. The login itself parses the URL its own
//! way; here only scheme and host count.

use std::borrow::Cow;

use crate::text::lower;

/// Scheme and host of a URL, in lower case; `None` if it has none.
pub(super) fn scheme_and_host(url: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(literal) => literal.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then(|| (lower(scheme), lower(host)))
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "::1" || host.starts_with("127.") || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found() {
        let host = |url| scheme_and_host(url).map(|(_, host)| host);
        assert_eq!(host("HTTP://u:p@Keystone.Example:5000/v3").as_deref(), Some("keystone.example"));
        assert_eq!(host("http://[::1]:5000").as_deref(), Some("::1"));
        assert_eq!(host("keystone:5000/v3"), None);
        assert!(is_loopback("127.0.0.1") && !is_loopback("10.0.0.1"));
    }
}
