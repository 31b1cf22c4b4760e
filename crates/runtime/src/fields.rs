//! Header fields by the grammar of RFC 9110 section 5.6: tokens, quoted strings, parameters, and lists on any number of
//! lines.
//!
//! A comma or a semicolon within quotes is text, so values are never split: a [`Reader`] parses them by the grammar.
//! Anything else is [`Malformed`].

use std::borrow::Cow;

use http::{HeaderValue, header};

/// A field value that does not follow the grammar of its field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Malformed;

/// A parser of one field value, from left to right.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

/// An entity tag (8.8.3): `"opaque"` or `W/"opaque"`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EntityTag<'a> {
    /// `true` if the tag begins with `W/`.
    pub is_weak: bool,
    /// The bytes between the quotes.
    pub opaque: &'a [u8],
}

/// The value of `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EntityTags<'a> {
    /// `*`: any current representation.
    Any,
    /// At least one tag.
    List(Vec<EntityTag<'a>>),
}

/// A `name=value` pair after a semicolon. The value has no quotes.
pub type Parameter<'a> = (&'a str, Cow<'a, str>);

/// A media type (8.3.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MediaType<'a> {
    kind: &'a str,
    subtype: &'a str,
    parameters: Vec<Parameter<'a>>,
}

impl<'a> Reader<'a> {
    /// Creates a reader at the beginning of a value.
    #[must_use]
    pub fn new(value: &'a HeaderValue) -> Self {
        Self { rest: value.as_bytes() }
    }

    /// Skips optional whitespace.
    pub fn skip_whitespace(&mut self) {
        self.take_while(|byte| byte == b' ' || byte == b'\t');
    }

    /// Skips this byte if it is next. Returns `true` if it was.
    pub fn skip(&mut self, byte: u8) -> bool {
        let rest = self.rest.strip_prefix(&[byte]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Returns `true` if nothing is left.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads a token (5.6.2).
    pub fn token(&mut self) -> Option<&'a str> {
        let token =
            self.take_while(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        // A token is ASCII.
        std::str::from_utf8(token).ok().filter(|token| !token.is_empty())
    }

    /// Reads a quoted string (5.6.4) and removes its quotes and escapes.
    pub fn quoted_string(&mut self) -> Option<Cow<'a, str>> {
        if !self.skip(b'"') {
            return None;
        }
        let plain = self.take_while(|byte| byte != b'"' && byte != b'\\');
        if self.skip(b'"') {
            return Some(String::from_utf8_lossy(plain));
        }
        let mut text = plain.to_vec();
        loop {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            match byte {
                b'"' => return Some(Cow::Owned(String::from_utf8_lossy(&text).into_owned())),
                b'\\' => {
                    let (&escaped, rest) = self.rest.split_first()?;
                    self.rest = rest;
                    text.push(escaped);
                }
                byte => text.push(byte),
            }
        }
    }

    /// Reads `name=value`, of which the value is a token or a quoted string.
    pub fn parameter(&mut self) -> Option<Parameter<'a>> {
        let name = self.token()?;
        if !self.skip(b'=') {
            return None;
        }
        let is_quoted = self.rest.first() == Some(&b'"');
        let value = if is_quoted { self.quoted_string()? } else { Cow::Borrowed(self.token()?) };
        Some((name, value))
    }

