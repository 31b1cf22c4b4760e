//! Access tokens that the server did not issue: with fewer scopes, with other times, or forged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::dangerous::insecure_decode;
use jsonwebtoken::{EncodingKey, Header, TokenData, encode};
use serde_json::{Map, Value};

use crate::stack::SIGNING_KEY;

/// A source of tokens that equal one issued by the server, except for the claims that a test changes.
pub struct TokenForge {
    header: Header,
    claims: Map<String, Value>,
}

impl TokenForge {
    /// Creates a source of tokens like `token`.
    ///
    /// # Panics
    /// If it is not a JSON Web Token.
    #[must_use]
    pub fn like(token: &str) -> Self {
        let TokenData { header, claims, .. } = insecure_decode(token).expect("an access token of the server");
        Self { header, claims }
    }

    /// Returns a claim of the original token.
    ///
    /// # Panics
    /// If the token has no such claim.
    #[must_use]
    pub fn claim(&self, name: &str) -> &Value {
        self.claims.get(name).unwrap_or_else(|| panic!("access tokens have no claim {name}"))
    }

    /// Creates a token with some claims changed, signed with the server's key.
    ///
    /// # Panics
    /// If the original token does not have a changed claim.
    #[must_use]
    pub fn token(&self, changes: &[(&str, Value)]) -> String {
        self.signed(SIGNING_KEY, changes)
    }

    /// Creates a token signed with another key.
    #[must_use]
    pub fn of_another_key(&self) -> String {
        self.signed(&Self::another_key(), &[])
    }

    /// Returns a signing key that the server does not have, as PEM.
    #[must_use]
    pub fn another_key() -> String {
        SIGNING_KEY.replacen("FQJo", "FQJp", 1)
    }

    /// Creates an unsigned token, with the algorithm `none` in its header.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let token = self.token(&[]);
        let parts: Vec<&str> = token.split('.').collect();
        let mut header = serde_json::to_value(&self.header).unwrap_or_default();
        header["alg"] = Value::from("none");
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(header.to_string()), parts[1])
    }

    /// Creates a token with the role changed to admin, but with the signature of the original claims.
    #[must_use]
    pub fn altered(&self) -> String {
        let (honest, promoted) = (self.token(&[]), self.token(&[("role", Value::from("admin"))]));
        let signature = honest.rsplit('.').next().unwrap_or_default();
        let rest = promoted.rsplit_once('.').map_or("", |(rest, _)| rest);
        format!("{rest}.{signature}")
    }

    fn signed(&self, key: &str, changes: &[(&str, Value)]) -> String {
        let mut claims = self.claims.clone();
        for (name, value) in changes {
            // A test with a claim that the server does not use would test nothing.
            let known = claims.get_mut(*name).unwrap_or_else(|| panic!("access tokens have no claim {name}"));
            *known = value.clone();
        }
        let key = EncodingKey::from_ed_pem(key.as_bytes()).expect("a key of Ed25519");
        encode(&self.header, &claims, &key).expect("signs")
    }
}
