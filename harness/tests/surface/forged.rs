//! Forged credentials: everything in `forged_credentials.json`, and an honest token and API key with single edits, is refused
//! by every operation that takes credentials, without a connection to the database.

use std::fs;
use std::sync::Arc;

use agora_api::OPERATIONS;
use agora_harness::spec::{self, of_document, repository};
use agora_harness::{Actor, Database, Mode, Proxy, Scenario, TestApp, TokenForge, examples};
use agora_runtime::{Access, Operation};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use reqwest::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};
use serde_json::{Map, Value};
use tokio::task::JoinSet;

/// Requests that are sent at a time.
const AT_ONCE: usize = 8;
/// Least number of forged credentials.
const LEAST: usize = 150;

/// A forged credential: header fields, and which operations may take it for none.
struct Forged {
    name: String,
    fields: Vec<(HeaderName, HeaderValue)>,
    /// Set if its scheme is that of no credential, so that it counts as none.
    is_other_scheme: bool,
    /// Set if it is one only for operations that take API keys.
    is_of_keys: bool,
}

impl Forged {
    fn bearer(name: String, text: &str) -> Self {
        Self {
            name,
            fields: vec![field("authorization", &format!("Bearer {text}"))],
            is_other_scheme: false,
            is_of_keys: false,
        }
    }

    /// Returns `true` if an operation must refuse it.
    fn is_refused_by(&self, operation: &Operation) -> bool {
        let schemes = security(operation);
        let takes_keys = schemes.iter().any(|scheme| scheme == "api_key");
        let is_declared = !schemes.is_empty() && (takes_keys || !self.is_of_keys);
        is_declared && (operation.who != Access::Public || !self.is_other_scheme)
    }
}

fn field(name: &'static str, value: &str) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).expect("a header"))
}

/// Returns the names of the security schemes that an operation declares.
fn security(operation: &Operation) -> Vec<String> {
    let everywhere = &spec::DOCUMENT["security"];
    let own = of_document(operation).get("security").unwrap_or(everywhere);
    let schemes = own.as_array().into_iter().flatten().filter_map(Value::as_object);
    schemes.flat_map(Map::keys).cloned().collect()
}

/// Returns a JSON value with some members set, and those removed that are null.
fn changed(value: &Value, changes: &Value, now: i64) -> Value {
    let mut changed = value.clone();
    let members = changed.as_object_mut().expect("an object");
    for (name, change) in changes.as_object().into_iter().flatten() {
        let relative = change.as_str().and_then(|text| text.strip_prefix("now"));
        match (relative.and_then(|text| text.parse::<i64>().ok()), change) {
            (Some(seconds), _) => members.insert(name.clone(), (now + seconds).into()),
            (None, Value::Null) => members.remove(name),
            (None, Value::Object(literal)) if literal.contains_key("literal") => {
                members.insert(name.clone(), literal["literal"].clone())
            }
            (None, Value::String(text)) if text == "upper" => {
                let upper = value[name].as_str().map(str::to_uppercase);
                members.insert(name.clone(), upper.into())
            }
            (None, other) => members.insert(name.clone(), other.clone()),
        };
    }
    changed
}

/// Signs the two parts of a token as a case of the corpus says.
fn signature(signs: &str, message: &str, honest: &str, public: &[u8]) -> String {
    let by_key = |pem: &str| {
        let key = EncodingKey::from_ed_pem(pem.as_bytes()).expect("a key of Ed25519");
        crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA).expect("signs")
    };
    let by_secret = |secret: &[u8]| {
        crypto::sign(message.as_bytes(), &EncodingKey::from_secret(secret), Algorithm::HS256).expect("signs")
    };
    match signs {
        "empty" => String::new(),
        "keep" => honest.rsplit('.').next().unwrap_or_default().to_owned(),
        "other" => by_key(&TokenForge::another_key()),
        "hs256 public" => by_secret(public),
        "hs256 x" => by_secret(URL_SAFE_NO_PAD.encode(public).as_bytes()),
        "hs256 empty" => by_secret(b""),
        "hs256 kid" => by_secret(decoded(honest, 0)["kid"].as_str().unwrap_or_default().as_bytes()),
        _ => by_key(agora_harness::stack::SIGNING_KEY),
    }
}

