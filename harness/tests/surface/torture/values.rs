//! Tests of the values in a body: bounds and formats are enforced, and values come back exactly.

use serde_json::json;

use super::probe::{ID, Probe};

/// A member, valid values, and invalid values with the rules that they break.
type Case = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// Members with values on both sides of their bounds.
const BOUNDS: [Case; 15] = [
    ("above", &["1", "2147483647"], &[("0", "exclusiveMinimum"), ("2147483648", "maximum"), ("1.5", "type")]),
    ("below", &["9.999", "-1000.5"], &[("10", "exclusiveMaximum"), ("\"1\"", "type")]),
    (
        "wide",
        &["9223372036854775807", "-9223372036854775808"],
        &[("9223372036854775808", "maximum"), ("99999999999999999999", "maximum")],
    ),
    ("narrow", &["2147483647", "-2147483648"], &[("2147483648", "maximum"), ("-2147483649", "minimum")]),
    ("unsigned", &["0", "2147483647"], &[("-1", "minimum"), ("4294967295", "maximum")]),
    ("step", &["0", "-15"], &[("7", "multipleOf")]),
    (
        "price",
        &["0", "0.01", "19.99", "99999999.99"],
        &[("-0.01", "minimum"), ("100000000", "maximum"), ("\"1\"", "type")],
    ),
    (
        "set",
        &[r#"["a"]"#, r#"["a","b","c"]"#],
        &[("[]", "minItems"), (r#"["a","a"]"#, "uniqueItems"), (r#"["a","b","c","d"]"#, "maxItems")],
    ),
    ("map", &["{}", r#"{"a":1}"#], &[(r#"{"a":1,"b":2,"c":3}"#, "maxProperties"), ("[]", "type")]),
    ("free", &[r#"{"a":[{"b":null}]}"#], &[("1", "type")]),
    ("match", &["\"\""], &[("null", "type")]),
    ("self", &["\"\""], &[("1", "type")]),
    ("inline", &["\"one\""], &[("\"ONE\"", "enum")]),
    ("colour", &["\"2nd\""], &[("\"blue\"", "enum")]),
    ("odd", &[], &[("1", "unknown")]),
];

#[tokio::test]
async fn bounds_are_kept_from_both_sides() {
    let probe = Probe::start().await;
    for (member, accepted, refused) in BOUNDS {
        each(&probe, member, accepted, refused).await;
    }
    probe
        .post("/bounds", r#"{"map":{"a":"x","b":2147483648}}"#)
        .await
        .faults(&["body map.a type", "body map.b maximum"]);
    // A whole number is an integer in any notation, but not beyond 64 bits.
    assert_eq!(
        probe.post("/bounds", r#"{"narrow":1.0,"wide":-2e3}"#).await.json(),
        json!({"narrow": 1, "wide": -2000})
    );
    probe.post("/bounds", r#"{"wide":-9223372036854775809}"#).await.faults(&["body body type"]);
    probe.post("/bounds", r#"{"set":[1,"a"]}"#).await.faults(&["body set.0 type"]);
}

/// Checks that each accepted value comes back byte for byte, and that each refused one breaks its rule.
async fn each(probe: &Probe, member: &str, accepted: &[&str], refused: &[(&str, &str)]) {
    for value in accepted {
        let body = format!(r#"{{"{member}":{value}}}"#);
        assert_eq!(probe.post("/bounds", &body).await.text(), body);
    }
    for (value, rule) in refused {
        let seen = probe.post("/bounds", &format!(r#"{{"{member}":{value}}}"#)).await;
        seen.faults(&[&format!("body {member} {rule}")]);
    }
}

/// Members with texts that have their format, and texts that do not.
const FORMATS: [(&str, &[&str], &[&str]); 9] = [
    ("id", &[ID], &["", "0b9fe6ae2cc84ec9a3a23d2e6f3a2a10", "0b9fe6ae-2cc8-4ec9-a3a2-3d2e6f3a2a1g"]),
    ("day", &["2028-02-29"], &["2026-02-29", "2026-2-9", "2026-01-02T00:00:00Z", "29.02.2028"]),
    (
        "moment",
        &["2026-01-02T03:04:05.000000Z", "2026-01-02T03:04:05.123456Z"],
        &["2026-01-02", "2026-01-02 03:04:05", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z"],
    ),
    ("mail", &["a.b+c@example.org"], &["a", "a@", "@b", "a b@example.org"]),
    ("link", &["https://example.org/a?b=c#d"], &["/a", "example.org", "https://exa mple.org"]),
    (
        "amount",
        &["0", "-12.50", "123456789012345678901234.567"],
        &["", "1e3", "1.", ".5", "+1", "1,5", "1.2.3", "12345678901234567890123456789"],
    ),
    (
        "name",
        &["", "O'Brien <b>", "\u{200f}נועה", "👩\u{200d}🚀"],
        &[" ", "\u{200b}", "\u{3164}", "a\u{202e}b", "a\nb", "a\u{2066}b", "a\u{85}b"],
    ),
    ("title", &["", "\u{202e}a\nb", "🌱"], &[" \t", "\u{200b}\u{ad}", "\u{2800}", "\u{3164}"]),
    ("match", &["", "anything"], &[]),
];

#[tokio::test]
async fn formats_are_asserted() {
    let probe = Probe::start().await;
    for (member, accepted, refused) in FORMATS {
        for value in accepted {
            let body = json!({member: value});
            assert_eq!(probe.post("/bounds", &body.to_string()).await.json(), body);
        }
        for value in refused {
            let seen = probe.post("/bounds", &json!({member: value}).to_string()).await;
            seen.faults(&[&format!("body {member} format")]);
        }
    }
}
