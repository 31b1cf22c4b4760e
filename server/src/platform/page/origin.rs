//! Absolute links, and whom they may lead to.

use http::header::HOST;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::platform::problem::Called;

/// Where absolute links lead: to PUBLIC_URL, else to the request's Host where that is allowed.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `PUBLIC_URL`.
    pub public_url: Option<String>,
    /// `ALLOWED_HOSTS`.
    pub allowed_hosts: Vec<String>,
    /// What is left: the address that we listen on.
    pub fallback: String,
}

impl Origin {
    fn base(&self, request: &Parts) -> String {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        let host = request.headers.get(HOST).and_then(|host| host.to_str().ok());
        match host.filter(|host| self.allows(host)) {
            Some(host) => format!("http://{host}"),
            None => self.fallback.clone(),
        }
    }

    fn allows(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name);
        // A host is the same in any case, and with the dot of the root at its end.
        let is_same = |allowed: &String, host: &str| {
            allowed.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.'))
        };
        self.allowed_hosts.iter().any(|allowed| is_same(allowed, host) || is_same(allowed, name))
    }

    /// The called URI with one parameter set, and the others of the walk gone.
    pub(super) fn link(&self, request: &Parts, (name, value): &(&str, String)) -> String {
        let called = Called::of(&request.extensions);
        let query = request.uri.query().unwrap_or_default();
        let is_walk = |pair: &str| {
            let name = percent_decode_str(pair.split('=').next().unwrap_or_default()).decode_utf8_lossy();
            matches!(&*name, "page" | "cursor")
        };
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !is_walk(pair));
        let mut pairs: Vec<&str> = kept.collect();
        let own = format!("{name}={value}");
        pairs.push(&own);
        format!("{}{}?{}", self.base(request), called.path, pairs.join("&"))
    }
}
