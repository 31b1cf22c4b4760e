//! The text of a refresh token: a session, its generation number and a MAC.
//!
//! The token itself is not stored. A forged token is detected without a database query. The successor of a token can be
//! computed again if a response was lost.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::platform::crypto::{Macs, Secrets};

/// A refresh token: a session at one generation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RefreshToken {
    /// The session.
    pub session: Uuid,
    /// Number of exchanges before this token, from 1.
    pub generation: i32,
}

/// Encoder and decoder of refresh tokens.
pub struct RefreshTokens {
    macs: Macs,
}

impl RefreshTokens {
    /// Derives the MAC keys from the secrets. Replicas with the same secrets accept each other's tokens.
    #[must_use]
    pub fn new(secrets: &Secrets) -> Self {
        Self { macs: secrets.macs("refresh token") }
    }

    pub fn write(&self, token: RefreshToken) -> String {
        let mut message = [0; 32];
        message[..16].copy_from_slice(token.session.as_bytes());
        message[16..20].copy_from_slice(&token.generation.to_be_bytes());
        let mac = self.macs.tag96(&message[..20]);
        message[20..].copy_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(message)
    }

    /// Decodes a token. Returns `None` if its MAC is wrong or its text is malformed.
    pub fn read(&self, text: &str) -> Option<RefreshToken> {
        let message: [u8; 32] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (body, mac) = message.split_at(20);
        if !self.macs.verifies96(body, mac) {
            return None;
        }
        let session = Uuid::from_slice(&body[..16]).ok()?;
        let generation = i32::from_be_bytes(body[16..].try_into().ok()?);
        Some(RefreshToken { session, generation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_tokens_are_read() {
        let tokens = RefreshTokens::new(&Secrets::of_text("secret"));
        let token = RefreshToken { session: Uuid::now_v7(), generation: 7 };
        let text = tokens.write(token);
        assert_eq!(tokens.read(&text), Some(token));
        assert_eq!(RefreshTokens::new(&Secrets::of_text("other")).read(&text), None);
        for place in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(tokens.read(&forged), None, "{forged}");
        }
        for odd in ["", "x", "é", &text[1..]] {
            assert_eq!(tokens.read(odd), None, "{odd}");
        }
    }
}
