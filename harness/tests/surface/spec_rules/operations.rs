//! Rules for the names, descriptions and declarations of operations.

use std::collections::{BTreeMap, BTreeSet};

use agora_runtime::{Access, Idempotency, Operation};
use regex::Regex;
use serde_json::Value;

use super::Rule;
use super::document::{Entry, Spec, items, members, of_each, unless};
use super::walk::{reachable, target};

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "R11", breaches: one_declared_tag },
    Rule { id: "R81", breaches: tags_are_small },
    Rule { id: "R12", breaches: ids_are_verb_and_noun },
    Rule { id: "R13", breaches: verbs_imply_the_shape },
    Rule { id: "R14", breaches: paths_have_a_known_beginning },
    Rule { id: "R15", breaches: segments_are_words_or_parameters },
    Rule { id: "R16", breaches: everything_is_described },
    Rule { id: "R17", breaches: extensions_are_known },
    Rule { id: "R19", breaches: deprecation_has_a_date },
    Rule { id: "R20", breaches: defaults_stand_on_tags },
    Rule { id: "R21", breaches: budgets_are_numbers },
    Rule { id: "R22", breaches: parameters_are_plain },
    Rule { id: "R23", breaches: the_table_is_the_document },
    Rule { id: "R72", breaches: names_differ_in_every_language },
    Rule { id: "R76", breaches: what_is_read_can_be_sent_back },
    Rule { id: "R78", breaches: lists_say_how_much_is_on_a_page },
    Rule { id: "R67", breaches: what_repeats_the_path_names_its_parameter },
];

const DEFAULTS: [&str; 4] = ["x-authz", "x-idempotency", "x-rate-limit", "x-budget"];

/// Returns `true` if the pattern matches the whole text.
pub(super) fn is_like(pattern: &str, text: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).expect("a pattern of this file compiles").is_match(text)
}

fn one_declared_tag(spec: &Spec) -> Vec<String> {
    let declared: Vec<&Value> = items(&spec.document["tags"]).map(|tag| &tag["name"]).collect();
    of_each(spec, |entry| {
        let tags: Vec<&Value> = items(&entry.text["tags"]).collect();
        unless(tags.len() == 1 && declared.contains(&tags[0]), format!("its tags are {}", entry.text["tags"]))
    })
}

fn tags_are_small(spec: &Spec) -> Vec<String> {
    const MOST: usize = 15;
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in spec.entries() {
        *sizes.entry(entry.tag()).or_default() += 1;
    }
    let large = sizes.into_iter().filter(|(_, size)| *size > MOST);
    large.map(|(tag, size)| format!("{tag} has {size} operations")).collect()
}

fn ids_are_verb_and_noun(spec: &Spec) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut breaches = of_each(spec, |entry| {
        unless(is_like("[a-z]+(_[a-z][a-z0-9]*)+", entry.id()), "the id is not <verb>_<noun>")
    });
    let twice = spec.entries().into_iter().filter(|entry| !seen.insert(entry.id())).map(|entry| entry.name());
    breaches.extend(twice.map(|name| format!("{name}: another operation has this id")));
    breaches
}

fn verbs_imply_the_shape(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let work = entry.id().split('_').next().unwrap_or_default();
        let should = match entry.method {
            "GET" if entry.list().is_some() => Some("list"),
            "GET" => Some("get"),
            "PATCH" => Some("patch"),
            _ => None,
        };
        match should {
            Some(should) => unless(work == should, format!("the verb is {should}, not {work}")),
            None if work == "create" => {
                unless(entry.response("201").is_some(), "nothing is created without a 201")
            }
            None => {
                unless(!["list", "get", "patch"].contains(&work), format!("{work} is for another method"))
            }
        }
    })
}

fn paths_have_a_known_beginning(spec: &Spec) -> Vec<String> {
    const BEGINNINGS: [&str; 6] =
        ["/api/v1/", "/admin/v1/", "/health/", "/problems/", "/.well-known/", "/__sandbox/"];
    const WHOLE: [&str; 5] = ["/", "/api/schema", "/api/schema.json", "/api/docs", "/api/docs/redoc.js"];
    let is_known = |path: &str| {
        (BEGINNINGS.iter().any(|beginning| path.starts_with(beginning)) && !path.ends_with('/'))
            || WHOLE.contains(&path)
    };
    let paths = members(&spec.document["paths"]).map(|(path, _)| path);
    paths.filter(|path| !is_known(path)).cloned().collect()
}

