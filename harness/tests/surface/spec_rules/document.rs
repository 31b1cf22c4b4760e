//! The bundled document and its source files, with the queries that the rules share.

use agora_runtime::Operation;
use serde_json::Value;

use super::repository::{self, File};

/// Input of the rules.
#[derive(Clone)]
pub(crate) struct Spec {
    /// The bundled document, `generated/contract.json`.
    pub(crate) document: Value,
    /// The YAML files under `spec/`, without the torture spec and the settings of the generators.
    pub(crate) files: Vec<File>,
    /// The text of `spec/implied.py`, which adds shared responses and headers to operations.
    pub(crate) implied: String,
    /// The generated table of operations.
    pub(crate) table: &'static [&'static Operation],
}

/// An operation of the document.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    spec: &'a Spec,
    /// Template of the path.
    pub(crate) path: &'a str,
    /// Method in upper case.
    pub(crate) method: &'static str,
    /// The operation object.
    pub(crate) text: &'a Value,
}

/// Keys of a path item that are operations, and their methods.
pub(crate) const METHODS: [(&str, &str); 7] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
];

impl Spec {
    pub(crate) fn read() -> Self {
        let document = repository::text("generated/contract.json");
        let mut files = repository::files("spec", &[".yaml", ".yml"]);
        let foreign = ["spec/torture/", "spec/templates/", "spec/generator.yaml", "spec/client.yaml"];
        files.retain(|file| !foreign.iter().any(|start| file.path.starts_with(start)));
        Self {
            document: serde_json::from_str(&document).expect("generated/contract.json is JSON"),
            files,
            implied: repository::text("spec/implied.py"),
            table: agora_api::OPERATIONS,
        }
    }

    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        for (path, item) in members(&self.document["paths"]) {
            for (key, method) in METHODS {
                if let Some(text) = item.get(key) {
                    entries.push(Entry { spec: self, path, method, text });
                }
            }
        }
        entries
    }

    /// Follows references until it reaches a value. Returns other values unchanged.
    pub(crate) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
        target.and_then(|pointer| self.document.pointer(pointer)).map_or(value, |found| self.resolved(found))
    }
}

impl<'a> Entry<'a> {
    pub(crate) fn id(&self) -> &'a str {
        self.text["operationId"].as_str().unwrap_or_default()
    }

    /// Returns the operation's name in reports.
    pub(crate) fn name(&self) -> String {
        format!("{} {} ({})", self.method, self.path, self.id())
    }

    pub(crate) fn tag(&self) -> &'a str {
        self.text["tags"][0].as_str().unwrap_or_default()
    }

    /// Returns an extension of the operation, or else that of its tag.
    pub(crate) fn extension(&self, key: &str) -> &'a Value {
        self.text.get(key).unwrap_or_else(|| {
            let tag = items(&self.spec.document["tags"]).find(|tag| tag["name"] == self.tag());
            tag.map_or(&Value::Null, |tag| &tag[key])
        })
    }

    pub(crate) fn who(&self) -> &'a str {
        self.extension("x-authz")["who"].as_str().unwrap_or_default()
    }

    pub(crate) fn is_public(&self) -> bool {
        self.who() == "public"
    }

    pub(crate) fn rate_limit(&self) -> &'a str {
        self.extension("x-rate-limit").as_str().unwrap_or_default()
    }

    pub(crate) fn round_trips(&self) -> u64 {
        self.extension("x-budget")["sql_round_trips"].as_u64().unwrap_or_default()
    }

    pub(crate) fn is_write(&self) -> bool {
        !["GET", "HEAD", "OPTIONS"].contains(&self.method)
    }

    /// Returns the alternatives of `security`. Those of the document apply to operations without their own.
    pub(crate) fn security(&self) -> Vec<&'a Value> {
        items(self.text.get("security").unwrap_or(&self.spec.document["security"])).collect()
    }

    pub(crate) fn parameters(&self) -> Vec<&'a Value> {
        items(&self.text["parameters"]).map(|parameter| self.spec.resolved(parameter)).collect()
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&'a Value> {
        self.parameters().into_iter().find(|parameter| parameter["name"] == name)
    }

    pub(crate) fn body(&self) -> Option<&'a Value> {
        self.text.get("requestBody").map(|body| self.spec.resolved(body))
    }

    /// Returns the responses, each with its status.
    pub(crate) fn responses(&self) -> Vec<(&'a str, &'a Value)> {
        let resolved =
            |(status, response): (&'a String, &'a Value)| (status.as_str(), self.spec.resolved(response));
        members(&self.text["responses"]).map(resolved).collect()
    }

    pub(crate) fn response(&self, status: &str) -> Option<&'a Value> {
        self.responses().into_iter().find(|(known, _)| *known == status).map(|(_, response)| response)
    }

    pub(crate) fn successes(&self) -> Vec<(&'a str, &'a Value)> {
        self.responses().into_iter().filter(|(status, _)| status.starts_with('2')).collect()
    }

    /// Returns the schema of the 200 response if the operation is a GET of a list: an array, or an object with one
    /// page of an array.
    pub(crate) fn list(&self) -> Option<&'a Value> {
        let content = &self.response("200").filter(|_| self.method == "GET")?["content"];
        let schema = self.spec.resolved(&members(content).next()?.1["schema"]);
        let page = |member: &str| self.spec.resolved(&schema["properties"][member])["type"] == "array";
        (schema["type"] == "array" || page("results") || page("data")).then_some(schema)
    }
}

/// Returns the items of a list. Any other value has none.
pub(crate) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Returns the members of an object. Any other value has none.
pub(crate) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Applies a rule to every operation, and returns its breaches with the operations' names.
pub(crate) fn of_each(spec: &Spec, rule: impl Fn(&Entry<'_>) -> Vec<String>) -> Vec<String> {
    let named = |entry: Entry<'_>| {
        let name = entry.name();
        rule(&entry).into_iter().map(move |breach| format!("{name}: {breach}")).collect::<Vec<_>>()
    };
    spec.entries().into_iter().flat_map(named).collect()
}

/// Returns the breach unless the rule is kept.
pub(crate) fn unless(kept: bool, breach: impl Into<String>) -> Vec<String> {
    if kept { Vec::new() } else { vec![breach.into()] }
}
