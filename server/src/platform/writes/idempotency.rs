//! Stored responses: a retry with the same Idempotency-Key gets the first response, byte for byte.

use std::sync::Arc;

use agora_runtime::fields::MediaType;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::platform::crypto::Macs;
use crate::platform::db::{Connection, DbError, Transaction};
use crate::platform::http::request::RequestContext;

/// Headers that are stored with a response. The others are set anew for each response.
const STORED: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::LINK];

const CLAIM: &str = r"-- platform.claim_idempotency_key
insert into idempotency_keys (principal, key, fingerprint)
values ($1, $2, $3)
on conflict (principal, key) do update
set fingerprint = excluded.fingerprint,
    status = null,
    headers = null,
    body = null,
    created_at = app_now()
where idempotency_keys.created_at <= app_now() - interval '24 hours'
returning 1";

const FIND: &str = r"-- platform.find_idempotency_key
select fingerprint, status, headers, body
from idempotency_keys
where principal = $1 and key = $2";

const STORE: &str = r"-- platform.store_idempotent_answer
update idempotency_keys
set status = $3,
    headers = $4,
    body = $5
where principal = $1 and key = $2";

const REMOVE_EXPIRED: &str = r"-- platform.remove_expired_idempotency_keys
with expired as materialized (
    select principal, key
    from idempotency_keys
    where created_at <= (select app_now() - interval '24 hours')
    order by created_at
    limit $1
    for update skip locked
)
delete from idempotency_keys
using expired
where idempotency_keys.principal = expired.principal
    and idempotency_keys.key = expired.key";

/// Deletes at most `most` keys that are older than 24 hours, and returns their number. A key that a request is
/// claiming at this moment is skipped.
///
/// # Errors
/// Returns the error of the database.
pub async fn remove_expired(db: &Connection, most: i32) -> Result<u64, DbError> {
    db.execute(REMOVE_EXPIRED, &[&i64::from(most)]).await
}

/// The Idempotency-Key of a request.
pub struct IdempotencyKey {
    principal: String,
    key: String,
    fingerprint: Vec<u8>,
    /// Input of the fingerprint. It is kept because another replica may have used another secret for the stored
    /// fingerprint.
    message: Vec<u8>,
    macs: Arc<Macs>,
}

/// Outcome of a claim.
pub enum Claim {
    /// The request has claimed the key, and its work may begin.
    Won,
    /// An earlier request has used the key; this is its response.
    Answered(Response<Body>),
}

impl IdempotencyKey {
    /// Returns the key of a request, if it has one.
    pub fn from_request<C>(context: &RequestContext<C>, principal: &str, macs: &Arc<Macs>) -> Option<Self> {
        let key = context.parts.headers.get("idempotency-key")?.to_str().ok()?.to_owned();
        let message = identity(context);
        let fingerprint = macs.tag256(&message).to_vec();
        Some(Self { principal: principal.to_owned(), key, fingerprint, message, macs: Arc::clone(macs) })
    }

    /// Claims the key within the transaction of the work.
    ///
    /// # Errors
    /// Returns [`Error::StillRunning`] if a concurrent request has claimed the key, and [`Error::IdempotencyMismatch`]
    /// if the key was used for a different request.
    pub async fn claim(&self, tx: &Transaction) -> Result<Claim, Error> {
        let claimed = tx.query_opt(CLAIM, &[&self.principal, &self.key, &self.fingerprint]).await;
        match claimed {
            Ok(Some(_)) => return Ok(Claim::Won),
            Ok(None) => {}
            Err(error) if error.is_lock_timeout() => return Err(Error::StillRunning),
            Err(error) => return Err(error.into()),
        }
        let row = tx.query_opt(FIND, &[&self.principal, &self.key]).await?.ok_or(Error::StillRunning)?;
        let stored: Vec<u8> = row.get(0);
        if stored != self.fingerprint && !self.macs.verifies256(&self.message, &stored) {
            return Err(Error::IdempotencyMismatch);
        }
        let status: Option<i16> = row.get(1);
        let status = status.and_then(|status| StatusCode::from_u16(status.cast_unsigned()).ok());
        let headers: Option<Value> = row.get(2);
        Ok(Claim::Answered(replayed(status.ok_or(Error::StillRunning)?, headers.as_ref(), row.get(3))))
    }

