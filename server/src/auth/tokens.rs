//! Access tokens: signed with Ed25519, good for 15 minutes.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::auth::Principal;
use crate::error::Error;
use crate::platform::clock::Clock;
use crate::platform::crypto::SigningKey;
use crate::users::{Role, UserId};

/// `typ` of an access token (RFC 9068): nothing else that we sign passes as one.
const TYPE: &str = "at+jwt";
/// Seconds that an access token is good for.
const LIFETIME: i64 = 15 * 60;
/// Seconds that clocks may differ.
const LEEWAY: i64 = 5;
/// What a person's own token is good for.
const SCOPES: &str = "read write";

#[derive(Deserialize, Serialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    uid: i64,
    sid: Uuid,
    role: String,
    scope: String,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// What a token is good for, as its claim `scope` has it (RFC 9068): words with blanks between them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scopes(String);

impl Scopes {
    /// Whether a scope is among them.
    #[must_use]
    pub fn include(&self, scope: &str) -> bool {
        self.0.split(' ').any(|word| word == scope)
    }
}

/// Signs and reads access tokens.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    key_id: String,
    public: Vec<u8>,
    issuer: String,
    audience: String,
    clock: Clock,
    validation: Validation,
}

impl Tokens {
    /// Tokens of one key, issuer and audience.
    #[must_use]
    pub fn new(key: &SigningKey, issuer: &str, audience: &str, clock: Clock) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Times are held against our own clock, which may be ahead of the machine's.
        validation.validate_exp = false;
        Self {
            encoding: EncodingKey::from_ed_der(&key.private),
            decoding: DecodingKey::from_ed_der(&key.public),
            key_id: key.id.clone(),
            public: key.public.clone(),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            clock,
            validation,
        }
    }

    /// Name and public key (32 bytes), for those who check tokens themselves.
    pub fn public_key(&self) -> (&str, &[u8]) {
        (&self.key_id, &self.public)
    }

    /// A new access token.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be signed.
    pub fn issue(&self, principal: &Principal) -> Result<String, Error> {
        let now = self.clock.now().timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: principal.uuid.to_string(),
            uid: principal.id.0,
            sid: principal.session,
            role: principal.role.name().to_owned(),
            scope: SCOPES.to_owned(),
            iat: now,
            exp: now + LIFETIME,
            jti: Uuid::now_v7(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.key_id.clone());
        encode(&header, &claims, &self.encoding)
            .map_err(|error| Error::Internal(format!("a token cannot be signed: {error}")))
    }

    /// Whose token this is, and what it is good for; `None` when it is not one of ours, or not good now.
    #[must_use]
    pub fn verify(&self, token: &str) -> Option<(Principal, Scopes)> {
        let header = decode_header(token).ok()?;
        if header.typ.as_deref() != Some(TYPE) || header.kid.as_deref() != Some(&self.key_id) {
            return None;
        }
        let claims = decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        let now = self.clock.now().timestamp();
        if now >= claims.exp + LEEWAY || now < claims.iat - LEEWAY {
            return None;
        }
        let principal = Principal {
            id: UserId(claims.uid),
            uuid: claims.sub.parse().ok()?,
            role: Role::named(&claims.role)?,
            session: claims.sid,
        };
        Some((principal, Scopes(claims.scope)))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn tokens_at(key: &SigningKey, seconds: i64) -> Tokens {
        let clock = Clock::default();
        clock.set_ahead(TimeDelta::seconds(seconds));
        Tokens::new(key, "agora", "agora", clock)
    }

    fn key() -> SigningKey {
        SigningKey::from_pem(&SigningKey::generate_pem().expect("randomness")).expect("its own key")
    }

    fn principal() -> Principal {
        Principal { id: UserId(7), uuid: Uuid::now_v7(), role: Role::Staff, session: Uuid::now_v7() }
    }

    #[test]
    fn a_token_tells_whose_it_is_until_it_expires() {
        let key = key();
        let token = tokens_at(&key, 0).issue(&principal()).expect("signs");
        let (of, scopes) = tokens_at(&key, 0).verify(&token).expect("is good");
        assert_eq!(of.id, UserId(7));
        assert!(scopes.include("read") && scopes.include("write") && !scopes.include("rea"));
        assert!(tokens_at(&key, LIFETIME + LEEWAY - 2).verify(&token).is_some());
        assert!(tokens_at(&key, LIFETIME + LEEWAY + 1).verify(&token).is_none(), "expired");
        assert!(tokens_at(&key, -60).verify(&token).is_none(), "of the future");
    }

    #[test]
    fn forged_and_foreign_tokens_are_nobodys() {
        let key = key();
        let tokens = tokens_at(&key, 0);
        let token = tokens.issue(&principal()).expect("signs");
        let other = Tokens::new(&key, "other", "agora", Clock::default());
        assert!(other.verify(&token).is_none(), "another issuer");
        assert!(tokens_at(&self::key(), 0).verify(&token).is_none(), "another key");
        let (rest, signature) = token.rsplit_once('.').expect("three parts");
        let (head, _) = rest.split_once('.').expect("three parts");
        for forged in [rest, &format!("{rest}."), &format!("{head}.e30.{signature}"), "", "x.y.z"] {
            assert!(tokens.verify(forged).is_none(), "{forged}");
        }
    }

    #[test]
    fn other_types_and_algorithms_do_not_pass() {
        let key = key();
        let tokens = tokens_at(&key, 0);
        let now = tokens.clock.now().timestamp();
        let claims = Claims {
            iss: "agora".to_owned(),
            aud: "agora".to_owned(),
            sub: Uuid::now_v7().to_string(),
            uid: 1,
            sid: Uuid::now_v7(),
            role: "admin".to_owned(),
            scope: SCOPES.to_owned(),
            iat: now,
            exp: now + 60,
            jti: Uuid::now_v7(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.id.clone());
        let refresh = encode(&header, &claims, &tokens.encoding).expect("signs");
        assert!(tokens.verify(&refresh).is_none(), "typ JWT");
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.id.clone());
        let symmetric = encode(&header, &claims, &EncodingKey::from_secret(&key.public)).expect("signs");
        assert!(tokens.verify(&symmetric).is_none(), "the public key as a secret");
    }
}
