//! Tests of parameters in the path, the query and the headers: styles, types and bounds, and unknown parameters.

use serde_json::{Value, json};

use super::probe::{ID, Probe, TRACE};
use super::server::ACT;

type Headers = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn lists_follow_their_style() {
    let probe = Probe::start().await;
    let accepted = [
        ("", json!(null), json!(null)),
        ("ids=", json!([]), json!(null)),
        ("ids=3", json!([3]), json!(null)),
        ("ids=3&ids=1", json!([3, 1]), json!(null)),
        ("ids=3&ids=1,-2&ids=", json!([3, 1, -2]), json!(null)),
        ("ids=3,1,-2,9223372036854775807", json!([3, 1, -2, i64::MAX]), json!(null)),
        ("tag=a", json!(null), json!(["a"])),
        ("tag=b%2Cc&ids=1%2C2&tag=a&tag=", json!([1, 2]), json!(["b,c", "a", ""])),
    ];
    for (query, ids, tags) in accepted {
        let seen = probe.get(&format!("/lists?{query}"), &[]).await.json();
        assert_eq!((&seen["ids"], &seen["tags"]), (&ids, &tags), "{query}");
    }
    let refused: [(&str, &[&str]); 6] = [
        ("ids=1,x,y", &["query ids.1 type", "query ids.2 type"]),
        ("ids=1,,2", &["query ids.1 type"]),
        ("ids=9223372036854775808", &["query ids.0 type"]),
        ("ids=1,1", &["query ids uniqueItems"]),
        ("ids=1,2,3,4,5,6", &["query ids maxItems"]),
        ("ids=1&ids=1", &["query ids uniqueItems"]),
    ];
    for (query, faults) in refused {
        probe.get(&format!("/lists?{query}"), &[]).await.faults(faults);
    }
}

#[tokio::test]
async fn unknown_and_repeated_parameters_are_refused() {
    let probe = Probe::start().await;
    let refused: [(&str, &[&str]); 8] = [
        ("size=small&size=small", &["query size repeated"]),
        ("limit=1&%6Cimit=2", &["query limit repeated"]),
        ("odd=1&other", &["query odd unknown", "query other unknown"]),
        ("filter%5Bcolour%5D=red", &["query filter[colour] unknown"]),
        ("LIMIT=1", &["query LIMIT unknown"]),
        ("type=%00", &["query type nul"]),
        ("type=%ff", &["query query syntax"]),
        ("odd=1&limit=0&ids=1,1", &["query ids uniqueItems", "query limit minimum", "query odd unknown"]),
    ];
    for (query, faults) in refused {
        probe.get(&format!("/lists?{query}"), &[]).await.faults(faults);
    }
    // The same holds for operations without parameters.
    probe.post("/text?odd=1", r#"{"text":""}"#).await.faults(&["query odd unknown"]);
}

#[tokio::test]
async fn enums_are_enforced_whatever_their_names_are() {
    let probe = Probe::start().await;
    for (colour, variant) in
        [("red", "Red"), ("light-blue", "LightBlue"), ("2nd", "Variant2nd"), ("GREEN", "Green")]
    {
        let seen = probe.get(&format!("/lists?filter[status]={colour}"), &[]).await.json();
        assert_eq!(seen["colour"], variant);
        let body = json!({"colour": colour, "inline": "two"});
        assert_eq!(probe.post("/bounds", &body.to_string()).await.json(), body);
    }
    assert_eq!(probe.get("/lists?filter%5Bstatus%5D=2nd&size=large", &[]).await.json()["size"], "large");
    probe
        .get("/lists?filter[status]=Red&size=huge", &[])
        .await
        .faults(&["query filter[status] enum", "query size enum"]);
    probe
        .post("/bounds", r#"{"colour":"green","inline":"three"}"#)
        .await
        .faults(&["body colour enum", "body inline enum"]);
}

#[tokio::test]
async fn parameters_have_their_types_and_defaults_are_not_made_up() {
    let probe = Probe::start().await;
    let seen = probe.get("/lists", &[]).await.json();
    assert!(
        seen.as_object().is_some_and(|members| members.len() == 9 && members.values().all(Value::is_null)),
        "{seen}"
    );
    let query = "flag=true&ratio=0.25&since=2026-01-02T03:04:05%2B02:00&limit=100&type=a+b%20c%2Bd";
    let seen = probe.get(&format!("/lists?{query}"), &[]).await.json();
    assert_eq!((&seen["flag"], &seen["ratio"], &seen["limit"]), (&json!(true), &json!(0.25), &json!(100)));
    assert_eq!((&seen["since"], &seen["type"]), (&json!("2026-01-02T01:04:05.000000Z"), &json!("a b c+d")));
    let refused = [
        ("flag=1", "flag type"),
        ("flag=", "flag type"),
        ("flag=TRUE", "flag type"),
        ("ratio=0", "ratio exclusiveMinimum"),
        ("ratio=1.5", "ratio maximum"),
        ("ratio=NaN", "ratio type"),
        ("ratio=0.5%20", "ratio type"),
        ("since=2026-01-02", "since format"),
        ("since=2026-02-30T00:00:00Z", "since format"),
        ("limit=101", "limit maximum"),
        ("limit=1.0", "limit type"),
        ("limit=%2B1", "limit type"),
        ("limit=010", "limit type"),
        ("limit=null", "limit type"),
    ];
    for (query, fault) in refused {
        probe.get(&format!("/lists?{query}"), &[]).await.faults(&[&format!("query {fault}")]);
    }
}

#[tokio::test]
async fn a_uuid_may_be_a_header_of_a_request_and_of_an_answer() {
    let probe = Probe::start().await;
    let target = format!("/headers/{ID}");
    let seen = probe.get(&target, &[("x-trace", TRACE), ("X-Times", "3"), ("x-unknown", "is fine")]).await;
    seen.is(200);
    assert_eq!(seen.headers["x-echo"], ID);
    assert_eq!(seen.headers["x-times"], "3");
    let seen = probe.get(&target, &[("x-trace", TRACE), (ACT, "trace")]).await;
    seen.is(202);
    assert_eq!(seen.headers["x-echo"], TRACE);
    let refused: [(&str, Headers, &[&str]); 6] = [
        (ID, &[], &["header X-Trace required"]),
        (ID, &[("x-trace", "x"), ("x-times", "0")], &["header X-Trace format", "header X-Times minimum"]),
        (ID, &[("x-trace", TRACE), ("x-trace", TRACE)], &["header X-Trace repeated"]),
        (ID, &[("x-trace", TRACE), ("x-platform", "four")], &["header X-Platform maxLength"]),
        (ID, &[("x-trace", "é")], &["header X-Trace syntax", "header X-Trace required"]),
        ("%00", &[("x-trace", TRACE)], &["path id nul", "path id required"]),
    ];
    for (id, headers, faults) in refused {
        probe.get(&format!("/headers/{id}"), headers).await.faults(faults);
    }
    probe.get("/headers/x?y=1", &[]).await.faults(&[
        "path id format",
        "header X-Trace required",
        "query y unknown",
    ]);
}

#[tokio::test]
async fn violations_in_query_and_body_are_reported_together() {
    let probe = Probe::start().await;
    probe.patch("/nested?times=2", "{}").await.is(200);
    let seen = probe.patch("/nested?times=0&odd", r#"{"place":{"city":""},"note":1}"#).await;
    seen.faults(&["body note type", "body place.city minLength", "query odd unknown", "query times minimum"]);
}
