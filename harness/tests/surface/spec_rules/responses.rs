//! Rules for the responses of an operation: the statuses that it lists, and their contents.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Rule;
use super::document::{Entry, Spec, members, of_each, unless};
use super::operations::is_like;

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "R36", breaches: operations_list_400_414_and_500 },
    Rule { id: "R37", breaches: credentials_list_401_and_403 },
    Rule { id: "R38", breaches: path_parameters_list_404 },
    Rule { id: "R39", breaches: bodies_list_408_413_and_415 },
    Rule { id: "R40", breaches: conditions_list_412 },
    Rule { id: "R41", breaches: the_database_lists_503 },
    Rule { id: "R42", breaches: limits_list_429 },
    Rule { id: "R43", breaches: statuses_are_plain },
    Rule { id: "R44", breaches: errors_are_problems },
    Rule { id: "R45", breaches: answers_bear_the_request_id },
    Rule { id: "R46", breaches: statuses_bear_their_headers },
    Rule { id: "R47", breaches: lists_are_bounded },
    Rule { id: "R48", breaches: content_is_of_one_type },
    Rule { id: "R49", breaches: the_platforms_own_is_marked },
];

/// Returns breaches for statuses that are due and missing.
fn due(entry: &Entry<'_>, is_due: bool, statuses: &[&str]) -> Vec<String> {
    let missing = statuses.iter().filter(|status| is_due && entry.response(status).is_none());
    missing.map(|status| format!("{status} is missing")).collect()
}

/// Returns breaches for statuses that are due and missing, or present and not due.
fn due_only(entry: &Entry<'_>, is_due: bool, statuses: &[&str]) -> Vec<String> {
    let mut breaches = due(entry, is_due, statuses);
    let vain = statuses.iter().filter(|status| !is_due && entry.response(status).is_some());
    breaches.extend(vain.map(|status| format!("{status} cannot be")));
    breaches
}

fn operations_list_400_414_and_500(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let is_lenient = entry.text["x-lenient"] == true;
        let asks = entry.round_trips() > 0 && !is_lenient;
        let mut breaches = due_only(entry, !is_lenient, &["400", "414"]);
        breaches.extend(due_only(entry, asks, &["500"]));
        breaches
    })
}

fn credentials_list_401_and_403(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let mut breaches = due(entry, !entry.security().is_empty(), &["401"]);
        breaches.extend(due(entry, !entry.is_public(), &["403"]));
        breaches
    })
}

fn path_parameters_list_404(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| due(entry, entry.path.contains('{'), &["404"]))
}

fn bodies_list_408_413_and_415(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| due_only(entry, entry.body().is_some(), &["408", "413", "415"]))
}

fn conditions_list_412(spec: &Spec) -> Vec<String> {
    let has_one =
        |entry: &Entry<'_>| ["If-Match", "If-None-Match"].iter().any(|name| entry.parameter(name).is_some());
    of_each(spec, |entry| due_only(entry, has_one(entry), &["412"]))
}

fn the_database_lists_503(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| due(entry, entry.round_trips() > 0, &["503"]))
}

fn limits_list_429(spec: &Spec) -> Vec<String> {
    let is_limited = spec.entries().iter().any(|entry| entry.response("429").is_some());
    of_each(spec, |entry| due_only(entry, is_limited && entry.rate_limit() != "none", &["429"]))
}

fn statuses_are_plain(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let responses = entry.responses();
        let strange = responses.iter().filter(|(status, _)| !is_like("[1-5][0-9]{2}", status));
        let mut breaches: Vec<String> = strange.map(|(status, _)| format!("the status {status}")).collect();
        let succeeds = responses.iter().any(|(status, _)| is_like("101|2..|30[1-378]", status));
        breaches.extend(unless(succeeds, "it has no success"));
        for (status, response) in responses {
            let is_bare = response.get("content").is_none();
            breaches
                .extend(unless(is_bare || !["204", "304"].contains(&status), format!("{status} has a body")));
        }
        breaches
    })
}

