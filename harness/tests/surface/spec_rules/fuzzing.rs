//! Rules for the fuzz run's data in the spec: semantic rules that no schema expresses, and links from created
//! resources to the operations that use them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Rule;
use super::document::{Entry, Spec, items, members, of_each, unless};
use super::operations::{extensions, is_like};
use super::walk::{Found, Place, reachable};

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "R68", breaches: semantic_rules_are_of_requests },
    Rule { id: "R69", breaches: links_lead_somewhere },
    Rule { id: "R82", breaches: slots_say_what_they_refer_to },
    Rule { id: "R83", breaches: preconditions_are_operations },
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

/// Returns `true` if a name ends like that of an id, or of a list of ids.
fn is_id(name: &str) -> bool {
    is_like("(.*_)?ids?|.*Ids?", name)
}

fn slots_say_what_they_refer_to(spec: &Spec) -> Vec<String> {
    let word = |kind: &Value| kind.as_str().is_some_and(|kind| is_like("[a-z]+(_[a-z]+)*", kind));
    let mut kinds = BTreeSet::new();
    let mut breaches = of_each(spec, |entry| {
        let mut breaches = Vec::new();
        for parameter in entry.parameters() {
            let name = parameter["name"].as_str().unwrap_or_default();
            let kind = parameter.get("x-ref").or_else(|| parameter["schema"]["items"].get("x-ref"));
            let is_slot = parameter["in"] == "path" || (parameter["in"] == "query" && is_id(name));
            breaches.extend(unless(!is_slot || kind.is_some_and(word), format!("{name} refers to nothing")));
        }
        breaches.extend(slots_of_body(spec, entry));
        breaches
    });
    let mut found = Vec::new();
    extensions(&spec.document, "", &mut found);
    for (place, _, kind) in found.into_iter().filter(|(_, key, _)| *key == "x-ref") {
        let is_in_place = is_like(".*/parameters/[^/]+(/schema/items)?", &place)
            || is_like("/components/schemas/[^/]+(/properties/[^/]+)?(/items)?", &place);
        breaches.extend(unless(word(kind) && is_in_place, format!("{kind} at {place:?}")));
        kinds.extend(kind.as_str());
    }
    let entries = spec.entries();
    let is_read = |kind: &&str| {
        entries.iter().any(|entry| {
            let last =
                entry.path.rsplit('/').next().and_then(|part| part.strip_prefix('{')?.strip_suffix('}'));
            let parameter = last.and_then(|last| entry.parameter(last));
            entry.method == "GET" && parameter.is_some_and(|parameter| parameter["x-ref"] == **kind)
        })
    };
    breaches.extend(kinds.iter().filter(|kind| !is_read(kind)).map(|kind| format!("no GET reads a {kind}")));
    breaches
}

/// Returns the members of an operation's body that are named like ids and do not say what they refer to. Members that
/// repeat the resource itself are no references, and neither is an id that the client gives to what it creates.
fn slots_of_body(spec: &Spec, entry: &Entry<'_>) -> Vec<String> {
    let contents = entry.body().map(|body| &body["content"]);
    let schemas = contents.into_iter().flat_map(members).map(|(_, content)| &content["schema"]);
    let found = schemas.flat_map(|schema| reachable(spec, "body", schema));
    let is_own =
        |schema: &Value| ["x-same-as-stored", "x-same-as-path"].iter().any(|key| schema.get(key).is_some());
    let is_new = |name: &str| {
        let item = format!("{}/{{{name}}}", entry.path);
        entry.method == "POST" && members(&spec.document["paths"]).any(|(path, _)| *path == item)
    };
    let refers = |found: &Found<'_>| {
        let schema = spec.resolved(found.schema);
        [found.schema, schema, &schema["items"]].iter().any(|holder| holder.get("x-ref").is_some())
    };
    let slots = found.filter(|found| found.place == Place::Property && is_id(found.word));
    let bare = slots.filter(|found| !refers(found) && !is_own(found.schema) && !is_new(found.word));
    bare.map(|found| format!("{} refers to nothing", found.name)).collect()
}

fn preconditions_are_operations(spec: &Spec) -> Vec<String> {
    let entries = spec.entries();
    let given = |entry: &Entry<'_>| -> Vec<String> {
        items(&entry.text["x-given"]).filter_map(|id| id.as_str().map(str::to_owned)).collect()
    };
    of_each(spec, |entry| {
        let (mut breaches, mut seen) = (Vec::new(), BTreeSet::new());
        let mut open = given(entry);
        while let Some(id) = open.pop() {
            let of_id = entries.iter().find(|known| known.id() == id && known.is_write());
            breaches.extend(unless(of_id.is_some(), format!("{id} is not an operation that writes")));
            breaches.extend(unless(id != entry.id(), "it is its own precondition"));
            if seen.insert(id) {
                open.extend(of_id.into_iter().flat_map(given));
            }
        }
        breaches
    })
}