/// Returns a part of a token.
fn decoded(token: &str, part: usize) -> Value {
    let part = URL_SAFE_NO_PAD.decode(token.split('.').nth(part).unwrap_or_default()).expect("base64url");
    serde_json::from_slice(&part).expect("JSON")
}

/// Returns all forged credentials.
fn corpus(token: &str, key: &str, public: &[u8]) -> Vec<Forged> {
    let text = fs::read_to_string(repository().join("harness/tests/surface/forged_credentials.json"));
    let corpus: Value = serde_json::from_str(&text.expect("is there")).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (header, claims) = (decoded(token, 0), decoded(token, 1));
    let now = claims["iat"].as_i64().expect("a time");
    let mut forged = Vec::new();
    for case in list(&corpus["tokens"]) {
        let [header, claims] = [(&header, "header"), (&claims, "claims")]
            .map(|(part, name)| URL_SAFE_NO_PAD.encode(changed(part, &case[name], now).to_string()));
        let message = format!("{header}.{claims}");
        let signs = case["sign"].as_str().unwrap_or("ours");
        let signed = format!("{message}.{}", signature(signs, &message, token, public));
        assert_ne!(signed, token, "{case}");
        forged.push(Forged::bearer(case["name"].to_string(), &signed));
    }
    for case in list(&corpus["edits"]) {
        let kind = case["edit"].as_str().unwrap_or_default();
        let by_place = list(&case["at"]).into_iter().map(|at| edited(kind, &at));
        let by_text = list(&case["texts"]).into_iter().map(|text| edited(kind, &text));
        for edit in by_place.chain(by_text) {
            for (whose, honest) in [("token", token), ("key", key)] {
                let text = edit(honest);
                assert_ne!(text, honest, "{case}");
                forged.push(Forged::bearer(format!("{whose}: {case}"), &text));
            }
        }
    }
    forged.extend(
        list(&corpus["texts"])
            .iter()
            .map(|text| Forged::bearer(text.to_string(), text.as_str().unwrap_or_default())),
    );
    for case in list(&corpus["headers"]) {
        let value = |value: &Value| {
            let text = value.as_str().unwrap_or_default();
            text.replace("{token}", token).replace("{key}", key)
        };
        let fields = list(&case["headers"]).into_iter().map(|pair| match pair[0].as_str() {
            Some("x-api-key") => field("x-api-key", &value(&pair[1])),
            _ => field("authorization", &value(&pair[1])),
        });
        forged.push(Forged {
            name: case["name"].to_string(),
            fields: fields.collect(),
            is_other_scheme: case["is_other_scheme"] == true,
            is_of_keys: case["takes_keys"] == true,
        });
    }
    forged
}

/// Returns the change of an honest credential that a case describes.
fn edited(kind: &str, what: &Value) -> impl Fn(&str) -> String + use<> {
    let (kind, what) = (kind.to_owned(), what.clone());
    move |honest| {
        let at = usize::try_from(what.as_u64().unwrap_or_default()).unwrap_or_default();
        let text = what.as_str().unwrap_or_default();
        let flipped = |at: usize| {
            let mut bytes = honest.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).expect("ASCII")
        };
        match &*kind {
            "cut" => honest[..honest.len() - at].to_owned(),
            "behead" => honest[at..].to_owned(),
            "flip" => flipped(at),
            "flip from the end" => flipped(honest.len() - at),
            "append" => format!("{honest}{text}"),
            "prepend" => format!("{text}{honest}"),
            "upper" => honest.to_uppercase(),
            "lower" if honest.contains('.') => honest.to_lowercase(),
            "lower" => honest.replace('_', "-"),
            "twice" => format!("{honest}{honest}"),
            "reverse" => honest.chars().rev().collect(),
            "quote" => format!("\"{honest}\""),
            _ => honest.replacen(['.', '_'], "%2E", 1),
        }
    }
}

