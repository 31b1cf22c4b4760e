//! Parsers of settings that name hosts and networks. Values are returned in normal form.

use std::net::IpAddr;

use http::Uri;
use http::uri::Authority;
use ipnet::IpNet;

/// The value of `PUBLIC_URL`: scheme and host as clients call them, and the path prefix that a proxy removes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicUrl {
    /// Scheme, host and port, without a trailing slash.
    pub origin: String,
    /// The path without a trailing slash; may be empty.
    pub prefix: String,
}

impl PublicUrl {
    /// Parses an absolute URL with the scheme http or https, a host and plain path segments.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let origin = origin_of(&uri)?;
        // `Uri` drops a fragment silently.
        if uri.query().is_some() || text.contains('#') {
            return None;
        }
        let prefix = uri.path().strip_suffix('/').unwrap_or(uri.path());
        let is_plain = |segment: &str| {
            // Characters that need no escape in URLs, HTML and YAML.
            let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved)
        };
        prefix.split('/').skip(1).all(is_plain).then(|| Self { origin, prefix: prefix.to_owned() })
    }

    /// Returns `true` if clients call it by https.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// Returns the whole URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin, self.prefix)
    }
}

/// Normalizes an origin to the form that browsers send: lower case, without the default port, without a path.
pub(super) fn normal_origin(origin: &str) -> Option<String> {
    if origin == "*" {
        return Some(origin.to_owned());
    }
    let uri: Uri = origin.parse().ok()?;
    if uri.path() != "/" || uri.query().is_some() {
        return None;
    }
    origin_of(&uri).filter(|origin| !origin.contains('*'))
}

fn origin_of(uri: &Uri) -> Option<String> {
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
    if !has_plain_port(authority) {
        return None;
    }
    let host = authority.host().to_ascii_lowercase();
    let port = authority
        .port_u16()
        .filter(|port| (scheme, *port) != ("http", 80) && (scheme, *port) != ("https", 443));
    Some(port.map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}")))
}

/// Returns `true` if an authority has no port or a valid one.
fn has_plain_port(authority: &Authority) -> bool {
    // `Authority` reports a port above 65535 as absent.
    authority.as_str().len() == authority.host().len() || authority.port_u16().is_some()
}

/// Parses an address, or a network in CIDR notation.
///
/// # Errors
/// A message with the cause and the remedy.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let network = match text.split_once('/') {
        None => text.parse::<IpAddr>().ok().map(IpNet::from),
        // `08` and `+8` are not valid prefix lengths.
        Some((_, length)) if length.starts_with(['0', '+']) && length != "0" => None,
        Some((address, length)) => (address.parse().ok())
            .zip(length.parse().ok())
            .and_then(|(address, length)| IpNet::new(address, length).ok()),
    };
    let network = network.ok_or_else(|| {
        format!(
            "contains {text:?}, which is not an address or network: set addresses or networks such as 10.0.0.0/8"
        )
    })?;
    if let IpNet::V6(network) = network
        && let Some(address) = network.addr().to_ipv4_mapped()
    {
        let length = network.prefix_len().saturating_sub(96);
        return Err(format!("contains {text}: write it as {address}/{length}"));
    }
    if network.prefix_len() == 0 {
        return Err(format!(
            "contains {text}, which trusts every client: set the addresses of the proxies only"
        ));
    }
    if network.trunc() != network {
        return Err(format!("contains {text}, which has host bits set: set {}", network.trunc()));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_has_a_normal_form() {
        for (text, origin, prefix) in [
            ("https://api.example.com", "https://api.example.com", ""),
            ("https://api.example.com/", "https://api.example.com", ""),
            ("HTTPS://API.Example.com:443", "https://api.example.com", ""),
            ("http://localhost:8000", "http://localhost:8000", ""),
            ("https://shop.example/shop", "https://shop.example", "/shop"),
            ("https://shop.example/a/b-c_d.e~1/", "https://shop.example", "/a/b-c_d.e~1"),
        ] {
            let url = PublicUrl::parse(text).expect(text);
            assert_eq!((url.origin.as_str(), url.prefix.as_str()), (origin, prefix), "{text}");
        }
        for odd in [
            "api.example.com",
            "https://x/#a",
            "https://x#a",
            "https://u:p@x",
            "https://x:99999",
            "https://x?a",
            "https://x/a?b",
            "ftp://x",
            "https://x//",
            "https://x/a//b",
            "https://x/../a",
            "https://x/./a",
            "https://x/a%2Fb",
            "https://x/a;b",
            "https://x/\"a",
            "https://",
            "/shop",
        ] {
            assert_eq!(PublicUrl::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn networks_are_exact_or_refused_with_the_remedy() {
        for (text, normal) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("192.168.1.5", "192.168.1.5/32"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("::1", "::1/128"),
        ] {
            assert_eq!(network(text).map(|network| network.to_string()).as_deref(), Ok(normal), "{text}");
        }
        for (text, remedy) in [
            ("10.0.0.1/8", "set 10.0.0.0/8"),
            ("2001:db8::1/32", "set 2001:db8::/32"),
            ("0.0.0.0/0", "every client"),
            ("::/0", "every client"),
            ("::ffff:10.0.0.0/104", "write it as 10.0.0.0/8"),
            ("::ffff:10.0.0.1", "write it as 10.0.0.1/32"),
            ("10.0.0.0/33", "such as"),
            ("10.0.0.0/08", "such as"),
            ("10.0.0.0/+8", "such as"),
            ("010.0.0.0/8", "such as"),
            ("10.0.0.0/", "such as"),
            ("10.0.0", "such as"),
            ("010.0.0.1", "such as"),
            ("10.0.0.1:80", "such as"),
            ("[::1]", "such as"),
            ("proxy.example", "such as"),
            ("*", "such as"),
        ] {
            let reported = network(text).expect_err(text);
            assert!(reported.contains(remedy), "{text}: {reported}");
        }
    }
}