fn segments_are_words_or_parameters(spec: &Spec) -> Vec<String> {
    let word = r"\.?[a-z0-9]+([-.][a-z0-9]+)*|__sandbox|\{[A-Za-z0-9_]+\}";
    of_each(spec, |entry| {
        let segments: Vec<&str> = entry.path.split('/').skip(1).filter(|_| entry.path != "/").collect();
        let strange = segments.iter().filter(|segment| !is_like(word, segment));
        let mut breaches: Vec<String> = strange.map(|segment| format!("the segment {segment}")).collect();
        let parameter = |segment: &&str| Some(segment.strip_prefix('{')?.strip_suffix('}')?.to_owned());
        let of_template: BTreeSet<String> = segments.iter().filter_map(parameter).collect();
        let in_path = |parameter: &&Value| parameter["in"] == "path" && parameter["required"] == true;
        let name = |parameter: &Value| parameter["name"].as_str().unwrap_or_default().to_owned();
        let declared: BTreeSet<String> = entry.parameters().into_iter().filter(in_path).map(name).collect();
        if of_template != declared {
            breaches.push(format!("the path has {of_template:?}, the parameters have {declared:?}"));
        }
        breaches
    })
}

/// Verbs that a summary may start with.
const SUMMARY_VERBS: &[&str] = &[
    "Add",
    "Advance",
    "Archive",
    "Calculate",
    "Cancel",
    "Change",
    "Check",
    "Confirm",
    "Count",
    "Create",
    "Delete",
    "Empty",
    "Follow",
    "Get",
    "List",
    "Order",
    "Place",
    "Publish",
    "Rate",
    "Refresh",
    "Register",
    "Remove",
    "Replace",
    "Reset",
    "Set",
    "Sign in",
    "Sign out",
    "Unfollow",
    "Update",
];

fn everything_is_described(spec: &Spec) -> Vec<String> {
    let lacks = |value: &Value| value["description"].as_str().is_none_or(|text| text.trim().is_empty());
    let tags = items(&spec.document["tags"]).filter(|tag| lacks(tag));
    let mut breaches: Vec<String> =
        tags.map(|tag| format!("the tag {} has no description", tag["name"])).collect();
    let named = members(&spec.document["components"]["schemas"]).filter(|(_, schema)| lacks(schema));
    breaches.extend(named.map(|(name, _)| format!("the schema {name} has no description")));
    for (name, schema) in members(&spec.document["components"]["schemas"]) {
        let own =
            members(&schema["properties"]).filter(|(_, member)| member["$ref"].is_null() && lacks(member));
        breaches.extend(own.map(|(member, _)| format!("the property {name}.{member} has no description")));
    }
    breaches.extend(of_each(spec, |entry| {
        let summary = entry.text["summary"].as_str().unwrap_or_default();
        let is_short = summary.chars().count() <= 80 && !summary.contains('\n') && !summary.ends_with('.');
        let is_imperative =
            SUMMARY_VERBS.iter().any(|work| summary == *work || summary.starts_with(&format!("{work} ")));
        let mut found = unless(is_short && is_imperative, format!("the summary is {summary:?}"));
        found.extend(unless(!lacks(entry.text), "it has no description"));
        let bare = entry.parameters().into_iter().filter(|parameter| lacks(parameter));
        found.extend(bare.map(|parameter| format!("the parameter {} has no description", parameter["name"])));
        for (status, response) in entry.responses() {
            found.extend(unless(!lacks(response), format!("{status} has no description")));
            for (name, header) in members(&response["headers"]) {
                let described = !lacks(spec.resolved(header));
                found.extend(unless(described, format!("the header {name} of {status} has no description")));
            }
        }
        found
    }));
    breaches
}

