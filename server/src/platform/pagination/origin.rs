//! Origins of absolute links, limited to allowed hosts.

use http::header::HOST;
use percent_encoding::percent_decode_str;

use crate::platform::http::forwarded::Scheme;
use crate::platform::http::request::RequestContext;

/// Origin of absolute links: that of `PUBLIC_URL`, or else scheme and host of the request if that host is allowed. If
/// neither is known, links are relative to the host of the request.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Scheme and host of `PUBLIC_URL`.
    pub public_origin: Option<String>,
    /// Hosts of `ALLOWED_HOSTS`.
    pub allowed_hosts: Vec<String>,
}

impl Origin {
    fn base<C>(&self, context: &RequestContext<C>) -> String {
        if let Some(origin) = &self.public_origin {
            return origin.clone();
        }
        let host = context.parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let scheme = context.arrival.client.scheme.unwrap_or(Scheme::Http).as_str();
        let allowed = host.filter(|host| self.allows(host));
        allowed.map(|host| format!("{scheme}://{host}")).unwrap_or_default()
    }

    fn allows(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name);
        // Hosts are compared without regard to case and to the trailing dot of the root.
        let is_same = |allowed: &String, host: &str| {
            allowed.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.'))
        };
        self.allowed_hosts.iter().any(|allowed| is_same(allowed, host) || is_same(allowed, name))
    }

    /// Returns the requested URI with one parameter set, and without the other parameters of the walk.
    pub(super) fn link<C>(&self, context: &RequestContext<C>, (name, value): &(&str, String)) -> String {
        let query = context.parts.uri.query().unwrap_or_default();
        let is_walk = |pair: &str| {
            let name = percent_decode_str(pair.split('=').next().unwrap_or_default()).decode_utf8_lossy();
            matches!(&*name, "page" | "cursor")
        };
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !is_walk(pair));
        let mut pairs: Vec<&str> = kept.collect();
        let own = format!("{name}={value}");
        pairs.push(&own);
        format!("{}{}?{}", self.base(context), context.arrival.public_path(), pairs.join("&"))
    }
}
