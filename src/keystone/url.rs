//! URLs as Python's `urllib.parse` splits and joins them, as far as keystoneauth1
//! relies on it. A stricter parser would correct what keystoneauth1 leaves wrong.

/// A URL in its parts. The texts stand as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'u> {
    pub(super) scheme: &'u str,
    pub(super) netloc: &'u str,
    /// Everything behind the host, query and fragment included.
    pub(super) tail: &'u str,
}

/// Splits `scheme://netloc/tail`; without a scheme all is tail.
pub(super) fn split(url: &str) -> Parts<'_> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Parts { scheme: "", netloc: "", tail: url };
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    Parts { scheme, netloc: &rest[..end], tail: &rest[end..] }
}

impl<'u> Parts<'u> {
    /// The path without query and fragment.
    pub(super) fn path(&self) -> &'u str {
        let end = self.tail.find(['?', '#']).unwrap_or(self.tail.len());
        &self.tail[..end]
    }

    /// The host without user and port.
    pub(super) fn host(&self) -> String {
        let host = self.netloc.rsplit_once('@').map_or(self.netloc, |(_, host)| host);
        let host = if host.starts_with('[') {
            host.split_once(']').map_or(host, |(host, _)| host)
        } else {
            host.split_once(':').map_or(host, |(host, _)| host)
        };
        host.to_lowercase()
    }
}

/// The URL of a version: the link of the discovery document, moved to the host
/// that was asked.
///
/// Source: keystoneauth1 `discover.py`, `_combine_relative_url`.
pub(super) fn combine(discovery_url: &str, link: &str) -> Option<String> {
    let base = format!("{}/", discovery_url.trim_end_matches('/'));
    let joined = ::url::Url::parse(&base).ok()?.join(link).ok()?.to_string();
    // An absolute link keeps the spelling of its host.
    let joined = if link.contains("://") { link.to_owned() } else { joined };
    let (discovery, version) = (split(discovery_url), split(&joined));
    let mut path = version.path().to_owned();
    if discovery.netloc != version.netloc && link.contains("://") {
        let last = link.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let own = discovery.path().trim_end_matches('/');
        if own.ends_with(last) {
            path = discovery.path().to_owned();
        } else {
            path = format!("{own}/{last}{}", if link.ends_with('/') { "/" } else { "" });
        }
    }
    let rest = &version.tail[version.path().len()..];
    Some(format!("{}://{}{path}{rest}", discovery.scheme, discovery.netloc))
}

/// Where a token is asked for, below a version's URL: `/v3` is put in unless the
/// URL ends in it.
///
/// Source: keystoneauth1 `identity/v3/base.py`, `Auth.get_auth_ref`.
pub(super) fn token_url(base: &str) -> String {
    let base = base.trim_end_matches('/');
    if base.ends_with("v3") { format!("{base}/auth/tokens") } else { format!("{base}/v3/auth/tokens") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_moved_to_the_host_that_was_asked() {
        assert_eq!(combine("http://h:5000", "http://h:5000/v3/").as_deref(), Some("http://h:5000/v3/"));
        assert_eq!(combine("http://h:5000/", "http://other/v3/").as_deref(), Some("http://h:5000/v3/"));
        assert_eq!(
            combine("http://h/identity", "http://other/v3/").as_deref(),
            Some("http://h/identity/v3/")
        );
        assert_eq!(
            combine("http://h/identity/v3", "http://other/v3/").as_deref(),
            Some("http://h/identity/v3")
        );
        assert_eq!(combine("http://h/identity", "http://h/v3/").as_deref(), Some("http://h/v3/"));
        assert_eq!(combine("http://h/identity", "v3").as_deref(), Some("http://h/identity/v3"));
    }

    #[test]
    fn v3_is_put_in_unless_it_is_there() {
        assert_eq!(token_url("http://h:5000"), "http://h:5000/v3/auth/tokens");
        assert_eq!(token_url("http://h:5000/v3//"), "http://h:5000/v3/auth/tokens");
        assert_eq!(token_url("http://h/V3"), "http://h/V3/v3/auth/tokens");
    }
}
