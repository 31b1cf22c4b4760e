//! Host of a request (RFC 9112, section 3.2).

use http::uri::Authority;
use http::{HeaderValue, Request, Version, header};

/// Host of the requested URL, if a trusted proxy reports it.
#[derive(Clone, Debug)]
pub struct ForwardedHost(pub HeaderValue);

/// Sets the `Host` header to the host that a trusted proxy reports, or else to that of the request target. If neither
/// exists, the header stays unchanged.
///
/// # Errors
/// Returns a message if the header is invalid: HTTP/1.1 requires exactly one, a host with an optional port.
pub fn normalize_host<B>(request: &mut Request<B>) -> Result<(), &'static str> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (_, Some(_)) => return Err("must appear only once"),
        (None, None) if request.version() >= Version::HTTP_11 => return Err("must be provided"),
        (Some(host), None) if !is_host(host) => return Err(NOT_A_HOST),
        _ => {}
    }
    if let Some(authority) = request.uri().authority() {
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| NOT_A_HOST)?;
        if !is_host(&host) {
            return Err(NOT_A_HOST);
        }
        request.headers_mut().insert(header::HOST, host);
    }
    if let Some(ForwardedHost(host)) = request.extensions_mut().remove() {
        request.headers_mut().insert(header::HOST, host);
    }
    Ok(())
}

const NOT_A_HOST: &str = "must be a host with an optional port";

/// Returns `true` if a value is empty, or a host with an optional port.
pub fn is_host(value: &HeaderValue) -> bool {
    if value.is_empty() {
        return true;
    }
    let Ok(authority) = Authority::try_from(value.as_bytes()) else { return false };
    let (host, text) = (authority.host(), authority.as_str());
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=".contains(&byte));
    let port = text
        .strip_prefix(host)
        .and_then(|rest| if rest.is_empty() { Some("") } else { rest.strip_prefix(':') });
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
    (is_name || host.starts_with('[')) && !host.is_empty() && port.is_some_and(is_port)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_host_is_taken_or_refused_and_one_that_is_taken_is_plain(bytes in prop::collection::vec(any::<u8>(), 0..30)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes)
                && is_host(&value)
            {
                prop_assert!(bytes.iter().all(|byte| byte.is_ascii_graphic() && !b"/?#@,\"<>\\".contains(byte)));
            }
        }

        #[test]
        fn names_and_addresses_with_any_port_are_hosts(name in "[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", port: Option<u16>) {
            for host in [name.as_str(), "[::1]", "127.0.0.1"] {
                let text = port.map_or(host.to_owned(), |port| format!("{host}:{port}"));
                prop_assert!(is_host(&HeaderValue::from_str(&text).expect("a header")), "{}", text);
            }
        }
    }
}