/// Collects every `x-...` member of a value, with its place and its value.
pub(super) fn extensions<'a>(value: &'a Value, pointer: &str, found: &mut Vec<(String, &'a str, &'a Value)>) {
    for (index, item) in items(value).enumerate() {
        extensions(item, &format!("{pointer}/{index}"), found);
    }
    for (key, member) in members(value) {
        let is_data = ["example", "examples", "enum", "mapping"].contains(&key.as_str());
        if key.starts_with("x-") {
            found.push((pointer.to_owned(), key, member));
        } else if !is_data {
            extensions(member, &format!("{pointer}/{key}"), found);
        }
    }
}

fn extensions_are_known(spec: &Spec) -> Vec<String> {
    let is_known = |place: &str, key: &str, value: &Value| {
        let of_tag = is_like("/tags/[0-9]+", place);
        let of_operation = is_like("/paths/.*/(get|put|post|delete|options|head|patch)", place);
        match key {
            "x-authz" => {
                let known = ["who", "scope", "own", "closed", "hidden"];
                (of_tag || of_operation) && members(value).all(|(key, _)| known.contains(&key.as_str()))
            }
            "x-idempotency" | "x-rate-limit" => (of_tag || of_operation) && value.is_string(),
            "x-budget" => (of_tag || of_operation) && members(value).all(|(key, _)| key == "sql_round_trips"),
            "x-page" => of_operation && members(value).all(|(key, _)| key == "default" || key == "most"),
            "x-body-limit" => of_operation && value.as_u64().is_some_and(|limit| limit > 0),
            "x-sunset" => of_operation && value.is_string(),
            "x-handwritten" => of_operation && *value == true,
            "x-platform" => is_like(".*/(parameters/[^/]+|schema)", place) && *value == true,
            "x-request-body" => is_like("/paths/.*/links/[^/]+", place) && value.is_object(),
            "x-published" => of_tag && *value == false,
            "x-extensible-enum" => is_like("/components/schemas/[^/]+", place) && value.is_array(),
            "x-id-or-object" => {
                is_like("/components/schemas/[^/]+(/properties/[^/]+)?/items", place) && *value == true
            }
            "x-same-as-stored" => {
                is_like("/components/schemas/[^/]+/properties/[^/]+", place) && *value == true
            }
            "x-lenient" => of_operation && *value == true,
            "x-enum-varnames" => is_like("/components/schemas/[^/]+", place) && value.is_array(),
            "x-decimal" => members(value).all(|(key, _)| key == "multipleOf" || key == "pattern"),
            "x-given" => of_operation && value.is_array(),
            // R82 checks its place and form.
            "x-ref" => true,
            "x-former-name" => is_like(".*/parameters/[^/]+", place) && value.is_string(),
            "x-same-as-path" => {
                is_like("/components/schemas/[^/]+/properties/[^/]+", place) && value.is_string()
            }
            // R68 checks its place and form.
            "x-semantic-rules" => true,
            "x-state-machine" => is_like("/components/schemas/[^/]+", place) && value.is_object(),
            _ => false,
        }
    };
    let mut found = Vec::new();
    extensions(&spec.document, "", &mut found);
    found.retain(|(place, key, value)| !is_known(place, key, value));
    found.into_iter().map(|(place, key, value)| format!("{key}: {value} at {place}")).collect()
}

fn lists_say_how_much_is_on_a_page(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let page = &entry.text["x-page"];
        let is_paged = entry.list().is_some() && entry.parameter("cursor").is_some();
        let limit = entry.parameter("limit").filter(|_| is_paged);
        let Some(limit) = limit else {
            return unless(page.is_null(), "x-page is of lists with `limit` and `cursor`");
        };
        let said = limit["description"].as_str().unwrap_or_default();
        let is_said = said.ends_with(&format!("Defaults to {}.", page["default"]));
        let most = &spec.resolved(&limit["schema"])["maximum"];
        unless(
            page["default"].is_u64() && page["most"].is_u64() && page["most"] == *most && is_said,
            format!("x-page is {page}, the maximum of limit is {most}, and its description says: {said}"),
        )
    })
}

