//! Rules for schemas: constructs that generators and validators understand, and names of fields.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::Rule;
use super::document::{Entry, Spec, items, members, of_each, unless};
use super::fuzzing::request_schemas;
use super::operations::is_like;
use super::walk::{self, Found, Place, meant, schemas, target};

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "R50", breaches: requests_are_closed },
    Rule { id: "R51", breaches: requests_are_named_by_what_they_do },
    Rule { id: "R52", breaches: nullable_is_well_placed },
    Rule { id: "R53", breaches: objects_and_enums_are_named },
    Rule { id: "R54", breaches: names_are_pascal_case },
    Rule { id: "R80", breaches: inline_types_have_names_of_their_own },
    Rule { id: "R55", breaches: choices_are_tagged },
    Rule { id: "R56", breaches: patterns_are_regular },
    Rule { id: "R57", breaches: optional_arrays_may_be_absent },
    Rule { id: "R58", breaches: ids_are_bounded_in_answers },
    Rule { id: "R59", breaches: numbers_have_a_format },
    Rule { id: "R74", breaches: values_of_enums_are_one },
    Rule { id: "R75", breaches: steps_are_decimal },
    Rule { id: "R60", breaches: times_end_in_at },
    Rule { id: "R61", breaches: fields_are_snake_case },
    Rule { id: "R62", breaches: nothing_has_a_default },
    Rule { id: "R70", breaches: schemas_say_different_things },
    Rule { id: "R71", breaches: sets_are_lists },
    Rule { id: "R63", breaches: recursion_goes_through_arrays },
];

/// Applies a rule to every schema, and returns the names of those that break it.
fn each(spec: &Spec, rule: impl Fn(&Found<'_>) -> bool) -> Vec<String> {
    let mut broken: Vec<String> =
        schemas(spec).into_iter().filter(|found| !rule(found)).map(|found| found.name).collect();
    broken.dedup();
    broken
}

/// Returns the schema of the request body.
fn request<'a>(entry: &Entry<'a>) -> Option<&'a Value> {
    members(&entry.body()?["content"]).next().map(|(_, content)| &content["schema"])
}

fn requests_are_closed(spec: &Spec) -> Vec<String> {
    let is_open = |found: &&Found<'_>| {
        let schema = found.schema;
        let is_object =
            !is_wrapper(schema) && (schema["type"] == "object" || schema.get("properties").is_some());
        let closing = &schema["additionalProperties"];
        let has_parts = schema.get("allOf").is_some() && schema["nullable"] != true;
        has_parts || (is_object && *closing != false && !closing.is_object())
    };
    of_each(spec, |entry| {
        let Some(schema) = request(entry) else {
            return Vec::new();
        };
        let meant = spec.resolved(schema);
        let is_object = meant["type"] == "object" || meant.get("oneOf").is_some();
        let mut breaches = unless(is_object, "the body is not an object");
        let reachable = walk::reachable(spec, "the body", schema);
        breaches.extend(reachable.iter().filter(is_open).map(|found| format!("{} is open", found.name)));
        breaches
    })
}

/// Returns the number of operations that have a schema as their request body.
fn uses(spec: &Spec, name: &str) -> usize {
    let entries = spec.entries();
    entries.iter().filter(|entry| request(entry).and_then(target) == Some(name)).count()
}

fn requests_are_named_by_what_they_do(spec: &Spec) -> Vec<String> {
    const OF_ONE: [&str; 3] = ["Create", "Replace", "Patch"];
    let pascal = |word: &str| word[..1].to_uppercase() + &word[1..];
    of_each(spec, |entry| {
        let Some(schema) = request(entry) else {
            return Vec::new();
        };
        let work = pascal(entry.id().split('_').next().filter(|work| !work.is_empty()).unwrap_or("create"));
        let endings = match entry.method {
            "PUT" => vec!["Replace"],
            "PATCH" => vec!["Patch"],
            _ => vec!["Create", work.as_str()],
        };
        let name = target(schema).unwrap_or_default();
        let is_shared = entry.method == "POST"
            && uses(spec, name) > 1
            && !OF_ONE.iter().any(|ending| name.ends_with(ending));
        let is_kept =
            is_shared || endings.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending));
        unless(is_kept, format!("the body is {name:?}, and should end in {}", endings.join(" or ")))
    })
}

/// Returns `true` for an `allOf` of one reference, which makes it nullable.
fn is_wrapper(schema: &Value) -> bool {
    items(&schema["allOf"]).count() == 1
        && target(&schema["allOf"][0]).is_some()
        && schema["nullable"] == true
        && schema["type"] == "object"
        && members(schema)
            .all(|(key, _)| ["allOf", "type", "nullable", "description", "example"].contains(&key.as_str()))
}

fn nullable_is_well_placed(spec: &Spec) -> Vec<String> {
    each(spec, |found| {
        let schema = found.schema;
        let is_typed = schema["type"].is_string() && schema.get("allOf").is_none();
        match (schema.get("nullable").is_some(), schema.get("allOf").is_some()) {
            (false, false) => true,
            (true, false) => is_typed,
            (_, true) => is_wrapper(schema),
        }
    })
}

