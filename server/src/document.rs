//! The contract documents as served. If `PUBLIC_URL` is set, their `servers` name that URL.

use std::ops::Range;

use agora_api::{DOCUMENT_JSON, DOCUMENT_YAML};
use axum::body::Bytes;

/// The contract in both formats.
pub struct Document {
    pub yaml: Bytes,
    pub json: Bytes,
}

impl Document {
    /// Creates the documents; `public_url` replaces the contract's `servers`.
    #[must_use]
    pub fn new(public_url: Option<&str>) -> Self {
        let fixed = |text: &'static str| Bytes::from_static(text.as_bytes());
        let Some(url) = public_url else {
            return Self { yaml: fixed(DOCUMENT_YAML), json: fixed(DOCUMENT_JSON) };
        };
        // `PUBLIC_URL` has no character that YAML or JSON would escape.
        let yaml = format!("servers:\n  - url: {url}\n    description: This server.\n");
        let json = format!("[ {{\n    \"description\" : \"This server.\",\n    \"url\" : \"{url}\"\n  }} ]");
        let with = |text: &'static str, place: Option<Range<usize>>, servers: &str| {
            place.map_or_else(
                || fixed(text),
                |place| [&text[..place.start], servers, &text[place.end..]].concat().into(),
            )
        };
        Self {
            yaml: with(DOCUMENT_YAML, servers_of_yaml(DOCUMENT_YAML), &yaml),
            json: with(DOCUMENT_JSON, servers_of_json(DOCUMENT_JSON), &json),
        }
    }
}

/// Finds the lines of the top-level member `servers` of a YAML document.
fn servers_of_yaml(text: &str) -> Option<Range<usize>> {
    let start = text.find("\nservers:")? + 1;
    let mut end = start;
    for line in text[start..].split_inclusive('\n') {
        if end > start && !line.starts_with([' ', '-', '#', '\n']) {
            break;
        }
        end += line.len();
    }
    Some(start..end)
}

/// Finds the value of the top-level member `servers` of a JSON document.
fn servers_of_json(text: &str) -> Option<Range<usize>> {
    let (mut depth, mut key, mut start) = (0_u32, None, None);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let opened = at + 1;
                at = opened + end_of_string(&bytes[opened..])?;
                if depth == 1 && start.is_none() {
                    key = text.get(opened..at);
                }
            }
            b'{' | b'[' => {
                depth += 1;
                if depth == 2 && key == Some("servers") {
                    start = Some(at);
                }
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if let Some(start) = start.filter(|_| depth == 1) {
                    return Some(start..at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns the position of the quote that ends a JSON string.
fn end_of_string(bytes: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    bytes.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn only_the_servers_differ() {
        let url = "https://shop.example/shop";
        let served = Document::new(Some(url));
        let mut document: Value = serde_json::from_slice(&served.json).expect("is JSON");
        assert_eq!(document["servers"], json!([{"url": url, "description": "This server."}]));
        let own: Value = serde_json::from_str(DOCUMENT_JSON).expect("is JSON");
        document["servers"] = own["servers"].clone();
        assert!(document == own, "something else has changed");
        // The lines before and after the servers are unchanged.
        let yaml = String::from_utf8_lossy(&served.yaml);
        let (before, after) = yaml
            .split_once(&format!("servers:\n  - url: {url}\n    description: This server.\n"))
            .expect("is there");
        assert!(DOCUMENT_YAML.starts_with(before) && DOCUMENT_YAML.ends_with(after));
        let between = &DOCUMENT_YAML[before.len()..DOCUMENT_YAML.len() - after.len()];
        let is_of_servers = |line: &str| line.starts_with([' ', '-']);
        assert!(between.starts_with("servers:") && between.lines().skip(1).all(is_of_servers), "{between}");
        assert!(after.starts_with(|first: char| first.is_ascii_alphabetic()), "a member follows");
    }

    #[test]
    fn without_a_url_it_is_the_document() {
        let served = Document::new(None);
        assert!(served.yaml == DOCUMENT_YAML.as_bytes() && served.json == DOCUMENT_JSON.as_bytes());
    }

    #[test]
    fn the_servers_are_found_by_the_grammar() {
        for (text, found) in [
            (r#"{"a":"servers","servers":[1,[2]],"b":[3]}"#, "[1,[2]]"),
            (r#"{"a":{"servers":[9]},"servers" : [ {"x":"]}"} ]}"#, r#"[ {"x":"]}"} ]"#),
            (r#"{"a\"servers":[9],"servers":[]}"#, "[]"),
        ] {
            assert_eq!(servers_of_json(text).map(|place| &text[place]), Some(found), "{text}");
        }
        assert_eq!(servers_of_json(r#"{"a":[{"servers":[]}]}"#), None);
        let yaml = "a: 1\nservers:\n  - url: /\n\nb:\nservers2: 1\n";
        assert_eq!(servers_of_yaml(yaml).map(|place| &yaml[place]), Some("servers:\n  - url: /\n\n"));
    }
}
