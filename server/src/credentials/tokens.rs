//! Access tokens, signed with Ed25519 and valid for 15 minutes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::credentials::Scopes;
use crate::error::{Error, TokenError};
use crate::identity::{Principal, Role, UserId};
use crate::platform::clock::Clock;
use crate::platform::crypto::{SigningKey, SigningKeys, sha256};

/// `typ` of an access token (RFC 9068). Nothing else signed with the same keys is accepted as one.
const TYPE: &str = "at+jwt";
/// Lifetime of an access token in seconds.
const LIFETIME: i64 = 15 * 60;
/// Tolerated clock difference in seconds.
const LEEWAY: i64 = 5;
/// Maximum number of tokens whose valid signatures are remembered. When it is reached, all are forgotten.
const REMEMBERED: usize = 4096;
/// Scopes of a user's token.
const SCOPES: &str = "read write";

#[derive(Deserialize, Serialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    uid: i64,
    sid: Uuid,
    role: String,
    scope: String,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    jti: Uuid,
}

/// Issuer and verifier of access tokens.
pub struct Tokens {
    encoding: EncodingKey,
    key_id: String,
    verifying: Vec<VerifyingKey>,
    issuer: String,
    audience: String,
    clock: Clock,
    validation: Validation,
    /// Claims of tokens whose signatures were verified, by the SHA-256 of the token: verifying one costs as much as
    /// reading a product. Only what cannot change is remembered; times are checked for each request.
    verified: Mutex<HashMap<[u8; 32], Arc<Claims>>>,
}

/// A public key that verifies access tokens.
pub struct VerifyingKey {
    /// Key ID (`kid`) in token headers.
    pub id: String,
    /// The raw public key, 32 bytes.
    pub public: Vec<u8>,
    decoding: DecodingKey,
}

impl VerifyingKey {
    fn new(key: &SigningKey) -> Self {
        let decoding = DecodingKey::from_ed_der(&key.public);
        Self { id: key.id.clone(), public: key.public.clone(), decoding }
    }
}