fn what_repeats_the_path_names_its_parameter(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let body = entry.body().and_then(|body| members(&body["content"]).next());
        let properties =
            body.map(|(_, content)| members(&spec.resolved(&content["schema"])["properties"])).into_iter();
        let named = properties.flatten().filter_map(|(_, schema)| schema["x-same-as-path"].as_str());
        let is_in_path = |name: &str| entry.parameter(name).is_some_and(|found| found["in"] == "path");
        named.filter(|name| !is_in_path(name)).map(|name| format!("its path has no {name}")).collect()
    })
}

fn what_is_read_can_be_sent_back(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let body = entry.body().and_then(|body| members(&body["content"]).next());
        let Some((_, content)) = body else { return Vec::new() };
        let sent = spec.resolved(&content["schema"]);
        let read =
            &spec.document["paths"][entry.path]["get"]["responses"]["200"]["content"]["application/json"];
        let read = &spec.resolved(&read["schema"])["properties"];
        let is_change = ["PUT", "PATCH"].contains(&entry.method);
        let lacks = |name: &str| is_change && sent["properties"].get(name).is_none();
        let missing = members(read).filter(|(name, _)| lacks(name));
        let mut breaches: Vec<String> =
            missing.map(|(name, _)| format!("{name} is read here, and cannot be sent back")).collect();
        let is_owned = |schema: &Value| schema["x-same-as-stored"] == true;
        let is_kept = |name: &str, schema: &Value| {
            is_change
                && read.get(name).is_some()
                && schema["readOnly"] == true
                && !items(&sent["required"]).any(|required| required == name)
        };
        let odd =
            members(&sent["properties"]).filter(|(name, schema)| is_owned(schema) != is_kept(name, schema));
        let odd = odd.filter(|(_, schema)| is_owned(schema) || schema["readOnly"] == true);
        breaches.extend(odd.map(|(name, _)| format!("{name} is not read here, not readOnly, or required")));
        let of_body = target(&content["schema"]).map(|name| format!("{name}."));
        let is_deep = |name: &str| of_body.as_ref().is_none_or(|of_body| !name.starts_with(of_body));
        let within = reachable(spec, "", &content["schema"]);
        let deep = within.iter().filter(|found| is_owned(found.schema) && is_deep(&found.name));
        breaches.extend(deep.map(|found| format!("{} is compared with nothing", found.name)));
        breaches
    })
}

fn deprecation_has_a_date(spec: &Spec) -> Vec<String> {
    let date =
        "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT";
    of_each(spec, |entry| {
        let sunset = entry.text["x-sunset"].as_str();
        let mut found = unless(
            sunset.is_some() == (entry.text["deprecated"] == true),
            "it has one of deprecated and x-sunset without the other",
        );
        let is_date = sunset.is_none_or(|sunset| is_like(date, sunset));
        found.extend(unless(is_date, format!("{sunset:?} is not an HTTP date")));
        found
    })
}

fn defaults_stand_on_tags(spec: &Spec) -> Vec<String> {
    let lacks = |tag: &Value| -> Vec<String> {
        let missing = DEFAULTS.iter().filter(|key| tag.get(**key).is_none());
        missing.map(|key| format!("the tag {} has no {key}", tag["name"])).collect()
    };
    let mut breaches: Vec<String> = items(&spec.document["tags"]).flat_map(lacks).collect();
    breaches.extend(of_each(spec, |entry| {
        let tag =
            items(&spec.document["tags"]).find(|tag| tag["name"] == entry.tag()).unwrap_or(&Value::Null);
        let repeated =
            DEFAULTS.iter().filter(|key| entry.text.get(**key).is_some_and(|own| *own == tag[**key]));
        repeated.map(|key| format!("{key} is what its tag says")).collect()
    }));
    breaches
}

fn budgets_are_numbers(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let budget = entry.extension("x-budget");
        unless(budget["sql_round_trips"].is_u64(), format!("x-budget is {budget}"))
    })
}

