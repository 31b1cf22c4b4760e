//! Tests of the layer around test handlers, and of versions against generated tags.

use std::convert::Infallible;
use std::io;

use agora_runtime::{Access, Idempotency};
use futures_util::stream;
use proptest::prelude::*;
use serde_json::json;
use tower::{Service as _, ServiceExt as _};

use super::*;
use crate::platform::telemetry::{self, Front};

static OPERATION: Operation = Operation {
    id: "get_thing",
    tag: "things",
    method: "GET",
    path: "/things",
    deprecated: false,
    sunset: "",
    who: Access::Public,
    scope: "read",
    idempotency: Idempotency::None,
    rate_limit: "public",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Returns a contract in which the operation `get_thing` declares an `ETag`.
fn contract() -> Arc<Contract> {
    let ok = json!({"description": "", "headers": {"ETag": {"schema": {"type": "string"}}}});
    let get = json!({"operationId": "get_thing", "responses": {"200": ok}});
    let document = json!({"openapi": "3.0.3", "paths": {"/things": {"get": get}}});
    Arc::new(Contract::compile(&document.to_string(), &[&OPERATION], &[]).expect("compiles"))
}

/// Returns the response of the layer around a handler.
async fn answered(
    handler: impl Fn() -> Response<Body> + Clone + Send + 'static,
    headers: &[(HeaderName, &str)],
) -> Response<Body> {
    let inner = service_fn(move |_: Request| {
        let mut response = handler();
        response.extensions_mut().insert(&OPERATION);
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let mut request = http::Request::new(Body::empty());
    let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().expect("a field value")));
    request.headers_mut().extend(headers);
    let mut layer = layer(contract(), inner);
    layer
        .ready()
        .await
        .expect("is ready")
        .call(telemetry::normalize_request(&Front::default(), request).1)
        .await
        .expect("is infallible")
}

fn thing(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_no_success() {
    let broken = || {
        let pieces = [Ok(Bytes::from_static(b"{\"half\": ")), Err(io::Error::other("a secret reason"))];
        thing(Body::from_stream(stream::iter(pieces)))
    };
    for headers in [&[][..], &[(header::IF_NONE_MATCH, "*")]] {
        let response = answered(broken, headers).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.extensions().get::<&'static Operation>().is_some(), "metrics know whose it is");
        let body = response.into_body().collect().await.expect("is whole").to_bytes();
        let body = String::from_utf8_lossy(&body);
        assert!(
            body.contains("SERVER_ERROR") && !body.contains("half") && !body.contains("secret"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_tag_that_the_handler_has_set_is_that_of_the_version() {
    let tagged = || {
        let mut response = thing(Body::from("{}"));
        response.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"v7\""));
        response
    };
    let coded = answered(tagged, &[(header::ACCEPT_ENCODING, "gzip")]).await;
    assert_eq!(coded.headers()[header::ETAG], "\"v7-gzip\"");
    let known = answered(tagged, &[(header::IF_NONE_MATCH, "\"v7\"")]).await;
    assert_eq!(
        (known.status(), &known.headers()[header::ETAG]),
        (StatusCode::NOT_MODIFIED, &HeaderValue::from_static("\"v7\""))
    );
    assert_eq!(
        answered(tagged, &[(header::IF_MATCH, "\"v8\"")]).await.status(),
        StatusCode::PRECONDITION_FAILED
    );
}

fn tags(lines: &[String]) -> Vec<HeaderValue> {
    lines.iter().map(|line| line.parse().expect("a field value")).collect()
}

/// Generates tags of any valid characters that are too short to be a version.
fn other() -> impl Strategy<Value = (bool, String)> {
    (any::<bool>(), "[!#-~]{0,20}")
}

fn print((is_weak, opaque): &(bool, String)) -> String {
    [if *is_weak { "W/" } else { "" }, "\"", opaque, "\""].concat()
}

proptest! {
    #[test]
    fn a_list_matches_if_and_only_if_the_version_is_in_it(
        others in prop::collection::vec(other(), 0..5),
        mine in prop::option::of((any::<bool>(), prop::sample::select(vec![("", Coding::Identity), ("-gzip", Coding::Gzip), ("-br", Coding::Brotli)]))),
        at: prop::sample::Index, width in 1..4_usize, body: Vec<u8>,
    ) {
        let version = Version::from_body(&body);
        let mut list = others;
        if let Some((is_weak, (suffix, _))) = mine {
            list.insert(at.index(list.len() + 1), (is_weak, format!("{}{suffix}", version.0)));
        }
        prop_assume!(!list.is_empty());
        let printed: Vec<String> = list.iter().map(print).collect();
        let lines: Vec<String> = printed.chunks(width).map(|tags| tags.join(",")).collect();
        let lines = tags(&lines);
        let read = EntityTags::read(&lines).expect("is well formed").expect("is there");
        prop_assert_eq!(version.matching_coding(&read, Coding::Brotli), mine.map(|(_, (_, coding))| coding));
        let is_met = mine.is_some_and(|(is_weak, _)| !is_weak);
        match version.require_match(&read) {
            Ok(()) => prop_assert!(is_met),
            Err(error) => {
                prop_assert!(!is_met);
                let names_weak = list.iter().any(|(is_weak, _)| *is_weak);
                prop_assert_eq!(error.to_string().contains("weak"), names_weak);
            }
        }
    }

    #[test]
    fn no_longer_or_shorter_tag_names_a_version(body: Vec<u8>, cut in 1..32_usize, more in "[!#-~]{1,9}") {
        prop_assume!(more != "-gzip" && more != "-br");
        let version = Version::from_body(&body);
        for opaque in [version.0[..cut].to_owned(), version.0.clone() + &more, more + &version.0] {
            let tag = EntityTag { is_weak: false, opaque: opaque.as_bytes() };
            prop_assert_eq!(version.named_by(&tag), None);
        }
    }
}

#[test]
fn of_several_tags_of_a_version_that_of_the_best_coding_counts() {
    let version = Version::from_body(b"{}");
    let all = tags(&[format!("\"{0}\", W/\"{0}-br\", \"{0}-gzip\"", version.0)]);
    let read = EntityTags::read(&all).expect("is well formed").expect("is there");
    for coding in Coding::ALL {
        assert_eq!(version.matching_coding(&read, coding), Some(coding));
    }
    assert_eq!(version.matching_coding(&EntityTags::Any, Coding::Gzip), Some(Coding::Gzip));
}
