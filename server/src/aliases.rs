//! Path aliases of earlier systems, rewritten before routing. Clients of those systems need only another base URL. The
//! aliases are not part of the contract.

use std::borrow::Cow;

use http::uri::PathAndQuery;
use http::{Request, Uri};

/// Returns the canonical form of a request path: aliases are resolved, and trailing slashes removed.
pub fn canonical(path: &str) -> Cow<'_, str> {
    let path = match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    if let Some(rest) = path.strip_prefix("/metadata/api/") {
        return match rest.split('/').next() {
            Some("users") => Cow::Owned(format!("/api/v1/registry/{rest}")),
            Some("token" | "health") => Cow::Owned(format!("/api/v1/{rest}")),
            _ => Cow::Borrowed(path),
        };
    }
    if path.starts_with("/v1/") {
        return Cow::Owned(format!("/api{path}"));
    }
    if path.starts_with("/oauth/") {
        return Cow::Owned(format!("/api/v1{path}"));
    }
    match path.strip_prefix("/api/").map(|rest| (rest, rest.split('/').next().unwrap_or_default())) {
        Some((rest, first)) if !matches!(first, "" | "v1" | "schema" | "schema.json" | "docs") => {
            Cow::Owned(format!("/api/v1/{rest}"))
        }
        _ => Cow::Borrowed(path),
    }
}

/// Rewrites the path of a request to its canonical form.
pub fn resolve<B>(mut request: Request<B>) -> Request<B> {
    rewrite(request.uri_mut());
    request
}

fn rewrite(uri: &mut Uri) {
    let path = match canonical(uri.path()) {
        Cow::Borrowed(path) if path == uri.path() => return,
        path => path.into_owned(),
    };
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    if let Ok(target) = target.parse::<PathAndQuery>() {
        let mut parts = std::mem::take(uri).into_parts();
        parts.path_and_query = Some(target);
        *uri = Uri::from_parts(parts).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_lead_to_the_contracts_paths() {
        for (called, routed) in [
            ("/api/products/", "/api/v1/products"),
            ("/api/products/1", "/api/v1/products/1"),
            ("/v1/products/1/", "/api/v1/products/1"),
            ("/api/v1/products/1", "/api/v1/products/1"),
            ("/api/v1", "/api/v1"),
            ("/api/v1x", "/api/v1/v1x"),
            ("/api/schema/", "/api/schema"),
            ("/api/schema.json", "/api/schema.json"),
            ("/api/docs", "/api/docs"),
            ("/oauth/token", "/api/v1/oauth/token"),
            ("/metadata/api/users/00018/", "/api/v1/registry/users/00018"),
            ("/metadata/api/token/refresh", "/api/v1/token/refresh"),
            ("/metadata/api/health", "/api/v1/health"),
            ("/metadata/api/other", "/metadata/api/other"),
            ("/", "/"),
            ("//", "/"),
            ("/health/live/", "/health/live"),
        ] {
            assert_eq!(canonical(called), routed, "{called}");
        }
    }

    #[test]
    fn the_query_survives() {
        let mut uri: Uri = "/api/products/?page=2&limit=5".parse().expect("a URI");
        rewrite(&mut uri);
        assert_eq!(uri.to_string(), "/api/v1/products?page=2&limit=5");
    }
}