    /// Reads any number of parameters (5.6.6), each after a semicolon. Empty ones are skipped.
    pub fn parameters(&mut self) -> Option<Vec<Parameter<'a>>> {
        let mut parameters = Vec::new();
        loop {
            self.skip_whitespace();
            if !self.skip(b';') {
                return Some(parameters);
            }
            self.skip_whitespace();
            if !matches!(self.rest.first(), None | Some(b';' | b',')) {
                parameters.push(self.parameter()?);
            }
        }
    }

    /// Reads an entity tag. A backslash is an ordinary character in it.
    pub fn entity_tag(&mut self) -> Option<EntityTag<'a>> {
        let strong = self.rest.strip_prefix(b"W/");
        let is_weak = strong.is_some();
        self.rest = strong.unwrap_or(self.rest);
        if !self.skip(b'"') {
            return None;
        }
        let opaque = self.take_while(|byte| !matches!(byte, 0..=b' ' | b'"' | 0x7f));
        self.skip(b'"').then_some(EntityTag { is_weak, opaque })
    }

    /// Reads the text up to the next comma outside quotes, and trims the whitespace around it.
    pub fn text(&mut self) -> Option<&'a [u8]> {
        let start = self.rest;
        while let Some(&byte) = self.rest.first()
            && byte != b','
        {
            if byte == b'"' {
                self.quoted_string()?;
            } else {
                self.rest = &self.rest[1..];
            }
        }
        Some(start[..start.len() - self.rest.len()].trim_ascii())
    }

    fn take_while(&mut self, is_taken: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| !is_taken(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

/// Reads the elements of a list field (5.6.1) from all of its lines (5.3). Empty elements are skipped.
///
/// # Errors
/// Returns [`Malformed`] if a line is not a list of elements that `element` can read.
pub fn list<'a, T>(
    lines: impl IntoIterator<Item = &'a HeaderValue>,
    mut element: impl FnMut(&mut Reader<'a>) -> Option<T>,
) -> Result<Vec<T>, Malformed> {
    let mut elements = Vec::new();
    for line in lines {
        let mut reader = Reader::new(line);
        loop {
            reader.skip_whitespace();
            if reader.is_at_end() {
                break;
            }
            if reader.skip(b',') {
                continue;
            }
            elements.push(element(&mut reader).ok_or(Malformed)?);
            reader.skip_whitespace();
            if !reader.is_at_end() && !reader.skip(b',') {
                return Err(Malformed);
            }
        }
    }
    Ok(elements)
}

/// Parses a weight (12.4.2) in thousandths.
#[must_use]
pub fn weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_fraction = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths = if is_fraction { format!("{fraction:0<3}").parse::<u16>().ok()? } else { return None };
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

impl<'a> EntityTags<'a> {
    /// Returns `true` for the fields that have entity tags as their value.
    #[must_use]
    pub fn is_value_of(name: &str) -> bool {
        [header::IF_MATCH, header::IF_NONE_MATCH]
            .iter()
            .any(|field| field.as_str().eq_ignore_ascii_case(name))
    }

    /// Reads the lines of `If-Match` or `If-None-Match`. Returns `None` if there is no line.
    ///
    /// # Errors
    /// Returns [`Malformed`] if the value is neither a single `*` nor a list of at least one tag. The grammar allows an
    /// empty list, but no client sends one on purpose: it comes from an empty variable.
    pub fn read(lines: impl IntoIterator<Item = &'a HeaderValue>) -> Result<Option<Self>, Malformed> {
        let mut lines = lines.into_iter();
        let Some(first) = lines.next() else {
            return Ok(None);
        };
        if first.as_bytes().trim_ascii() == b"*" {
            return if lines.next().is_none() { Ok(Some(Self::Any)) } else { Err(Malformed) };
        }
        let tags = list(std::iter::once(first).chain(lines), Reader::entity_tag)?;
        if tags.is_empty() { Err(Malformed) } else { Ok(Some(Self::List(tags))) }
    }
}

impl<'a> MediaType<'a> {
    /// Reads the value of a field such as `Content-Type`.
    ///
    /// # Errors
    /// Returns [`Malformed`] if the value is not a media type.
    pub fn read(value: &'a HeaderValue) -> Result<Self, Malformed> {
        let mut reader = Reader::new(value);
        reader.skip_whitespace();
        let kind = reader.token().ok_or(Malformed)?;
        let subtype = if reader.skip(b'/') { reader.token() } else { None }.ok_or(Malformed)?;
        let parameters = reader.parameters().ok_or(Malformed)?;
        if reader.is_at_end() { Ok(Self { kind, subtype, parameters }) } else { Err(Malformed) }
    }

    /// Returns the type and subtype in lower case, without parameters.
    #[must_use]
    pub fn essence(&self) -> String {
        format!("{}/{}", self.kind, self.subtype).to_ascii_lowercase()
    }

    /// Returns `true` if type and subtype equal `essence`, ignoring case and parameters.
    #[must_use]
    pub fn is(&self, essence: &str) -> bool {
        essence.split_once('/').is_some_and(|(kind, subtype)| {
            self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
        })
    }

    /// Returns the values of a parameter.
    pub fn parameter(&self, name: &str) -> impl Iterator<Item = &str> {
        let is_named = move |parameter: &&Parameter<'a>| parameter.0.eq_ignore_ascii_case(name);
        self.parameters.iter().filter(is_named).map(|(_, value)| &**value)
    }
}

#[cfg(test)]
mod tests;
