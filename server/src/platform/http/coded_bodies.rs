//! Encoded bodies of responses to anonymous callers. They are kept, so that a list that did not change is not encoded
//! again.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use twox_hash::XxHash3_128;

use crate::platform::http::coding::Coding;

/// Maximum number of bytes that are kept, plain and encoded ones together. When it is reached, all are dropped.
const KEPT: usize = 4 * 1024 * 1024;
/// Maximum size of a body that is kept, in bytes.
const LARGEST: usize = 256 * 1024;

/// Bodies with their encoded forms. Clones share them.
#[derive(Clone, Default)]
pub(super) struct CodedBodies {
    shared: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    /// Plain and encoded bodies, by coding and hash of the plain body.
    bodies: HashMap<(Coding, u128), (Bytes, Bytes)>,
    size: usize,
}

impl CodedBodies {
    /// Returns a body in a coding.
    ///
    /// # Errors
    /// Returns an error if the encoder fails.
    pub(super) fn encode(&self, coding: Coding, plain: &Bytes) -> io::Result<Bytes> {
        if plain.len() > LARGEST {
            return coding.encode(plain).map(Bytes::from);
        }
        let key = (coding, XxHash3_128::oneshot(plain));
        // The hash is not cryptographic: two bodies can be made to have the same.
        if let Some((known, coded)) = self.lock().bodies.get(&key)
            && known == plain
        {
            return Ok(coded.clone());
        }
        let coded = Bytes::from(coding.encode(plain)?);
        let mut kept = self.lock();
        let size = plain.len() + coded.len();
        if kept.size + size > KEPT {
            *kept = Kept::default();
        }
        if kept.bodies.insert(key, (plain.clone(), coded.clone())).is_none() {
            kept.size += size;
        }
        Ok(coded)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_encoded_once_for_each_coding() {
        let bodies = CodedBodies::default();
        let plain = Bytes::from("a long text ".repeat(100));
        for coding in [Coding::Gzip, Coding::Brotli] {
            let first = bodies.encode(coding, &plain).expect("is encoded");
            assert_eq!(first, coding.encode(&plain).expect("is encoded"));
            let second = bodies.encode(coding, &Bytes::copy_from_slice(&plain)).expect("is kept");
            assert_eq!(first.as_ptr(), second.as_ptr(), "the same bytes");
        }
        let other = Bytes::from("another text ".repeat(100));
        assert_ne!(bodies.encode(Coding::Gzip, &other).ok(), bodies.encode(Coding::Gzip, &plain).ok());
    }

    #[test]
    fn another_body_of_the_same_hash_is_not_taken() {
        let bodies = CodedBodies::default();
        let plain = Bytes::from("a long text ".repeat(100));
        let key = (Coding::Gzip, XxHash3_128::oneshot(&plain));
        let forged = (Bytes::from_static(b"another"), Bytes::from_static(b"forged"));
        bodies.lock().bodies.insert(key, forged);
        assert_eq!(
            bodies.encode(Coding::Gzip, &plain).ok(),
            Coding::Gzip.encode(&plain).ok().map(Bytes::from)
        );
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let bodies = CodedBodies::default();
        for number in 0..200_u32 {
            let plain = Bytes::from(number.to_string().repeat(30_000));
            bodies.encode(Coding::Gzip, &plain).expect("is encoded");
            let kept = bodies.lock();
            assert!(
                kept.size <= KEPT
                    && kept.bodies.values().map(|(a, b)| a.len() + b.len()).sum::<usize>() <= KEPT
            );
        }
        bodies.encode(Coding::Gzip, &Bytes::from(vec![b'a'; LARGEST + 1])).expect("is encoded");
        assert!(bodies.lock().bodies.values().all(|(plain, _)| plain.len() <= LARGEST));
    }
}