fn errors_are_problems(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let has_own_body = entry.text["x-lenient"] == true || entry.path.starts_with("/api/v1/oauth/");
        let is_problem = |response: &Value| {
            let content = &response["content"];
            let schema = &content["application/problem+json"]["schema"]["$ref"];
            members(content).count() == 1 && *schema == "#/components/schemas/Problem"
        };
        let responses = entry.responses().into_iter();
        let errors = responses.filter(|(status, _)| status.starts_with(['4', '5']) && !has_own_body);
        let strange = errors.filter(|(_, response)| !is_problem(response));
        let mut breaches: Vec<String> =
            strange.map(|(status, _)| format!("{status} is not a problem")).collect();
        let errors = entry.responses().into_iter().filter(|(status, _)| status.starts_with(['4', '5']));
        let schema = |response: &Value| {
            members(&response["content"]).next().map(|(_, content)| content["schema"].to_string())
        };
        let kinds: BTreeSet<_> = errors.map(|(_, response)| schema(response)).collect();
        breaches.extend(unless(kinds.len() < 2, "its errors have several schemas"));
        breaches
    })
}

fn answers_bear_the_request_id(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let without = |(_, response): &(&str, &Value)| response["headers"].get("X-Request-Id").is_none();
        let bare = entry.responses().into_iter().filter(without);
        bare.map(|(status, _)| format!("{status} has no X-Request-Id")).collect()
    })
}

fn statuses_bear_their_headers(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let takes_keys = entry.parameter("Idempotency-Key").is_some();
        let header = |status: &str| match status {
            "201" => Some("Location"),
            "401" => Some("WWW-Authenticate"),
            "409" if takes_keys => Some("Retry-After"),
            "429" | "503" => Some("Retry-After"),
            _ => None,
        };
        let lacks = |(status, response): (&str, &Value)| {
            let header = header(status).filter(|header| response["headers"].get(*header).is_none())?;
            Some(format!("{status} has no {header}"))
        };
        entry.responses().into_iter().filter_map(lacks).collect()
    })
}

fn lists_are_bounded(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        if entry.list().is_none() {
            return Vec::new();
        }
        let most =
            entry.parameter("limit").and_then(|limit| spec.resolved(&limit["schema"])["maximum"].as_u64());
        let mut breaches = unless(most.is_some_and(|most| most <= 100), "it has no limit of at most 100");
        let goes_on = entry.parameter("page").is_some() || entry.parameter("cursor").is_some();
        breaches.extend(unless(goes_on, "it has neither page nor cursor"));
        for header in ["Link", "X-Total-Count"] {
            let has_it =
                entry.response("200").is_some_and(|response| response["headers"].get(header).is_some());
            breaches.extend(unless(has_it, format!("200 has no {header}")));
        }
        breaches
    })
}

fn content_is_of_one_type(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let types = |value: &Value| members(&value["content"]).count();
        let is_one = entry.body().is_none_or(|body| types(body) == 1);
        let mut breaches = unless(is_one, "the body has not one content type");
        let many = entry.responses().into_iter().filter(|(_, response)| types(response) > 1);
        breaches.extend(many.map(|(status, _)| format!("{status} has more than one content type")));
        breaches
    })
}

fn the_platforms_own_is_marked(spec: &Spec) -> Vec<String> {
    const PARAMETERS: [&str; 3] = ["Idempotency-Key", "If-Match", "If-None-Match"];
    const HEADERS: [&str; 9] = [
        "X-Request-Id",
        "ETag",
        "Idempotency-Replayed",
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "WWW-Authenticate",
        "Retry-After",
        "Accept-Encoding",
    ];
    of_each(spec, |entry| {
        let mut breaches = Vec::new();
        for parameter in entry.parameters() {
            let name = parameter["name"].as_str().unwrap_or_default();
            let is_marked = parameter["x-platform"] == true;
            breaches.extend(unless(is_marked == PARAMETERS.contains(&name), format!("the parameter {name}")));
        }
        for (status, response) in entry.responses() {
            for (name, header) in members(&response["headers"]) {
                let is_marked = spec.resolved(&spec.resolved(header)["schema"])["x-platform"] == true;
                let is_kept = is_marked == HEADERS.contains(&name.as_str());
                breaches.extend(unless(is_kept, format!("the header {name} of {status}")));
            }
        }
        breaches
    })
}