impl Tokens {
    /// Creates tokens of an issuer for an audience. The first key signs, and all keys verify.
    #[must_use]
    pub fn new(keys: &SigningKeys, issuer: &str, audience: &str, clock: Clock) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Expiry is checked against the time of record, not against the clock of this machine.
        validation.validate_exp = false;
        Self {
            encoding: EncodingKey::from_ed_der(keys.signing().private.expose_secret()),
            key_id: keys.signing().id.clone(),
            verifying: keys.iter().map(VerifyingKey::new).collect(),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            clock,
            validation,
            verified: Mutex::default(),
        }
    }

    /// Returns the verifying keys, for publication to services that verify tokens themselves.
    pub fn verifying_keys(&self) -> &[VerifyingKey] {
        &self.verifying
    }

    /// Issues an access token.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if signing fails.
    pub fn issue(&self, principal: &Principal) -> Result<String, Error> {
        let now = self.clock.now().timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: principal.uuid,
            uid: principal.id.0,
            sid: principal.session,
            role: principal.role.name().to_owned(),
            scope: SCOPES.to_owned(),
            iat: now,
            nbf: None,
            exp: now + LIFETIME,
            jti: Uuid::now_v7(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.key_id.clone());
        encode(&header, &claims, &self.encoding)
            .map_err(|error| Error::Internal(format!("a token cannot be signed: {error}")))
    }

    /// Verifies a token and returns its principal and scopes.
    ///
    /// # Errors
    /// Returns [`TokenError::Expired`] for a genuine token that has expired, and [`TokenError::Malformed`] for any
    /// other invalid token.
    pub fn verify(&self, token: &str) -> Result<(Principal, Scopes), TokenError> {
        let claims = self.claims(token).ok_or(TokenError::Malformed)?;
        let now = self.clock.now().timestamp();
        let begins = claims.nbf.map_or(claims.iat, |nbf| nbf.max(claims.iat));
        if now < begins.saturating_sub(LEEWAY) {
            return Err(TokenError::Malformed);
        }
        if now >= claims.exp.saturating_add(LEEWAY) {
            return Err(TokenError::Expired);
        }
        let principal = Principal {
            id: UserId(claims.uid),
            uuid: claims.sub,
            role: Role::named(&claims.role).ok_or(TokenError::Malformed)?,
            session: claims.sid,
        };
        Ok((principal, Scopes::of_token(&claims.scope)))
    }

    /// Returns the claims of a token with a valid signature. All claims must be present and of the right type: the
    /// library only requires the claims that it checks itself.
    fn claims(&self, token: &str) -> Option<Arc<Claims>> {
        let digest = sha256(token.as_bytes());
        let lock = || self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(claims) = lock().get(&digest) {
            return Some(Arc::clone(claims));
        }
        let claims = Arc::new(self.verified_claims(token)?);
        let mut remembered = lock();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(digest, Arc::clone(&claims));
        Some(claims)
    }

    fn verified_claims(&self, token: &str) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        if header.typ.as_deref() != Some(TYPE) {
            return None;
        }
        let key = self.verifying.iter().find(|key| header.kid.as_deref() == Some(&key.id))?;
        decode::<Claims>(token, &key.decoding, &self.validation).ok().map(|token| token.claims)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use chrono::{TimeDelta, Utc};
    use serde_json::{Value, json};

    use super::*;

    fn tokens_at(keys: &SigningKeys, seconds: i64) -> Tokens {
        let clock = Clock::default();
        clock.set(Utc::now() + TimeDelta::seconds(seconds), Instant::now());
        Tokens::new(keys, "agora", "agora", clock)
    }

    fn key() -> SigningKeys {
        keys(&[&pem()])
    }

    fn pem() -> String {
        SigningKey::generate_pem().expect("randomness").expose_secret().to_owned()
    }

    fn keys(pems: &[&str]) -> SigningKeys {
        SigningKeys::from_pem(&pems.concat().into()).expect("keys")
    }

    fn principal() -> Principal {
        Principal { id: UserId(7), uuid: Uuid::now_v7(), role: Role::Staff, session: Uuid::now_v7() }
    }

    #[test]
    fn tokens_identify_their_user_until_they_expire() {
        let key = key();
        let token = tokens_at(&key, 0).issue(&principal()).expect("signs");
        let (of, scopes) = tokens_at(&key, 0).verify(&token).expect("is good");
        assert_eq!(of.id, UserId(7));
        assert_eq!(scopes, Scopes::Person { read: true, write: true });
        assert!(tokens_at(&key, LIFETIME + LEEWAY - 2).verify(&token).is_ok());
        let violation = |seconds| tokens_at(&key, seconds).verify(&token).err();
        assert_eq!(violation(LIFETIME + LEEWAY + 1), Some(TokenError::Expired));
        assert_eq!(violation(-60), Some(TokenError::Malformed), "of the future");
    }

    #[test]
    fn a_remembered_token_expires_like_any_other() {
        let clock = Clock::default();
        clock.set(Utc::now(), Instant::now());
        let tokens = Tokens::new(&key(), "agora", "agora", clock.clone());
        let token = tokens.issue(&principal()).expect("signs");
        for _ in 0..2 {
            assert_eq!(tokens.verify(&token).expect("is good").0.id, UserId(7));
        }
        assert_eq!(tokens.verified.lock().expect("nobody panicked").len(), 1);
        clock.set(Utc::now() + TimeDelta::seconds(LIFETIME + LEEWAY + 1), Instant::now());
        assert_eq!(tokens.verify(&token).err(), Some(TokenError::Expired));
    }

    #[test]
    fn only_good_signatures_are_remembered_and_not_too_many() {
        let tokens = tokens_at(&key(), 0);
        let forged = tokens_at(&key(), 0).issue(&principal()).expect("signs");
        assert_eq!(tokens.verify(&forged).err(), Some(TokenError::Malformed));
        assert!(tokens.verified.lock().expect("nobody panicked").is_empty());
        let good = tokens.issue(&principal()).expect("signs");
        assert!(tokens.verify(&good).is_ok());
        let (signed, signature) = good.rsplit_once('.').expect("three parts");
        let other: String = signature.chars().rev().collect();
        assert_eq!(tokens.verify(&format!("{signed}.{other}")).err(), Some(TokenError::Malformed));
        let claims = tokens.claims(&tokens.issue(&principal()).expect("signs")).expect("is good");
        for number in 0..=REMEMBERED as u64 {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_be_bytes());
            tokens.verified.lock().expect("nobody panicked").insert(key, Arc::clone(&claims));
        }
        assert!(tokens.verify(&tokens.issue(&principal()).expect("signs")).is_ok());
        assert_eq!(tokens.verified.lock().expect("nobody panicked").len(), 1);
    }

    #[test]
    fn the_first_key_signs_and_all_verify() {
        let (old, new) = (pem(), pem());
        let [before, added, moved, after] =
            [&[&*old][..], &[&*old, &*new], &[&*new, &*old], &[&*new]].map(|pems| tokens_at(&keys(pems), 0));
        let issue = |tokens: &Tokens| tokens.issue(&principal()).expect("signs");
        let steps = [&before, &added, &moved, &after];
        // Replicas of consecutive steps run side by side.
        for pair in steps.windows(2) {
            assert!(pair[1].verify(&issue(pair[0])).is_ok());
            assert!(pair[0].verify(&issue(pair[1])).is_ok());
        }
        assert!(after.verify(&issue(&added)).is_err() && before.verify(&issue(&moved)).is_err());
    }

    #[test]
    fn forged_and_foreign_tokens_are_refused() {
        let key = key();
        let tokens = tokens_at(&key, 0);
        let token = tokens.issue(&principal()).expect("signs");
        let other = Tokens::new(&key, "other", "agora", Clock::default());
        assert!(other.verify(&token).is_err(), "another issuer");
        assert!(tokens_at(&self::key(), 0).verify(&token).is_err(), "another key");
        let (rest, signature) = token.rsplit_once('.').expect("three parts");
        let (head, _) = rest.split_once('.').expect("three parts");
        for forged in [rest, &format!("{rest}."), &format!("{head}.e30.{signature}"), "", "x.y.z"] {
            assert!(tokens.verify(forged).err() == Some(TokenError::Malformed), "{forged}");
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
            sub: Uuid::now_v7(),
            uid: 1,
            sid: Uuid::now_v7(),
            role: "admin".to_owned(),
            scope: SCOPES.to_owned(),
            iat: now,
            nbf: None,
            exp: now + 60,
            jti: Uuid::now_v7(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.signing().id.clone());
        let refresh = encode(&header, &claims, &tokens.encoding).expect("signs");
        assert!(tokens.verify(&refresh).is_err(), "typ JWT");
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.signing().id.clone());
        let symmetric =
            encode(&header, &claims, &EncodingKey::from_secret(&key.signing().public)).expect("signs");
        assert!(tokens.verify(&symmetric).is_err(), "the public key as a secret");
    }

    #[test]
    fn every_claim_must_be_there_and_of_its_type() {
        let key = key();
        let tokens = tokens_at(&key, 0);
        let now = tokens.clock.now().timestamp();
        let good = json!({
            "iss": "agora", "aud": "agora", "sub": Uuid::now_v7(), "uid": 1, "sid": Uuid::now_v7(), "role": "user",
            "scope": "read", "iat": now, "exp": now + 60, "jti": Uuid::now_v7(),
        });
        let signed = |claims: &Value| {
            let mut header = Header::new(Algorithm::EdDSA);
            (header.typ, header.kid) = (Some(TYPE.to_owned()), Some(key.signing().id.clone()));
            tokens.verify(&encode(&header, claims, &tokens.encoding).expect("signs"))
        };
        assert!(signed(&good).is_ok());
        let set = |name: &str, value: &Value| {
            let mut claims = good.clone();
            claims[name] = value.clone();
            signed(&claims)
        };
        for name in good.as_object().expect("an object").keys() {
            let mut claims = good.clone();
            claims.as_object_mut().expect("an object").remove(name);
            assert!(signed(&claims).is_err(), "without {name}");
            for odd in
                [json!(null), json!([]), json!({}), json!(true), json!(1.5), json!(""), json!(["agora", "x"])]
            {
                // Any text is a valid list of scopes.
                assert!(set(name, &odd).is_err() || (name == "scope" && odd == ""), "{name}: {odd}");
            }
        }
        for name in ["exp", "iat", "nbf"] {
            assert!(set(name, &json!("1")).is_err() && set(name, &json!(-1.0e300)).is_err(), "{name}");
        }
        assert!(set("nbf", &json!(now)).is_ok());
        assert_eq!(set("nbf", &json!(now + 30)).err(), Some(TokenError::Malformed));
        assert!(set("exp", &json!(i64::MAX)).is_ok(), "no overflow");
        assert!(set("iat", &json!(i64::MIN)).is_ok(), "no overflow");
        assert!(set("exp", &json!(i64::MIN)).is_err());
    }
}
