//! Rules for retries (`Idempotency-Key`) and conditions (`If-Match`, `If-None-Match`): operations declare them where
//! they work, and only there.

use super::Rule;
use super::document::{Entry, Spec, of_each, unless};
use super::walk::reachable;

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "R31", breaches: keys_stand_where_they_are_taken },
    Rule { id: "R32", breaches: credentials_are_not_replayed },
    Rule { id: "R33", breaches: keys_have_their_answers },
    Rule { id: "R34", breaches: changes_have_both_conditions },
    Rule { id: "R35", breaches: reads_have_all_of_a_condition_or_nothing },
];

/// Members of a response that must not be stored.
const SECRETS: [&str; 9] =
    ["access", "access_token", "code", "password", "refresh", "refresh_token", "secret", "ticket", "token"];

fn keys_stand_where_they_are_taken(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let word = entry.extension("x-idempotency").as_str().unwrap_or_default();
        let mut found =
            unless(["none", "accepted", "required"].contains(&word), format!("x-idempotency is {word:?}"));
        let takes = ["POST", "PUT", "PATCH"].contains(&entry.method) && word != "none";
        let parameter = entry.parameter("Idempotency-Key");
        found.extend(unless(
            parameter.is_some() == takes,
            format!("x-idempotency is {word}, the parameter is {}", if takes { "missing" } else { "there" }),
        ));
        let is_required = parameter.is_some_and(|parameter| parameter["required"] == true);
        found.extend(unless(
            is_required == (takes && word == "required"),
            "the parameter's `required` disagrees",
        ));
        found
    })
}

fn credentials_are_not_replayed(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        if entry.extension("x-idempotency") == "none" || !entry.is_write() {
            return Vec::new();
        }
        let mut found = unless(entry.rate_limit() != "credentials", "x-idempotency is not none");
        for (status, response) in entry.successes() {
            let reported = reachable(spec, status, &response["content"]["application/json"]["schema"]);
            let secrets = reported.iter().filter(|inner| SECRETS.contains(&inner.word));
            found.extend(
                secrets.map(|secret| format!("x-idempotency is not none, and it tells {}", secret.name)),
            );
        }
        found
    })
}

fn keys_have_their_answers(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let takes = entry.parameter("Idempotency-Key").is_some();
        let mut found = unless(!takes || entry.response("409").is_some(), "409 is missing");
        let mismatch = entry.response("422").is_some();
        found.extend(unless(mismatch == takes, if takes { "422 is missing" } else { "422 without a key" }));
        for (status, response) in entry.successes() {
            let replays = response["headers"].get("Idempotency-Replayed").is_some();
            found.extend(unless(replays == takes, format!("Idempotency-Replayed of {status}")));
        }
        found
    })
}

fn changes_have_both_conditions(spec: &Spec) -> Vec<String> {
    let entries = spec.entries();
    let represents = |other: &Entry<'_>| {
        other.method == "GET" || (["PUT", "PATCH"].contains(&other.method) && other.body().is_some())
    };
    of_each(spec, |entry| {
        if entry.method == "GET" {
            return Vec::new();
        }
        let is_change = ["PUT", "PATCH", "DELETE"].contains(&entry.method);
        let is_seen = entries.iter().any(|other| other.path == entry.path && represents(other));
        let is_due = is_change && is_seen;
        let wrong = ["If-Match", "If-None-Match"]
            .into_iter()
            .filter(|name| entry.parameter(name).is_some() != is_due);
        wrong.map(|name| format!("{name} {}", if is_due { "is missing" } else { "without need" })).collect()
    })
}

fn reads_have_all_of_a_condition_or_nothing(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        if entry.method != "GET" {
            return unless(entry.response("304").is_none(), "304 is for GETs");
        }
        let has = |status, name| {
            entry.response(status).is_some_and(|response| response["headers"].get(name).is_some())
        };
        let parts = [
            entry.parameter("If-Match").is_some(),
            entry.parameter("If-None-Match").is_some(),
            has("200", "ETag"),
            has("304", "ETag"),
        ];
        let is_list = entry.list().is_some();
        let is_due = if is_list { entry.is_public() } else { entry.path.ends_with('}') };
        let agrees = parts.iter().all(|part| *part == parts[0]);
        let mut found =
            unless(agrees, format!("If-Match, If-None-Match, ETag of 200, ETag of 304: {parts:?}"));
        found.extend(unless(parts[0] || !is_due, "it has no ETag"));
        let fields = ["Link", "X-Total-Count", "X-Total-Count-Estimated"];
        let lost = fields.into_iter().filter(|name| parts[0] && has("200", name) && !has("304", name));
        found.extend(lost.map(|name| format!("304 has no {name}")));
        found
    })
}
