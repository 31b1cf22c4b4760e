//! Payment providers. The HTTP one is described in docs/payments.md.

use std::time::Duration;

use reqwest::{Client, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::orders::model::Due;

/// Maximum time of a call. It is shorter than the lease of a payment, so that no other server calls meanwhile.
const DEADLINE: Duration = Duration::from_secs(10);
/// Maximum time to connect.
const CONNECT_DEADLINE: Duration = Duration::from_secs(3);
/// Maximum length of an answer in bytes.
const ANSWER_SIZE: usize = 64 * 1024;
/// Maximum length of the provider's name of a payment.
const REFERENCE_LENGTH: usize = 255;

/// Token that the pseudo-provider declines.
const DECLINED: &str = "tok_declined";

/// The decision of a provider on a payment.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Decision {
    /// The provider has taken the money. With its name of the payment.
    Accepted(String),
    /// The provider has declined the payment.
    Declined,
}

/// The payment provider.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Accepts every token but one, without any money.
    Pseudo,
    /// An HTTP service.
    Http(Http),
}

/// The client of an HTTP service.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    base: String,
    secret: Option<SecretString>,
}

/// The body of an accepted payment.
#[derive(Deserialize)]
struct Charge {
    reference: String,
}

impl Provider {
    /// Creates the client of an HTTP service.
    ///
    /// # Errors
    /// Returns the reason why it cannot be created.
    pub fn http(base: &str, secret: Option<&SecretString>) -> Result<Self, String> {
        let client = Client::builder()
            .timeout(DEADLINE)
            .connect_timeout(CONNECT_DEADLINE)
            // A redirect could lead the token to another host.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("agora/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("cannot be called: {error}"))?;
        Ok(Self::Http(Http { client, base: base.to_owned(), secret: secret.cloned() }))
    }

    /// Asks for a payment. A repeated call with the same key returns the first decision.
    ///
    /// # Errors
    /// Returns the reason if there is no decision, so that the call is to be repeated.
    pub(super) async fn charge(&self, due: &Due) -> Result<Decision, String> {
        match self {
            Self::Pseudo if due.token.as_deref() == Some(DECLINED) => Ok(Decision::Declined),
            Self::Pseudo => Ok(Decision::Accepted(format!("pseudo-{}", due.key))),
            Self::Http(http) => http.charge(due).await,
        }
    }

    /// Returns a payment, or prevents one that was never decided.
    ///
    /// # Errors
    /// Returns the reason if that is not certain, so that the call is to be repeated.
    pub(super) async fn refund(&self, due: &Due) -> Result<(), String> {
        match self {
            Self::Pseudo => Ok(()),
            Self::Http(http) => http.refund(due).await,
        }
    }
}

impl Http {
    async fn charge(&self, due: &Due) -> Result<Decision, String> {
        let body = json!({
            "order": due.order,
            "amount": format!("{:.2}", due.amount),
            "currency": due.currency,
            "method": due.method,
            "token": due.token,
        });
        let (status, answer) = self.call("charges", due.key.to_string(), &body).await?;
        match status {
            StatusCode::PAYMENT_REQUIRED => Ok(Decision::Declined),
            status if status.is_success() => {
                let charge: Result<Charge, _> = serde_json::from_slice(&answer);
                let reference = charge.map(|charge| charge.reference);
                let is_usable = |text: &String| {
                    (1..=REFERENCE_LENGTH).contains(&text.len())
                        && text.bytes().all(|byte| byte.is_ascii_graphic())
                };
                match reference.ok().filter(is_usable) {
                    Some(reference) => Ok(Decision::Accepted(reference)),
                    None => Err(format!("{status} without a `reference` of visible ASCII characters")),
                }
            }
            status => Err(format!("an unexpected status: {status}")),
        }
    }

    async fn refund(&self, due: &Due) -> Result<(), String> {
        let body = json!({"charge": due.key, "reference": due.reference});
        let (status, _) = self.call("refunds", format!("refund-{}", due.key), &body).await?;
        match status {
            // There is no payment, and with this key there will be none.
            StatusCode::NOT_FOUND => Ok(()),
            status if status.is_success() => Ok(()),
            status => Err(format!("an unexpected status: {status}")),
        }
    }

    async fn call(
        &self,
        what: &str,
        key: String,
        body: &serde_json::Value,
    ) -> Result<(StatusCode, Vec<u8>), String> {
        let mut request = self.client.post(format!("{}/{what}", self.base));
        request = request.header("idempotency-key", key).json(body);
        if let Some(secret) = &self.secret {
            request = request.bearer_auth(secret.expose_secret());
        }
        // The text of an error has the URL, which has no credentials, and nothing of the body.
        let mut response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status();
        let mut answer = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| error.to_string())? {
            answer.extend_from_slice(&part);
            if answer.len() > ANSWER_SIZE {
                return Err(format!("an answer of more than {ANSWER_SIZE} bytes"));
            }
        }
        Ok((status, answer))
    }
}