    /// Stores the response of the work within its transaction, and commits.
    ///
    /// # Errors
    /// Returns the error of the database.
    pub async fn store_and_commit(
        &self,
        tx: &Transaction,
        status: StatusCode,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<(), DbError> {
        let status = status.as_u16().cast_signed();
        let headers = stored_headers(headers);
        tx.commit_with(STORE, &[&self.principal, &self.key, &status, &headers, &body.as_ref()]).await
    }
}

/// Returns the message that identifies a request: method, operation, path and query, media type, and body. Only its
/// MAC is stored: a body may contain a password, which a reader of the database could guess from a plain hash.
fn identity<C>(context: &RequestContext<C>) -> Vec<u8> {
    let RequestContext { operation, parts: request, body, .. } = context;
    // Parameters are left out, since the body is read as UTF-8 regardless of them.
    let media_type = request.headers.get(header::CONTENT_TYPE).and_then(|value| MediaType::read(value).ok());
    let media_type = media_type.map(|media_type| media_type.essence()).unwrap_or_default();
    let target = request.uri.path_and_query().map_or("", |target| target.as_str());
    let mut message = Vec::with_capacity(body.len() + 256);
    for part in [
        operation.method.as_bytes(),
        operation.id.as_bytes(),
        target.as_bytes(),
        media_type.as_bytes(),
        &body[..],
    ] {
        message.extend_from_slice(&part.len().to_be_bytes());
        message.extend_from_slice(part);
    }
    message
}

fn stored_headers(headers: &HeaderMap) -> Value {
    let stored = STORED.iter().filter_map(|name| {
        let value = headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), Value::from(value)))
    });
    Value::Object(stored.collect::<Map<_, _>>())
}

fn replayed(status: StatusCode, headers: Option<&Value>, body: Option<Vec<u8>>) -> Response<Body> {
    let mut response = Response::new(Body::from(body.unwrap_or_default()));
    *response.status_mut() = status;
    for (name, value) in headers.and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        if let (Ok(name), Some(value)) = (HeaderName::try_from(name.as_str()), value) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::crypto::Secrets;
    use crate::platform::http::request::examples::context;

    /// Returns the signed message of a request with these parts.
    fn of(target: &str, media_type: &str, body: &[u8]) -> Vec<u8> {
        let request = http::Request::builder().uri(target).header(header::CONTENT_TYPE, media_type);
        identity(&context(request, body))
    }

    proptest! {
        #[test]
        fn requests_are_the_same_if_and_only_if_all_of_their_parts_are(
            one in ("/[a-c]{0,2}", "[a-c]/[a-c]{1,2}", "[a-c]{0,2}"), other in ("/[a-c]{0,2}", "[a-c]/[a-c]{1,2}", "[a-c]{0,2}"),
        ) {
            let [first, second] = [&one, &other].map(|(target, media, body)| of(target, media, body.as_bytes()));
            prop_assert_eq!(first == second, one == other);
        }

        #[test]
        fn any_key_that_is_text_is_kept_as_it_is(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let context = context(http::Request::builder().header("idempotency-key", value), b"");
            let read = IdempotencyKey::from_request(&context, "user:1", &Arc::new(Secrets::of_text("secret").macs("test")));
            let is_text = bytes.iter().all(|byte| *byte == b'\t' || (b' '..=b'~').contains(byte));
            prop_assert_eq!(read.map(|key| key.key.into_bytes()), is_text.then_some(bytes));
        }

        #[test]
        fn what_is_stored_of_headers_comes_back(media in "[a-z/+]{1,20}", location in "/[a-z0-9/]{0,20}", other in "[a-z]{0,9}") {
            let given: HeaderMap = [
                (header::CONTENT_TYPE, &media), (header::LOCATION, &location), (header::SERVER, &other),
            ].into_iter().map(|(name, value)| (name, value.parse().expect("a header"))).collect();
            let response = replayed(StatusCode::CREATED, Some(&stored_headers(&given)), None);
            let mut expected = given;
            expected.remove(header::SERVER);
            expected.insert("idempotency-replayed", HeaderValue::from_static("true"));
            prop_assert_eq!(response.headers(), &expected);
        }
    }
}
