//! Tests of request bodies: accepted types, shapes and sizes, and the reports of their violations.

use agora_runtime::Operation;
use http::Method;
use serde_json::{Value, json};

use super::probe::{JSON, JSON_HEAD, Probe, SECRET};

#[tokio::test]
async fn refusals_are_problems_and_never_repeat_a_value() {
    let probe = Probe::start().await;
    // The probe checks that every refusal is a problem and does not contain this value.
    let bodies = [
        r#"{"text":"a","code":"hunter2"}"#,
        r#"{"text":["hunter2"]}"#,
        r#"{"text":"hunter2","text":"hunter2"}"#,
        r#"{"text":"hunter2\u0000"}"#,
        r#"{"text":"a","odd":"hunter2"}"#,
        r#"{"text":"hunter2"hunter2"#,
        r#"{"text":hunter2}"#,
        r#""hunter2""#,
    ];
    for body in bodies {
        probe.post("/text", body).await.is(400);
    }
    let long = SECRET.repeat(40);
    probe.post("/text", &format!(r#"{{"text":"{long}"}}"#)).await.faults(&["body text maxLength"]);
    let members =
        ["id", "day", "moment", "mail", "link", "amount", "colour", "inline", "price", "set", "map"];
    let reported: Vec<Value> = members.iter().map(|name| json!({*name: "hunter2 "})).collect();
    for body in reported {
        probe.post("/bounds", &body.to_string()).await.is(400);
    }
    probe.post("/payment", r#"{"method":"hunter2"}"#).await.is(400);
    for name in ["ids", "filter[status]", "size", "flag", "ratio", "since", "limit", "odd"] {
        probe.get(&format!("/lists?{name}=hunter2"), &[]).await.is(400);
    }
    probe.get("/headers/hunter2", &[("x-trace", "hunter2"), ("x-times", "hunter2")]).await.is(400);
    probe.send(Method::POST, "/text", &[("content-type", "text/hunter2")], b"x".to_vec()).await.is(415);
    probe.post("/bounds", &SECRET.repeat(300)).await.is(413);
}

#[tokio::test]
async fn text_that_looks_like_markup_comes_back_as_it_was() {
    let probe = Probe::start().await;
    for text in
        ["<script>alert('&amp;')</script>", "<b>&\"'</b> %3C &lt; */ //", "é \u{1f600} \u{202e} \\ / \n\t"]
    {
        let body = json!({"text": text}).to_string();
        let seen = probe.post("/text", &body).await;
        assert_eq!(seen.text(), body, "byte for byte");
        assert_eq!(seen.json()["text"], text);
    }
}

#[tokio::test]
async fn a_regex_with_markup_in_it_is_taken_as_written() {
    let probe = Probe::start().await;
    let code = r#"<>&""#;
    assert_eq!(
        probe.post("/text", &json!({"text": "", "code": code}).to_string()).await.json()["code"],
        code
    );
    probe.post("/text", r#"{"text":"","code":"&lt;"}"#).await.faults(&["body code pattern"]);
}

#[tokio::test]
async fn a_tagged_choice_goes_by_the_key_of_its_mapping_both_ways() {
    let probe = Probe::start().await;
    let payments = [
        r#"{"method":"card","token":"abcd"}"#,
        r#"{"method":"by-invoice","days":30,"reference":null}"#,
        r#"{"method":"by-invoice","days":30,"reference":"x"}"#,
    ];
    for payment in payments {
        assert_eq!(probe.post("/payment", payment).await.text(), payment);
    }
    let refused: [(&str, &[&str]); 9] = [
        (r#"{"method":"InvoicePayment","days":30,"reference":null}"#, &["body method enum"]),
        (r#"{"method":"cash"}"#, &["body method enum"]),
        (r#"{"method":null}"#, &["body method enum"]),
        (r#"{"days":30,"reference":null}"#, &["body method required"]),
        (r#"{"method":"card","token":"abc"}"#, &["body token minLength"]),
        (r#"{"method":"card","token":"abcd","days":30}"#, &["body days unknown"]),
        (r#"{"method":"by-invoice","days":91,"reference":7}"#, &["body days maximum", "body reference type"]),
        (r#"{"method":"by-invoice"}"#, &["body days required", "body reference required"]),
        (r#"["card"]"#, &["body body type"]),
    ];
    for (payment, faults) in refused {
        probe.post("/payment", payment).await.faults(faults);
    }
}

#[tokio::test]
async fn an_absent_body_is_accepted_where_it_is_optional() {
    let probe = Probe::start().await;
    assert_eq!(probe.send(Method::POST, "/optional-body", &[], vec![]).await.json(), json!({"done": false}));
    assert_eq!(
        probe.send(Method::POST, "/optional-body", &[JSON], vec![]).await.json(),
        json!({"done": false})
    );
    assert_eq!(probe.post("/optional-body", r#"{"text":"x"}"#).await.json(), json!({"done": true}));
    probe.post("/optional-body", "null").await.faults(&["body body type"]);
    probe.post("/optional-body", " ").await.faults(&["body body syntax"]);
    probe.send(Method::POST, "/text", &[], vec![]).await.faults(&["body body required"]);
}

#[tokio::test]
async fn only_json_in_utf_8_is_read() {
    let probe = Probe::start().await;
    let sent = async |headers: &[(&str, &str)]| {
        probe.send(Method::POST, "/text", headers, br#"{"text":""}"#.to_vec()).await.status
    };
    for fine in
        ["application/json", "Application/JSON; charset=utf-8", r#"application/json;charset="UTF-8";x=y"#]
    {
        assert_eq!(sent(&[("content-type", fine)]).await, 201, "{fine}");
    }
    let others = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json; charset=utf-16",
    ];
    for other in others {
        assert_eq!(sent(&[("content-type", other)]).await, 415, "{other}");
    }
    assert_eq!(sent(&[]).await, 415, "no media type");
    let latin = probe.send(Method::POST, "/text", &[JSON], b"{\"text\":\"\xe9\"}".to_vec()).await;
    latin.faults(&["body body syntax"]);
}

#[tokio::test]
async fn forms_have_types_and_are_checked_like_json() {
    let probe = Probe::start().await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let sent = async |body: &str| probe.send(Method::POST, "/form", &[form], body.as_bytes().to_vec()).await;
    let whole = sent("grant_type=a+b%26%C3%A9&count=7&is_new=true&scopes=x&scopes=y").await;
    assert_eq!(
        whole.json(),
        json!({"grant_type": "a b&é", "count": 7, "is_new": true, "scopes": ["x", "y"]})
    );
    assert_eq!(sent("grant_type=%37").await.json(), json!({"grant_type": "7"}), "text stays text");
    sent("").await.faults(&["body body required"]);
    sent("count=1").await.faults(&["body grant_type required"]);
    sent("grant_type=a&count=x").await.faults(&["body count type"]);
    sent("grant_type=a&count=0&odd=1").await.faults(&["body count minimum", "body odd unknown"]);
    sent("grant_type=a&grant_type=b").await.faults(&["body grant_type repeated"]);
    sent("grant_type=%FF").await.faults(&["body body syntax"]);
    sent("grant_type=%00").await.faults(&["body grant_type nul"]);
    sent("grant_type=a&scopes=1&scopes=2&scopes=3&scopes=4").await.faults(&["body scopes maxItems"]);
    let json = probe.send(Method::POST, "/form", &[JSON], br#"{"grant_type":"a"}"#.to_vec()).await;
    assert_eq!(json.status, 415);
    let long = format!("grant_type={}", "a".repeat(2048));
    assert_eq!(sent(&long).await.status, 413);
}

#[tokio::test]
async fn patches_distinguish_absent_null_and_a_value() {
    let probe = Probe::start().await;
    let cases = [
        ("{}", ["absent", "absent", "absent"], -1),
        (r#"{"name":"a","note":"b","places":[]}"#, ["a", "b", "absent"], 0),
        (r#"{"note":null,"place":null}"#, ["absent", "null", "null"], -1),
        (r#"{"place":{"city":"c"}}"#, ["absent", "absent", "c absent"], -1),
        (r#"{"place":{"city":"c","zip":null}}"#, ["absent", "absent", "c null"], -1),
        (
            r#"{"place":{"city":"c","zip":"01234"},"places":[{"city":"d"}]}"#,
            ["absent", "absent", "c 01234"],
            1,
        ),
    ];
    for (body, [name, note, place], places) in cases {
        let expected = json!({"name": name, "note": note, "place": place, "places": places});
        assert_eq!(probe.patch("/nested", body).await.json(), expected, "{body}");
    }
    probe
        .patch("/nested", r#"{"name":null,"places":null}"#)
        .await
        .faults(&["body name type", "body places type"]);
}

#[tokio::test]
async fn nested_violations_are_reported_with_their_path() {
    let probe = Probe::start().await;
    let refused: [(&str, &[&str]); 9] = [
        (r#"{"place":{}}"#, &["body place.city required"]),
        (
            r#"{"place":{"city":"","zip":"x","odd":1}}"#,
            &["body place.city minLength", "body place.zip pattern", "body place.odd unknown"],
        ),
        (r#"{"place":"x"}"#, &["body place type"]),
        (
            r#"{"places":[{"city":"a"},{"town":"b"}]}"#,
            &["body places.1.city required", "body places.1.town unknown"],
        ),
        (r#"{"place":{"city":"a","city":"b"}}"#, &["body place.city duplicate"]),
        (r#"{"odd":1,"odd":2,"name":"a\u0000"}"#, &["body name nul", "body odd duplicate"]),
        (r#"{"place":{"city":"a","zip\u0000":1}}"#, &["body place.zip\u{fffd} nul"]),
        (r#"{"a/b":1,"c~d":2,"e.f":3}"#, &["body a/b unknown", "body c~d unknown", "body e.f unknown"]),
        (r#"{"note":7,"name":"longer than ten"}"#, &["body name maxLength", "body note type"]),
    ];
    for (body, faults) in refused {
        probe.patch("/nested", body).await.faults(faults);
    }
}

#[tokio::test]
async fn properties_may_be_called_like_keywords_of_schemas() {
    let probe = Probe::start().await;
    let words = json!({"words": {
        "default": null, "discriminator": "x", "enum": 1, "example": "light-blue", "nullable": false,
        "properties": {"type": 1}, "type": "x",
    }});
    assert_eq!(probe.post("/bounds", &words.to_string()).await.json(), words);
    let body = r#"{"words":{"default":"four","enum":0,"example":"blue","discriminator":1,"properties":{"a":"b"},"odd":1}}"#;
    probe.post("/bounds", body).await.faults(&[
        "body words.default maxLength",
        "body words.discriminator type",
        "body words.enum exclusiveMinimum",
        "body words.example enum",
        "body words.odd unknown",
        "body words.properties.a type",
    ]);
}

#[tokio::test]
async fn a_body_has_its_limit_with_a_length_and_without() {
    let probe = Probe::start().await;
    for (length, status) in [(2048, 200), (2049, 413)] {
        let body = padded("{}", length);
        probe.post("/bounds", &body).await.is(status);
        let (first, last) = body.split_at(1000);
        let chunks = format!("{:x}\r\n{first}\r\n{:x}\r\n{last}\r\n0\r\n\r\n", first.len(), last.len());
        let head = format!("POST /bounds HTTP/1.1\r\n{JSON_HEAD}Transfer-Encoding: chunked");
        let response = probe.raw(&format!("{head}\r\n\r\n{chunks}")).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{length}: {response}");
    }
    // Without a limit in the contract, the limit is 1 MiB.
    probe.post("/text", &padded(r#"{"text":""}"#, Operation::BODY_LIMIT)).await.is(201);
    let head = format!("{JSON_HEAD}Content-Length: {}", Operation::BODY_LIMIT + 1);
    let response = probe.raw(&format!("POST /text HTTP/1.1\r\n{head}\r\n\r\n")).await;
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
}

/// Returns JSON padded with spaces to a length.
fn padded(json: &str, length: usize) -> String {
    json.to_owned() + &" ".repeat(length - json.len())
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_taken_for_a_whole_one() {
    let probe = Probe::start().await;
    for (framing, body) in [("Content-Length: 50", "{}"), ("Transfer-Encoding: chunked", "2\r\n{}\r\n")] {
        let request = format!("POST /bounds HTTP/1.1\r\n{JSON_HEAD}{framing}\r\n\r\n{body}");
        let response = probe.broken_off(&request).await;
        assert!(response.starts_with("HTTP/1.1 400 "), "{framing}: {response}");
    }
}

#[tokio::test]
async fn deep_nesting_is_a_fault_and_not_the_end() {
    let probe = Probe::start().await;
    for (open, shut) in [("[", "]"), (r#"{"":"#, "}")] {
        let depth = 200_000;
        let open = open.repeat(depth);
        let shut = shut.repeat(if open.len() == depth { depth } else { 0 });
        assert!(open.len() + shut.len() < Operation::BODY_LIMIT);
        probe.post("/text", &format!("{open}{shut}")).await.faults(&["body body syntax"]);
        probe.post("/optional-body", &open).await.faults(&["body body syntax"]);
    }
    // A depth that the parser still accepts passes the checks and comes back.
    let deep = format!(r#"{{"free":{{"a":{}{}}}}}"#, "[".repeat(120), "]".repeat(120));
    assert_eq!(probe.post("/bounds", &deep).await.text(), deep);
}
