//! Access tokens that the server did not give: with fewer scopes, of another time, forged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::dangerous::insecure_decode;
use jsonwebtoken::{EncodingKey, Header, TokenData, encode};
use serde_json::{Map, Value};

use crate::stack::SIGNING_KEY;

/// Makes tokens like one that the server gave, in all but what a test changes.
pub struct Mint {
    header: Header,
    claims: Map<String, Value>,
}

impl Mint {
    /// Makes tokens like this one.
    ///
    /// # Panics
    /// When it is no JSON Web Token.
    #[must_use]
    pub fn like(token: &str) -> Self {
        let TokenData { header, claims, .. } = insecure_decode(token).expect("an access token of the server");
        Self { header, claims }
    }

    /// A claim of the token.
    ///
    /// # Panics
    /// When the token has no such claim.
    #[must_use]
    pub fn claim(&self, name: &str) -> &Value {
        self.claims.get(name).unwrap_or_else(|| panic!("access tokens have no claim {name}"))
    }

    /// A token with some claims changed, signed as the server does.
    #[must_use]
    pub fn token(&self, changes: &[(&str, Value)]) -> String {
        self.signed(SIGNING_KEY, changes)
    }

    /// A token that somebody else has signed.
    #[must_use]
    pub fn of_another_key(&self) -> String {
        self.signed(&SIGNING_KEY.replacen("FQJo", "FQJp", 1), &[])
    }

    /// A token that nobody has signed, and says so.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let token = self.token(&[]);
        let parts: Vec<&str> = token.split('.').collect();
        let mut header = serde_json::to_value(&self.header).unwrap_or_default();
        header["alg"] = Value::from("none");
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(header.to_string()), parts[1])
    }

    /// A token whose bearer has made themselves an admin.
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
            // A claim that the server does not look at would test nothing.
            let known = claims.get_mut(*name).unwrap_or_else(|| panic!("access tokens have no claim {name}"));
            *known = value.clone();
        }
        let key = EncodingKey::from_ed_pem(key.as_bytes()).expect("a key of Ed25519");
        encode(&self.header, &claims, &key).expect("signs")
    }
}
