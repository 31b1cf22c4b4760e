//! Planted breaches: the real spec, changed in one place, must break the rule that forbids the change.

mod authorization;
mod fuzzing;
mod operations;
mod responses;
mod schemas;

use serde_json::{Value, json};

use super::document::Spec;
use super::repository::File;
use super::{GROUPS, Rule};

type Plant = (&'static str, fn(&mut Spec));

/// Returns the operation with an id.
fn at<'a>(spec: &'a mut Spec, id: &str) -> &'a mut Value {
    let paths = spec.document["paths"].as_object_mut().expect("the document has paths");
    let operations =
        paths.values_mut().flat_map(|item| item.as_object_mut().expect("a path item").values_mut());
    operations
        .into_iter()
        .find(|operation| operation["operationId"] == id)
        .expect("the operation is in the spec")
}

fn schema<'a>(spec: &'a mut Spec, name: &str) -> &'a mut Value {
    &mut spec.document["components"]["schemas"][name]
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().expect("an object").remove(key).expect("the member is there");
}

fn unlist(spec: &mut Spec, id: &str, status: &str) {
    remove(&mut at(spec, id)["responses"], status);
}

/// Removes a parameter, by its name or by the name of the shared parameter.
fn drop_parameter(spec: &mut Spec, id: &str, name: &str) {
    let parameters = at(spec, id)["parameters"].as_array_mut().expect("the operation has parameters");
    let count = parameters.len();
    parameters.retain(|parameter| {
        parameter["name"] != name && !parameter["$ref"].as_str().is_some_and(|target| target.ends_with(name))
    });
    assert!(parameters.len() < count, "{id} has a parameter {name}");
}

fn parameter<'a>(spec: &'a mut Spec, id: &str, name: &str) -> &'a mut Value {
    let parameters = at(spec, id)["parameters"].as_array_mut().expect("the operation has parameters");
    parameters
        .iter_mut()
        .find(|parameter| parameter["name"] == name)
        .expect("the parameter is inline in the bundle")
}

fn add_file(spec: &mut Spec, path: &str) {
    spec.files.push(File::new(path, "Extra: {type: string}\n"));
}

fn rewrite(spec: &mut Spec, path: &str, from: &str, to: &str) {
    let file = spec.files.iter_mut().find(|file| file.path == path).expect("the file is there");
    assert!(file.text.contains(from), "{path} has {from:?}");
    file.text = file.text.replacen(from, to, 1);
}

fn rename_path(spec: &mut Spec, from: &str, to: &str) {
    let paths = spec.document["paths"].as_object_mut().expect("the document has paths");
    let item = paths.remove(from).expect("the path is there");
    paths.insert(to.to_owned(), item);
}

const OPENAPI: &str = "spec/openapi.yaml";
const PATHS: &str = "spec/categories/paths.yaml";
const SCHEMAS: &str = "spec/categories/schemas.yaml";

const LAYOUT: &[Plant] = &[
    ("R1", |spec| add_file(spec, "spec/categories/parameters.yaml")),
    ("R1", |spec| add_file(spec, "spec/common.yaml")),
    ("R2", |spec| add_file(spec, "spec/returns/paths.yaml")),
    ("R3", |spec| {
        rewrite(spec, OPENAPI, "/api/v1/auth/login:", "/api/v1/z:");
    }),
    ("R3", |spec| {
        rewrite(spec, OPENAPI, "categories/paths.yaml#/categories_item", "auth/paths.yaml#/categories_item");
    }),
    ("R3", |spec| {
        rewrite(spec, OPENAPI, "components:\n", "components:\n  schemas:\n    A: {type: string}\n");
    }),
    ("R4", |spec| {
        rewrite(spec, OPENAPI, "#/categories_item", "#/category");
    }),
    ("R4", |spec| {
        rewrite(spec, OPENAPI, "#/categories_collection", "#/categories");
    }),
    ("R4", |spec| rewrite(spec, OPENAPI, "#/live", "#/liveProbe")),
    ("R5", |spec| {
        rewrite(spec, PATHS, "\n  get:\n", "\n  parameters: []\n  get:\n");
    }),
    ("R5", |spec| {
        spec.document["paths"]["/health/live"]["parameters"] = json!([]);
    }),
    ("R6", |spec| {
        rewrite(spec, PATHS, "../shared/parameters.yaml#/IfMatch", "parameters.yaml#/IfMatch");
    }),
    ("R6", |spec| {
        rewrite(spec, SCHEMAS, "../shared/schemas.yaml#/Identifier", "../auth/paths.yaml#/login");
    }),
    ("R7", |spec| {
        rewrite(spec, SCHEMAS, "CategoryCreate:", "Unused: {type: string}\nCategoryCreate:");
    }),
    ("R7", |spec| spec.implied = spec.implied.replace("\"Forbidden\"", "None")),
    ("R77", |spec| {
        rewrite(
            spec,
            PATHS,
            "    responses:\n",
            "    responses:\n      '400':\n        $ref: ../shared/responses.yaml#/BadRequest\n",
        );
    }),
    ("R77", |spec| {
        rewrite(
            spec,
            PATHS,
            "        headers:\n",
            "        headers:\n          ETag:\n            $ref: ../shared/headers.yaml#/ETag\n",
        );
    }),
    ("R7", |spec| {
        spec.document["components"]["headers"]["Unused"] = json!({});
    }),
    ("R8", |spec| {
        rewrite(spec, SCHEMAS, "      $ref: ../shared", "      description: ignored\n      $ref: ../shared");
    }),
    ("R8", |spec| {
        rewrite(spec, SCHEMAS, "    $ref: '#/Category'", "    {$ref: '#/Category', nullable: true}");
    }),
    ("R9", |spec| {
        rewrite(spec, SCHEMAS, "type: object", "type: object ");
    }),
];

#[test]
fn every_rule_finds_its_planted_breach() {
    let plants = [
        LAYOUT,
        operations::PLANTS,
        authorization::PLANTS,
        responses::PLANTS,
        schemas::PLANTS,
        fuzzing::PLANTS,
    ];
    let rules: Vec<&Rule> = GROUPS.iter().copied().flatten().collect();
    let whole = Spec::read();
    let mut missed = Vec::new();
    for (index, (id, plant)) in plants.iter().copied().flatten().enumerate() {
        let mut spec = whole.clone();
        plant(&mut spec);
        let rule = rules.iter().find(|rule| rule.id == *id).expect("the plant names a rule");
        let before = (rule.breaches)(&whole).len();
        if (rule.breaches)(&spec).len() <= before {
            missed.push(format!("{id} (plant {index})"));
        }
    }
    assert!(missed.is_empty(), "these rules do not see what was planted for them: {missed:?}");
    let planted = |rule: &&&Rule| plants.iter().copied().flatten().any(|(id, _)| *id == rule.id);
    let unplanted: Vec<&str> = rules.iter().filter(|rule| !planted(rule)).map(|rule| rule.id).collect();
    assert!(unplanted.is_empty(), "these rules have no planted breach: {unplanted:?}");
}