/// Sends each forged credential to every `share`th operation that it is for, and returns the number of requests.
async fn all_are_refused(share: usize) -> usize {
    let database = Database::create().await;
    let proxy = Proxy::start(database.url());
    let scenario = Scenario::on(TestApp::start_at(&proxy.url(database.url()), database, &[]).await).await;
    let token = scenario.person(Actor::Admin).access.clone();
    let key = scenario.api_key(Actor::Admin, &["products:read"]).await;
    let keys = scenario.client().get("/.well-known/jwks.json").await.json();
    let public = URL_SAFE_NO_PAD.decode(keys["keys"][0]["x"].as_str().expect("a key")).expect("base64url");
    let forged: Arc<[Forged]> = corpus(&token, &key, &public).into();
    assert!(forged.len() >= LEAST, "{}", forged.len());
    // The honest ones are accepted.
    assert_eq!(scenario.client().with_token(&token).get("/api/v1/auth/me").await.status, 200);
    assert_eq!(scenario.client().with_token(&key).get("/api/v1/products/1").await.status, 200);

    // A credential that needed the database would be 503.
    proxy.set(Mode::Refuse).await;
    let client = reqwest::Client::new();
    let (mut sending, mut wrong, mut sent) = (JoinSet::new(), Vec::new(), 0);
    for (place, operation) in OPERATIONS.iter().copied().enumerate() {
        let target =
            format!("{}{}", scenario.app.base, examples::of_operation(operation).swap_remove(0).target());
        while sending.len() >= AT_ONCE {
            let found: (usize, Vec<String>) =
                sending.join_next().await.expect("one is left").expect("no panic");
            sent += found.0;
            wrong.extend(found.1);
        }
        let (client, forged) = (client.clone(), Arc::clone(&forged));
        sending.spawn(async move {
            refused_by(&client, operation, &target, forged.iter().skip(place % share).step_by(share)).await
        });
    }
    for (count, found) in sending.join_all().await {
        sent += count;
        wrong.extend(found);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    proxy.set(Mode::Pass).await;
    let served = scenario.client().with_token(&token).get("/api/v1/auth/me").until_recovered().await;
    assert_eq!(served.status, 200, "the honest one still is");
    eprintln!("{} forged credentials, {sent} requests, 0 accepted", forged.len());
    sent
}

/// Sends forged credentials to an operation, and returns the number of requests and what was not refused.
async fn refused_by(
    client: &reqwest::Client,
    operation: &'static Operation,
    target: &str,
    forged: impl Iterator<Item = &Forged>,
) -> (usize, Vec<String>) {
    let (mut sent, mut wrong) = (0, Vec::new());
    for forged in forged.filter(|forged| forged.is_refused_by(operation)) {
        let mut request = client.request(operation.method.parse().expect("a method"), target);
        for (name, value) in &forged.fields {
            request = request.header(name, value);
        }
        let response = request.send().await.expect("answers");
        sent += 1;
        if response.status() != 401 || !response.headers().contains_key(WWW_AUTHENTICATE) {
            wrong.push(format!("{}: {} to {}", operation.id, response.status(), forged.name));
        }
        response.bytes().await.expect("is whole");
    }
    (sent, wrong)
}

#[tokio::test]
async fn forged_credentials_are_refused_without_the_database() {
    assert!(all_are_refused(8).await > 2_000);
}

#[tokio::test]
#[ignore = "sends the whole corpus to every operation"]
async fn the_whole_corpus_is_refused_by_every_operation_without_the_database() {
    assert!(all_are_refused(1).await > 16_000);
}
