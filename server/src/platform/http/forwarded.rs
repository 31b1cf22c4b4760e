//! The client behind trusted proxies: its address, and the scheme and host of its URL. Proxies report them in
//! `Forwarded` (RFC 7239), or in `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`.
//!
//! Any client can send these fields. They count only if the peer of the connection is a trusted proxy. Of a chain,
//! only the values that trusted proxies have appended count: it is read from the right, up to the first address that
//! is not trusted.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use agora_runtime::fields::{self, Reader};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;

use crate::platform::http::host::{self, ForwardedHost};

const X_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The peer of a connection, in the extensions of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Address and port of the peer.
    pub address: SocketAddr,
    /// `true` if the address is within its limit of connections; otherwise its requests are refused.
    pub has_place: bool,
}

/// Networks of the trusted proxies, from `TRUSTED_PROXIES`.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// Scheme of the URL that a client requested.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

/// A client, as far as it is known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Client {
    /// Address of the client. If proxies do not name it, the address of the last known proxy.
    pub address: Option<IpAddr>,
    /// Scheme of the requested URL, if a trusted proxy reports it.
    pub scheme: Option<Scheme>,
}

/// A hop of a request, as seen by the next proxy.
#[derive(Clone, Debug, Default)]
struct Hop {
    /// `None` if the proxy hides or does not know the address.
    address: Option<IpAddr>,
    scheme: Option<Scheme>,
    host: Option<HeaderValue>,
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("https") {
            Some(Self::Https)
        } else if text.eq_ignore_ascii_case("http") {
            Some(Self::Http)
        } else {
            None
        }
    }

    /// Returns the scheme as written in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl TrustedProxies {
    /// Trusts all addresses of the networks.
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    /// Returns `true` if an address is that of a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        // A dual-stack socket shows IPv4 addresses as `::ffff:10.0.0.1`.
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the client of a request, from its peer and its headers. Stores a forwarded host in the extensions.
    pub fn client(&self, headers: &HeaderMap, extensions: &mut Extensions) -> Client {
        let Some(peer) = extensions.get::<Peer>().map(|peer| peer.address.ip().to_canonical()) else {
            return Client::default();
        };
        if !self.trusts(peer) {
            return Client { address: Some(peer), scheme: None };
        }
        let hop = self.client_hop(peer, headers);
        if let Some(host) = hop.host {
            extensions.insert(ForwardedHost(host));
        }
        Client { address: hop.address, scheme: hop.scheme }
    }

    fn client_hop(&self, peer: IpAddr, headers: &HeaderMap) -> Hop {
        let at_peer = Hop { address: Some(peer), ..Hop::default() };
        let standard = standard_hops(headers).map(|hops| self.last_known(peer, hops));
        let usual = usual_hops(headers).map(|hops| self.last_known(peer, hops));
        match (standard, usual) {
            (None, None) => at_peer,
            (Some(hop), None) | (None, Some(hop)) => hop,
            (Some(standard), Some(usual)) if standard.address == usual.address => usual,
            // The client has forged one of them, and which one is unknown.
            (Some(_), Some(_)) => at_peer,
        }
    }

    /// Walks from the peer towards the client, as far as proxies are trusted.
    fn last_known(&self, peer: IpAddr, hops: Vec<Hop>) -> Hop {
        let mut found = Hop { address: Some(peer), ..Hop::default() };
        for hop in hops.into_iter().rev() {
            let is_trusted = hop.address.is_some_and(|address| self.trusts(address));
            found = Hop { address: hop.address.or(found.address), ..hop };
            if !is_trusted {
                break;
            }
        }
        found
    }
}

/// Parses the hops of `Forwarded`. Returns `None` if the field is missing, and no hops if it is malformed.
fn standard_hops(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let lines = headers.get_all(header::FORWARDED);
    lines.iter().next()?;
    let element = |reader: &mut Reader<'_>| {
        let mut pairs = vec![reader.parameter()?];
        pairs.append(&mut reader.parameters()?);
        let value = |name: &str| {
            let mut values = pairs.iter().filter(|pair| pair.0.eq_ignore_ascii_case(name));
            match (values.next(), values.next()) {
                (value, None) => Some(value.map(|pair| &*pair.1)),
                // A name must not occur twice.
                _ => None,
            }
        };
        Some(Hop {
            address: value("for")?.and_then(address),
            scheme: value("proto")?.and_then(Scheme::parse),
            host: value("host")?.and_then(host_of),
        })
    };
    Some(fields::list(&lines, element).unwrap_or_default())
}

/// Parses the hops of the `X-Forwarded` fields. Returns `None` if all of them are missing. If there are as many
/// schemes or hosts as hops, each belongs to the hop at its position. Otherwise the last one, written by the nearest
/// proxy, counts for all hops.
fn usual_hops(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let (clients, schemes, hosts) =
        (values(headers, X_FOR), values(headers, X_PROTO), values(headers, X_HOST));
    if clients.is_empty() && schemes.is_empty() && hosts.is_empty() {
        return None;
    }
    let count = clients.len().max(1);
    let at = |values: &[String], index: usize| {
        let value = if values.len() == count { values.get(index) } else { values.last() };
        value.cloned()
    };
    let hop = |index: usize| Hop {
        address: clients.get(index).and_then(|text| address(text)),
        scheme: at(&schemes, index).and_then(|text| Scheme::parse(&text)),
        host: at(&hosts, index).and_then(|text| host_of(&text)),
    };
    Some((0..count).map(hop).collect())
}

/// Returns the values of a list field without quotes. Invalid UTF-8 is replaced and does not affect the other values:
/// it may come from the client, and the others from the proxy.
fn values(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).into_iter();
    let values = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let values = values.map(|value| String::from_utf8_lossy(value.trim_ascii()).into_owned());
    values.filter(|value| !value.is_empty()).collect()
}

/// Parses the address of a node: bare or in brackets, with or without a port.
fn address(node: &str) -> Option<IpAddr> {
    // A port may be obfuscated (`:_name`).
    let node = node.rsplit_once(":_").map_or(node, |(address, _)| address);
    let alone = || node.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(node).parse();
    let found = node.parse().map(|socket: SocketAddr| socket.ip()).or_else(|_| alone());
    found.ok().map(|address: IpAddr| address.to_canonical())
}

fn host_of(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok().filter(|value| !value.is_empty() && host::is_host(value))
}

#[cfg(test)]
mod tests;
