//! The client behind trusted proxies: its address, and the scheme and host that it called. Proxies say so in `Forwarded`
//! (RFC 7239), or in `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`.
//!
//! Anybody can send these fields. They count only when the peer of the connection is a trusted proxy, and of a chain only
//! what trusted proxies have appended: it is read from the right, and ends at the first address that is not trusted.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use agora_contract::fields::{self, Reader};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;

use crate::platform::host;

const X_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The peer of a connection, in the extensions of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its address and port.
    pub address: SocketAddr,
    /// Its address has no more connections than it may; otherwise its requests are refused.
    pub has_place: bool,
}

/// `TRUSTED_PROXIES`.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// Scheme of a URL that a client called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

/// A client as far as it is known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Client {
    /// Its address; of a client that proxies do not name, the address of the last proxy that is known.
    pub address: Option<IpAddr>,
    /// The scheme that it called, where a trusted proxy says so.
    pub scheme: Option<Scheme>,
}

/// The host that a client called, where a trusted proxy says so.
#[derive(Clone, Debug)]
pub struct ForwardedHost(pub HeaderValue);

/// One stage of a request's way, as the proxy after it saw it.
#[derive(Clone, Debug, Default)]
struct Hop {
    /// `None` where its proxy hides or does not know it.
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

    /// As in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl TrustedProxies {
    /// Trusts the addresses of some networks.
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    /// Returns whether an address is that of a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        // A socket for both families shows IPv4 addresses as `::ffff:10.0.0.1`.
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Reads who the client is from a request's connection and header; a forwarded host is noted in the extensions.
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
            // One of them is the client's own invention, and which one cannot be told.
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

/// The hops of `Forwarded`; none of them where it is malformed, `None` where it is missing.
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
                // No name may occur twice.
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

/// The hops of the fields with `X-Forwarded`; `None` where all of them are missing. Scheme and host belong to the hop at
/// the same place where there are as many of them as hops; else the last of them, which the nearest proxy has written,
/// counts for all.
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

/// The values of a list field without quotes. A value that is no text means nothing, and leaves those beside it alone: it
/// may be the client's, and they the proxy's.
fn values(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).into_iter();
    let values = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let values = values.map(|value| String::from_utf8_lossy(value.trim_ascii()).into_owned());
    values.filter(|value| !value.is_empty()).collect()
}

/// The address of a node: alone or in brackets, with or without a port.
fn address(node: &str) -> Option<IpAddr> {
    // A port may be hidden behind a name.
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
