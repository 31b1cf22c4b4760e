//! Content codings: negotiation by `Accept-Encoding` (RFC 9110, 12.5.3), and encoding of bodies.

use std::io::{self, Write as _};

use agora_runtime::fields::{self, Reader};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, header};

/// Compression level of gzip. It reduces 55 KB to 5 KB in the time that Brotli takes at [`BROTLI_QUALITY`].
const GZIP_LEVEL: u32 = 4;
/// Quality of Brotli. Its output is smaller than gzip's at every size, in the same time.
const BROTLI_QUALITY: i32 = 3;
/// Quality of Brotli for bodies of up to [`SINGLE`] bytes, such as a single resource. It takes half the time for 5 %
/// more bytes.
const BROTLI_QUICK: i32 = 1;
const SINGLE: usize = 1024;
/// Window of Brotli, 2^18 bytes. No page is larger, and a larger window takes half a millisecond to prepare.
const BROTLI_WINDOW: i32 = 18;

/// Content coding of a representation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Coding {
    /// No coding.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
}

impl Coding {
    /// All codings.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Brotli];

    /// Returns the suffix of entity tags in this coding.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Gzip => "-gzip",
            Self::Brotli => "-br",
        }
    }

    /// Returns the value of `Content-Encoding`, if the bytes are encoded.
    #[must_use]
    pub fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Brotli => Some(HeaderValue::from_static("br")),
        }
    }

    /// Returns the available coding that the client prefers. Returns [`Coding::Identity`] if the client accepts none
    /// of them, or if the field is missing or malformed. A client that refuses identity gets it, too: the work is done
    /// by then, and a 406 would hide its outcome.
    #[must_use]
    pub fn negotiate(headers: &HeaderMap, available: &[Self]) -> Self {
        if !headers.contains_key(header::ACCEPT_ENCODING) {
            return Self::Identity;
        }
        let lines = headers.get_all(header::ACCEPT_ENCODING);
        let Ok(accepted) = fields::list(&lines, weighted) else {
            return Self::Identity;
        };
        let weight = |coding: Self| {
            let named = accepted.iter().find(|(name, _)| coding.is_named(name));
            named.map(|(_, weight)| *weight)
        };
        let others = accepted.iter().find(|(name, _)| *name == "*").map(|(_, weight)| *weight);
        let plain = weight(Self::Identity);
        // `*` accepts any coding, but does not mean that the client can decode it. It counts only if the client
        // refuses identity.
        let unnamed = if plain == Some(0) { others.unwrap_or(0) } else { 0 };
        let wanted = |coding: &Self| (*coding, weight(*coding).unwrap_or(unnamed));
        let least = plain.or(others).unwrap_or(0);
        let acceptable = available.iter().map(wanted).filter(|(_, weight)| *weight > 0 && *weight >= least);
        acceptable.max_by_key(|(_, weight)| *weight).map_or(Self::Identity, |(coding, _)| coding)
    }

    /// Encodes bytes in this coding.
    ///
    /// # Errors
    /// Returns an error if the encoder fails.
    pub fn encode(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut coded = Vec::with_capacity(bytes.len() / 2 + 64);
        match self {
            Self::Identity => coded.extend_from_slice(bytes),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(&mut coded, Compression::new(GZIP_LEVEL));
                encoder.write_all(bytes)?;
                encoder.finish()?;
            }
            Self::Brotli => {
                let parameters = BrotliEncoderParams {
                    quality: if bytes.len() <= SINGLE { BROTLI_QUICK } else { BROTLI_QUALITY },
                    lgwin: BROTLI_WINDOW,
                    size_hint: bytes.len(),
                    ..BrotliEncoderParams::default()
                };
                brotli::BrotliCompress(&mut &*bytes, &mut coded, &parameters)?;
            }
        }
        Ok(coded)
    }

    fn is_named(self, name: &str) -> bool {
        let names: &[&str] = match self {
            Self::Identity => &["identity"],
            Self::Gzip => &["gzip", "x-gzip"],
            Self::Brotli => &["br"],
        };
        names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// Parses an element of `Accept-Encoding`: a coding and its weight in thousandths.
fn weighted<'a>(reader: &mut Reader<'a>) -> Option<(&'a str, u16)> {
    let name = reader.token()?;
    let parameters = reader.parameters()?;
    let weight = parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("q"));
    Some((name, weight.map_or(Some(1000), |(_, weight)| fields::weight(weight))?))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::*;

    const COMPRESSED: [Coding; 2] = [Coding::Gzip, Coding::Brotli];

    fn negotiated(lines: &[&str]) -> Coding {
        let lines = lines.iter().map(|line| (header::ACCEPT_ENCODING, line.parse().expect("a field value")));
        Coding::negotiate(&lines.collect(), &COMPRESSED)
    }

    #[test]
    fn clients_get_the_coding_that_they_like_best() {
        let expected: [(&[&str], Coding); 24] = [
            (&[], Coding::Identity),
            (&[""], Coding::Identity),
            (&["gzip"], Coding::Gzip),
            (&["x-GZip"], Coding::Gzip),
            (&["br"], Coding::Brotli),
            (&["gzip, deflate, br, zstd"], Coding::Brotli),
            (&["gzip", "br"], Coding::Brotli),
            (&["gzip;q=1.0, br;q=0.9"], Coding::Gzip),
            (&["br;q=0, gzip;q=0.001"], Coding::Gzip),
            (&["gzip;q=0"], Coding::Identity),
            (&["gzip;q=0, *"], Coding::Identity),
            (&["deflate, zstd"], Coding::Identity),
            (&["*"], Coding::Identity),
            (&["identity, gzip"], Coding::Gzip),
            (&["identity, gzip;q=0.5"], Coding::Identity),
            (&["identity;q=0.5, gzip"], Coding::Gzip),
            (&["identity;q=0, *;q=0.1"], Coding::Brotli),
            (&["br;q=0, identity;q=0, *"], Coding::Gzip),
            (&["identity;q=0"], Coding::Identity),
            (&["*;q=0"], Coding::Identity),
            (&["gzip, *;q=0"], Coding::Gzip),
            (&["gzip;q=1.001"], Coding::Identity),
            (&["gzip;q=\"1\";x=\"a,br\""], Coding::Gzip),
            (&["gzip gzip"], Coding::Identity),
        ];
        for (lines, coding) in expected {
            assert_eq!(negotiated(lines), coding, "{lines:?}");
        }
        let headers =
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip;q=0.5, br"))]);
        assert_eq!(Coding::negotiate(&headers, &[Coding::Gzip]), Coding::Gzip, "there is no other");
    }

    fn decoded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::new();
        let read = match coding {
            Coding::Identity => (&mut &*bytes).read_to_end(&mut decoded),
            Coding::Gzip => flate2::read::GzDecoder::new(bytes).read_to_end(&mut decoded),
            Coding::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut decoded),
        };
        read.expect("it is in this coding");
        decoded
    }

    proptest! {
        #[test]
        fn no_client_gets_a_coding_that_it_does_not_take(
            members in prop::collection::vec(
                (prop::sample::select(vec!["gzip", "br", "identity", "zstd", "*"]), 0..=1000_u16), 0..5),
        ) {
            let print = |(name, weight): &(&str, u16)| format!("{name};q={}.{:03}", weight / 1000, weight % 1000);
            let line = members.iter().map(print).collect::<Vec<_>>().join(", ");
            let first = |name: &str| members.iter().find(|(other, _)| *other == name).map(|(_, weight)| *weight);
            let weight = |name: &str| first(name).or(first("*")).unwrap_or(0);
            match negotiated(&[&line]) {
                Coding::Identity => {
                    let is_named = |name| first(name).is_some_and(|weight| weight > 0);
                    let is_better = |name| weight("identity") > weight(name);
                    prop_assert!(["gzip", "br"].into_iter().all(|name| !is_named(name) || is_better(name)), "{}", line);
                }
                coding => {
                    let (name, other) = if coding == Coding::Gzip { ("gzip", "br") } else { ("br", "gzip") };
                    prop_assert!(weight(name) > 0 && weight(name) >= first(other).unwrap_or(0), "{}", line);
                }
            }
        }

        #[test]
        fn whatever_is_encoded_is_decoded_to_the_same(bytes: Vec<u8>, text in "[a-f \":,{}]{0,2000}") {
            for coding in Coding::ALL {
                for bytes in [&bytes[..], text.as_bytes()] {
                    prop_assert_eq!(decoded(coding, &coding.encode(bytes)?), bytes);
                }
            }
        }
    }
}