fn objects_and_enums_are_named(spec: &Spec) -> Vec<String> {
    each(spec, |found| {
        let schema = found.schema;
        let is_mark = found.place == Place::Header && schema["enum"] == serde_json::json!(["true"]);
        let has_shape = ["properties", "enum", "oneOf", "anyOf"].iter().any(|key| schema.get(*key).is_some());
        match found.place {
            Place::Component => true,
            Place::Content => target(schema).is_some(),
            _ => !has_shape || is_mark,
        }
    })
}

fn schemas_say_different_things(spec: &Spec) -> Vec<String> {
    let mut seen: Vec<(&str, Value)> = Vec::new();
    let mut breaches = Vec::new();
    for (name, schema) in members(&spec.document["components"]["schemas"]) {
        if schema.get("properties").is_none() {
            continue;
        }
        let said = without_words(schema);
        match seen.iter().find(|(_, text)| *text == said) {
            Some((other, _)) => breaches.push(format!("{name} says what {other} says")),
            None => seen.push((name, said)),
        }
    }
    breaches
}

/// Returns a schema without descriptions and examples, and without extensions, which only the server and the fuzz run
/// read.
fn without_words(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(without_words).collect(),
        Value::Object(members) => {
            let is_word = |key: &str| key == "description" || key == "example" || key.starts_with("x-");
            let kept = members.iter().filter(|(key, _)| !is_word(key));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_words(value))).collect())
        }
        value => value.clone(),
    }
}

fn sets_are_lists(spec: &Spec) -> Vec<String> {
    each(spec, |found| found.schema.get("uniqueItems").is_none())
}

fn names_are_pascal_case(spec: &Spec) -> Vec<String> {
    const TAKEN: [&str; 24] = [
        "Option", "Some", "None", "Result", "Ok", "Err", "Error", "Vec", "Box", "String", "Self", "Send",
        "Sync", "Default", "Clone", "Debug", "Value", "Map", "Object", "Array", "Date", "Record", "Promise",
        "Any",
    ];
    each(spec, |found| {
        let is_name = is_like("[A-Z][a-z0-9]+([A-Z][a-z0-9]*)*", found.word) && !TAKEN.contains(&found.word);
        found.place != Place::Component || is_name
    })
}

fn inline_types_have_names_of_their_own(spec: &Spec) -> Vec<String> {
    let named = &spec.document["components"]["schemas"];
    let pascal_case = |name: &str| {
        let words = name.split('_').map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
        });
        words.flatten().collect::<String>()
    };
    let mut breaches = Vec::new();
    for (name, schema) in members(named) {
        let has_type = |schema: &Value| {
            ["pattern", "minLength", "maxLength", "enum"].iter().any(|word| schema.get(word).is_some())
        };
        let inline = members(&schema["properties"]).filter(|(_, schema)| has_type(schema));
        let names = inline.map(|(property, _)| (property, format!("{name}{}", pascal_case(property))));
        let taken = names.filter(|(_, made)| named.get(made).is_some());
        breaches.extend(taken.map(|(property, made)| format!("{name}.{property} is like the schema {made}")));
    }
    breaches
}

fn choices_are_tagged(spec: &Spec) -> Vec<String> {
    each(spec, |found| {
        let schema = found.schema;
        let is_choice = schema.get("oneOf").is_some() || schema.get("discriminator").is_some();
        let is_unclear = schema.get("anyOf").is_some() || schema.get("not").is_some();
        !is_unclear && (!is_choice || is_tagged(spec, schema))
    })
}

fn is_tagged(spec: &Spec, schema: &Value) -> bool {
    let tag = schema["discriminator"]["propertyName"].as_str().unwrap_or_default();
    let mapping = &schema["discriminator"]["mapping"];
    let variants: BTreeSet<&str> =
        items(&schema["oneOf"]).filter_map(|variant| variant["$ref"].as_str()).collect();
    let mapped: BTreeSet<&str> = members(mapping).filter_map(|(_, target)| target.as_str()).collect();
    let says_so = |(key, target): (&String, &Value)| {
        let reference = serde_json::json!({ "$ref": target });
        let Some(variant) =
            walk::target(&reference).map(|name| &spec.document["components"]["schemas"][name])
        else {
            return false;
        };
        let property = &variant["properties"][tag];
        let is_single = spec.resolved(property)["enum"] == serde_json::json!([key]);
        items(&variant["required"]).any(|name| name == tag) && walk::target(property).is_some() && is_single
    };
    !tag.is_empty() && !variants.is_empty() && variants == mapped && members(mapping).all(says_so)
}

fn patterns_are_regular(spec: &Spec) -> Vec<String> {
    each(spec, |found| found.schema["pattern"].as_str().is_none_or(|pattern| Regex::new(pattern).is_ok()))
}