fn parameters_are_plain(spec: &Spec) -> Vec<String> {
    let is_exploded_list = |parameter: &Value| {
        parameter["in"] == "query"
            && spec.resolved(&parameter["schema"])["type"] == "array"
            && parameter["explode"] != false
    };
    let is_plain = |parameter: &Value| {
        !is_exploded_list(parameter)
            && ["path", "query", "header"].iter().any(|place| parameter["in"] == *place)
            && parameter.get("schema").is_some()
            && parameter.get("content").is_none()
            && parameter.get("style").is_none_or(|style| style == "form" || style == "simple")
            && spec.resolved(&parameter["schema"])["type"] != "object"
    };
    of_each(spec, |entry| {
        let strange = entry.parameters().into_iter().filter(|parameter| !is_plain(parameter));
        strange.map(|parameter| format!("the parameter {}", parameter["name"])).collect()
    })
}

fn names_differ_in_every_language(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let mut seen = BTreeSet::new();
        let parameters = entry.parameters().into_iter();
        let names: Vec<&str> = parameters.filter_map(|parameter| parameter["name"].as_str()).collect();
        let again = names.into_iter().filter(|name| !seen.insert(snake_case(name)));
        again.map(|name| format!("{name} is the name of another parameter, too")).collect()
    })
}

/// Returns a name as generators write it in languages that use `snake_case`.
fn snake_case(name: &str) -> String {
    let word = |letter: char| match letter {
        'A'..='Z' => format!("_{}", letter.to_ascii_lowercase()),
        'a'..='z' | '0'..='9' => letter.to_string(),
        _ => "_".to_owned(),
    };
    let spaced: String = name.chars().map(word).collect();
    spaced.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// Describes a row of the table in words, so that differences are readable.
fn row(operation: &Operation) -> String {
    format!(
        "{} {} tag={} who={:?} scope={} idempotency={:?} rate_limit={} sql_round_trips={} body_limit={} \
         deprecated={} sunset={:?}",
        operation.method,
        operation.path,
        operation.tag,
        operation.who,
        operation.scope,
        operation.idempotency,
        operation.rate_limit,
        operation.sql_round_trips,
        operation.body_limit,
        operation.deprecated,
        operation.sunset,
    )
}

/// Describes the row that the table should have. Returns `None` for words unknown to the contract, which R25 and R31
/// report.
fn expected_row(entry: &Entry<'_>) -> Option<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (authz, idempotency) = (entry.extension("x-authz"), word(entry.extension("x-idempotency")));
    let who = [Access::Public, Access::User, Access::Client, Access::Owner, Access::Staff, Access::Admin];
    let who = who.into_iter().find(|who| format!("{who:?}").to_lowercase() == entry.who())?;
    let kinds = [Idempotency::None, Idempotency::Accepted, Idempotency::Required];
    let bears_keys = ["POST", "PUT", "PATCH"].contains(&entry.method);
    let kind = kinds.into_iter().find(|kind| format!("{kind:?}").to_lowercase() == idempotency)?;
    let limit = entry.text["x-body-limit"].as_u64().unwrap_or(Operation::BODY_LIMIT as u64);
    Some(format!(
        "{} {} tag={} who={who:?} scope={} idempotency={:?} rate_limit={} sql_round_trips={} body_limit={limit} \
         deprecated={} sunset={:?}",
        entry.method,
        entry.path,
        entry.tag(),
        word(&authz["scope"]),
        if bears_keys { kind } else { Idempotency::None },
        entry.rate_limit(),
        entry.round_trips(),
        entry.text["deprecated"] == true,
        word(&entry.text["x-sunset"]),
    ))
}

fn the_table_is_the_document(spec: &Spec) -> Vec<String> {
    let table: BTreeMap<&str, String> =
        spec.table.iter().map(|operation| (operation.id, row(operation))).collect();
    let entries = spec.entries();
    let mut breaches = unless(table.len() == spec.table.len(), "the table has an operation twice");
    for entry in &entries {
        match (table.get(entry.id()), expected_row(entry)) {
            (None, _) => breaches.push(format!("{}: the table does not have it", entry.name())),
            (Some(row), Some(expected)) if *row != expected => {
                breaches.push(format!("{}: the table says {row}, the document {expected}", entry.name()));
            }
            _ => {}
        }
    }
    let unknown = table.keys().filter(|id| !entries.iter().any(|entry| entry.id() == **id));
    breaches.extend(unknown.map(|id| format!("the document has no operation {id}")));
    breaches
}
