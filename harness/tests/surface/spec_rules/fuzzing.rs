//! Rules for the fuzz run's data in the spec: semantic rules that no schema expresses, and links from created
//! resources to the operations that use them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Rule;
use super::document::{Entry, Spec, items, members, of_each, unless};
use super::operations::{extensions, is_like};
use super::walk::reachable;

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "R68", breaches: semantic_rules_are_of_requests },
    Rule { id: "R69", breaches: links_lead_somewhere },
];

fn semantic_rules_are_of_requests(spec: &Spec) -> Vec<String> {
    let of_requests = request_schemas(spec);
    let is_in_place = |place: &str| match place.strip_prefix("/components/schemas/") {
        Some(rest) => of_requests.contains(rest.split('/').next().unwrap_or_default()),
        None => {
            place.is_empty()
                || is_like("/components/parameters/.*/schema(/items)?", place)
                || (place.starts_with("/paths/") && !place.contains("/responses/"))
        }
    };
    let is_word = |word: &Value| word.as_str().is_some_and(|word| is_like("[a-z][a-zA-Z]*", word));
    let mut found = Vec::new();
    extensions(&spec.document, "", &mut found);
    found.retain(|(place, key, value)| {
        let words: BTreeSet<String> =
            items(value).filter(|word| is_word(word)).map(Value::to_string).collect();
        let is_a_list = !words.is_empty() && value.as_array().is_some_and(|list| list.len() == words.len());
        *key == "x-semantic-rules" && !(is_a_list && is_in_place(place))
    });
    found.into_iter().map(|(place, _, value)| format!("{value} at {place:?}")).collect()
}

/// Returns the named schemas that are reachable from a request's body or parameters.
pub(super) fn request_schemas(spec: &Spec) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in spec.entries() {
        let contents = entry.body().map(|body| &body["content"]);
        let bodies = contents.into_iter().flat_map(members).map(|(_, content)| &content["schema"]);
        let parameters = entry.parameters().into_iter().map(|parameter| &parameter["schema"]);
        for schema in bodies.chain(parameters) {
            names.extend(reachable(spec, "", schema).into_iter().map(|found| found.name));
        }
    }
    names
}

fn links_lead_somewhere(spec: &Spec) -> Vec<String> {
    let entries = spec.entries();
    of_each(spec, |entry| {
        let mut breaches = Vec::new();
        for (status, response) in entry.responses() {
            let has_links = members(&response["links"]).next().is_some();
            breaches.extend(unless(has_links || status != "201", "201 has no links"));
            for (name, link) in members(&response["links"]) {
                let target = entries.iter().find(|target| link["operationId"] == target.id());
                let kept = target.is_some_and(|target| fits(spec, link, target));
                breaches.extend(unless(kept, format!("the link {name} of {status} does not fit its target")));
            }
        }
        breaches
    })
}

/// Returns `true` if a link sets each path parameter of its target, and nothing that the target does not accept.
fn fits(spec: &Spec, link: &Value, target: &Entry<'_>) -> bool {
    let content = target.body().and_then(|body| members(&body["content"]).next());
    let schema = content.map_or(&Value::Null, |(_, content)| spec.resolved(&content["schema"]));
    let given = &link["parameters"];
    let is_expression = |value: &Value| {
        value.as_str().is_some_and(|text| is_like(r"\$(request|response)\.body#/[A-Za-z_/]+", text))
    };
    let takes_body = link.get("requestBody").is_none()
        && members(&link["x-request-body"])
            .all(|(name, value)| is_expression(value) && schema["properties"].get(name).is_some());
    let takes_parameters =
        members(given).all(|(name, value)| is_expression(value) && target.parameter(name).is_some());
    let mut wanted = target.parameters().into_iter().filter(|parameter| parameter["in"] == "path");
    takes_body
        && takes_parameters
        && wanted.all(|parameter| given.get(parameter["name"].as_str().unwrap_or_default()).is_some())
}