fn optional_arrays_may_be_absent(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let is_broken = |parameter: &&Value| {
            let schema = spec.resolved(&parameter["schema"]);
            parameter["in"] == "query" && parameter["required"] != true && schema.get("minItems").is_some()
        };
        let broken = entry.parameters().into_iter().filter(is_broken);
        broken.map(|parameter| format!("the parameter {}", parameter["name"])).collect()
    })
}

fn ids_are_bounded_in_answers(spec: &Spec) -> Vec<String> {
    let of_requests = request_schemas(spec);
    each(spec, |found| {
        let is_id = is_like("(.*_)?ids?|.*Ids?|Identifier", found.word);
        let is_number = found.schema["type"] == "integer";
        let of_request = found.place == Place::Parameter
            || found.name.contains(", parameter ")
            || of_requests.contains(&found.name)
            || of_requests.contains(found.name.split(['.', '[']).next().unwrap_or_default());
        let minimum = (!of_request).then(|| serde_json::json!(1));
        !is_id || !is_number || found.schema.get("minimum") == minimum.as_ref()
    })
}

fn numbers_have_a_format(spec: &Spec) -> Vec<String> {
    each(spec, |found| {
        let format = found.schema["format"].as_str().unwrap_or_default();
        match found.schema["type"].as_str() {
            Some("integer") => ["int32", "int64"].contains(&format),
            Some("number") => format == "double",
            _ => true,
        }
    })
}

fn values_of_enums_are_one(spec: &Spec) -> Vec<String> {
    let enums: Vec<(&String, &Value)> = members(&spec.document["components"]["schemas"])
        .filter(|(_, schema)| schema.get("enum").is_some())
        .collect();
    let has = |schema: &Value, value: &Value| items(&schema["enum"]).any(|other| other == value);
    let (mut names, mut breaches) = (BTreeSet::new(), Vec::new());
    for (name, schema) in &enums {
        let given: Vec<&str> = items(&schema["x-enum-varnames"]).filter_map(Value::as_str).collect();
        let is_shared = items(&schema["enum"])
            .any(|value| enums.iter().any(|(other, schema)| other != name && has(schema, value)));
        if is_shared && given.is_empty() {
            breaches.push(format!("{name} has values of another enum, and no names for them"));
        }
        if !given.is_empty() && given.len() != items(&schema["enum"]).count() {
            breaches.push(format!("{name} has other names than values"));
        }
        let again = given.into_iter().filter(|given| !names.insert(given.to_lowercase()));
        breaches.extend(again.map(|given| format!("{given} of {name} names another value, too")));
    }
    breaches
}

fn steps_are_decimal(spec: &Spec) -> Vec<String> {
    each(spec, |found| found.schema.get("multipleOf").is_none())
}

fn times_end_in_at(spec: &Spec) -> Vec<String> {
    each(spec, |found| {
        let is_field = found.place == Place::Property || found.place == Place::Parameter;
        let is_time = meant(spec, found.schema)["format"] == "date-time";
        !is_field || is_time == found.word.trim_end_matches(']').ends_with("_at")
    })
}

fn fields_are_snake_case(spec: &Spec) -> Vec<String> {
    const FAKE_STORE: [&str; 4] = ["productId", "userId", "categoryIds", "userRating"];
    each(spec, |found| {
        let word = r"[a-z][a-z0-9]*(_[a-z0-9]+)*";
        let is_header = is_like("([A-Z][A-Za-z0-9]*)(-[A-Z][A-Za-z0-9]*)*", found.word);
        let is_word =
            is_like(&format!(r"{word}|filter\[{word}\]"), found.word) || FAKE_STORE.contains(&found.word);
        match found.place {
            Place::Property => is_word && !found.word.starts_with("filter["),
            Place::Parameter => is_word,
            Place::Header => is_header,
            _ => true,
        }
    })
}

fn nothing_has_a_default(spec: &Spec) -> Vec<String> {
    each(spec, |found| found.schema.get("default").is_none())
}

/// Collects the components that a schema contains directly: through properties and choices, not through arrays and
/// maps.
fn locked<'a>(found: &Found<'a>, targets: &mut BTreeSet<&'a str>) {
    targets.extend(target(found.schema));
    let parts = ["allOf", "oneOf", "anyOf"].iter().flat_map(|key| items(&found.schema[*key]));
    for schema in members(&found.schema["properties"]).map(|(_, property)| property).chain(parts) {
        locked(&Found { schema, ..found.clone() }, targets);
    }
}

fn recursion_goes_through_arrays(spec: &Spec) -> Vec<String> {
    let components = || schemas(spec).into_iter().filter(|found| found.place == Place::Component);
    let holds_itself = |component: &Found<'_>| {
        let (mut seen, mut next) = (BTreeSet::new(), BTreeSet::new());
        locked(component, &mut next);
        while let Some(name) = next.pop_first() {
            if seen.insert(name) {
                let schema = &spec.document["components"]["schemas"][name];
                locked(
                    &Found { name: String::new(), word: name, place: Place::Component, schema },
                    &mut next,
                );
            }
        }
        seen.contains(component.word)
    };
    components().filter(holds_itself).map(|component| component.name).collect()
}
