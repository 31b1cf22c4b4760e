//! Facts shown by a single request and its response.

use std::collections::BTreeSet;

use agora_runtime::Operation;
use reqwest::Url;
use serde_json::Value;

use super::members::{self, Side};
use super::{Fact, Form, Outcome, Subject, body_schema, bounds, pairs, place_of, queries, schema};
use crate::spec;
use crate::spec::parameters;

/// A request and its response, which conforms to the contract.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// The method.
    pub method: &'a str,
    /// The path and the query.
    pub target: &'a str,
    /// The names and values of the request's headers.
    pub headers: Vec<(String, String)>,
    /// The request's body.
    pub body: &'a [u8],
    /// The response's status.
    pub status: u16,
    /// The names of the response's headers, in lower case.
    pub response_headers: Vec<String>,
    /// The response's body.
    pub response: &'a [u8],
}

impl Exchange<'_> {
    /// Returns the facts that the exchange shows. There are none for a request that matches no operation, nor for HEAD
    /// and OPTIONS, because the bodies of their responses are not checked against the contract.
    #[must_use]
    pub fn facts(&self) -> BTreeSet<Fact> {
        let operation =
            spec::operation(self.method, self.target).filter(|_| !["HEAD", "OPTIONS"].contains(&self.method));
        let Some(operation) = operation else { return BTreeSet::new() };
        let mut shown = vec![Subject::Called, Subject::Status(self.status)];
        self.answered(operation, &mut shown);
        let sent = self.query();
        let mut names = queries(operation);
        names.retain(|name| sent.iter().any(|(sent, _)| sent == name));
        shown.extend(pairs(&names));
        match self.status {
            200..300 | 304 => self.kept(operation, &mut shown),
            // A violated rule that only the database can check may be a conflict.
            400 | 409 => self.broken(operation, &mut shown),
            _ => {}
        }
        let fact = |what| Fact { operation: operation.id.to_owned(), what };
        shown.into_iter().map(fact).collect()
    }

    /// Records the code, the headers and the members of the response.
    fn answered(&self, operation: &Operation, shown: &mut Vec<Subject>) {
        let status = self.status;
        let header = |name: &String| Subject::Header { status, name: name.clone() };
        shown.extend(self.response_headers.iter().map(header));
        let response: Value = serde_json::from_slice(self.response).unwrap_or_default();
        if let Some(code) = response["error"]["code"].as_str() {
            shown.push(Subject::Code { status, code: code.to_owned() });
        }
        let documented = &spec::of_document(operation)["responses"][status.to_string()];
        let content = spec::resolved(documented)["content"].get("application/json");
        if let Some(content) = content.filter(|_| status < 300) {
            members::seen(&content["schema"], "body", &response, Side::Response(status), shown);
        }
    }

    fn kept(&self, operation: &Operation, shown: &mut Vec<Subject>) {
        let sent = self.parameters(operation);
        let is_sent = |parameter: &Value| sent.iter().any(|(known, _)| known["name"] == parameter["name"]);
        for parameter in parameters(operation).filter(|parameter| !is_sent(parameter)) {
            shown.push(Subject::Sent { place: place_of(parameter), form: Form::Absent });
        }
        for (parameter, text) in sent {
            let place = place_of(parameter);
            let value = schema::typed(&parameter["schema"], &text);
            bounds::kept(&parameter["schema"], &place, &value, shown);
            shown.push(Subject::Parameter { place: place.clone(), outcome: Outcome::Kept });
            if parameter["required"] == true {
                shown.push(keyword(&place, "required", Outcome::Kept));
            }
            schema::kept(&parameter["schema"], &place, &value, shown);
        }
        let body = body_schema(operation).zip(serde_json::from_slice::<Value>(self.body).ok());
        if let Some((schema, value)) = body {
            schema::kept(schema, "body", &value, shown);
            bounds::kept(schema, "body", &value, shown);
            members::seen(schema, "body", &value, Side::Request, shown);
        }
    }

    fn broken(&self, operation: &Operation, shown: &mut Vec<Subject>) {
        let response: Value = serde_json::from_slice(self.response).unwrap_or_default();
        let body: Value = serde_json::from_slice(self.body).unwrap_or_default();
        let sent = self.parameters(operation);
        let details = response["error"]["details"].as_object().into_iter().flatten();
        for (name, detail) in details {
            let fields = if name == "fields" { detail.as_object() } else { None };
            for (field, faults) in fields.into_iter().flatten() {
                let rules =
                    faults.as_array().into_iter().flatten().filter_map(|fault| fault["rule"].as_str());
                rules.for_each(|rule| self.fault(operation, (&body, &sent), (field, rule), shown));
            }
            // For FakeStore's clients, some details have the name of the rule.
            if let Some(schema) = body_schema(operation).filter(|_| name != "fields") {
                shown.extend(schema::ruled(schema, name));
            }
        }
    }

    /// Records the violation of one rule by one field, which is a member of the body or else a parameter.
    fn fault(
        &self,
        operation: &Operation,
        (body, parameters_sent): (&Value, &[(&'static Value, String)]),
        (field, rule): (&str, &str),
        shown: &mut Vec<Subject>,
    ) {
        let top = field.split('.').next().unwrap_or_default();
        let sent = |parameter: &&Value| parameter["name"] == field && (rule != schema::UNKNOWN);
        let parameter = parameters(operation).find(sent);
        let is_of_body = parameter.is_none() || body.get(top).is_some() || rule == "required";
        let place = body_schema(operation)
            .filter(|_| is_of_body)
            .and_then(|schema| schema::place_in(schema, field, rule))
            .filter(|_| rule != schema::UNKNOWN || has_member(body, field));
        if let Some(place) = place {
            let value = body.pointer(&format!("/{}", field.replace('.', "/")));
            let within = body_schema(operation).and_then(|schema| schema::schema_in(schema, field));
            if let (Some(schema), Some(value)) = (within, value) {
                shown.extend(bounds::broken(schema, &place, rule, value));
            }
            shown.push(keyword(&place, rule, Outcome::Broken));
        } else if let Some(parameter) = parameter {
            let place = place_of(parameter);
            let sent = parameters_sent.iter().find(|(known, _)| known["name"] == field);
            if let Some((_, text)) = sent {
                let value = schema::typed(&parameter["schema"], text);
                shown.extend(bounds::broken(&parameter["schema"], &place, rule, &value));
            }
            shown.push(Subject::Parameter { place: place.clone(), outcome: Outcome::Broken });
            shown.push(keyword(&place, rule, Outcome::Broken));
        } else if let Some(place) = Self::item(operation, field) {
            shown.push(Subject::Parameter { place: place.clone(), outcome: Outcome::Broken });
            shown.push(keyword(&format!("{place}.*"), rule, Outcome::Broken));
        } else if rule == schema::UNKNOWN && self.query().iter().any(|(name, _)| name == field) {
            shown.push(keyword("query", rule, Outcome::Broken));
        }
    }

    /// Returns the place of a list parameter if `field` is one of its items, such as `categoryIds.0`.
    fn item(operation: &Operation, field: &str) -> Option<String> {
        let (name, _) = field.split_once('.')?;
        parameters(operation).find(|parameter| parameter["name"] == name).map(place_of)
    }

    /// Returns the parameters that were sent, each with its text.
    fn parameters(&self, operation: &Operation) -> Vec<(&'static Value, String)> {
        let (query, path) = (self.query(), spec::path_values(operation, self.target));
        let text = |parameter: &Value| {
            let name = parameter["name"].as_str()?;
            let of = |pairs: &[(String, String)]| {
                let found = pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                found.map(|(_, text)| text.clone())
            };
            match parameter["in"].as_str()? {
                "path" => of(&path),
                "query" => of(&query),
                _ => of(&self.headers),
            }
        };
        parameters(operation).filter_map(|parameter| Some((parameter, text(parameter)?))).collect()
    }

    fn query(&self) -> Vec<(String, String)> {
        let url = Url::parse(&format!("http://host{}", self.target)).ok();
        url.iter()
            .flat_map(Url::query_pairs)
            .map(|(name, text)| (name.into_owned(), text.into_owned()))
            .collect()
    }
}

fn keyword(place: &str, word: &str, outcome: Outcome) -> Subject {
    Subject::Keyword { place: place.to_owned(), word: word.to_owned(), outcome }
}

fn has_member(body: &Value, field: &str) -> bool {
    body.pointer(&format!("/{}", field.replace('.', "/"))).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(method: &str, target: &str, status: u16, body: &Value, response: &Value) -> Vec<Subject> {
        let (body, response) = (body.to_string(), response.to_string());
        let (body, response) = (body.as_bytes(), response.as_bytes());
        let exchange = Exchange {
            method,
            target,
            headers: Vec::new(),
            body,
            status,
            response_headers: Vec::new(),
            response,
        };
        let plain = |what: &Subject| {
            matches!(
                what,
                Subject::Called | Subject::Status(_) | Subject::Parameter { .. } | Subject::Keyword { .. }
            )
        };
        exchange.facts().into_iter().map(|fact| fact.what).filter(plain).collect()
    }

    #[test]
    fn what_was_accepted_shows_what_it_kept_and_what_was_refused_what_it_broke() {
        let body = json!({"title": "a", "price": 1});
        let kept = shown("POST", "/api/products", 201, &body, &Value::Null);
        for word in ["maxLength", "required"] {
            assert!(kept.contains(&keyword("body.title", word, Outcome::Kept)), "{kept:?}");
        }
        assert!(kept.contains(&keyword("body.price", "multipleOf", Outcome::Kept)));
        assert!(!kept.contains(&keyword("body.price", "pattern", Outcome::Kept)), "a number has no pattern");
        let reported = json!({"price": [{"rule": "type"}], "odd": [{"rule": "unknown"}]});
        let response = json!({"error": {"details": {"fields": reported}}});
        let body = json!({"price": true, "odd": 1});
        let broken = shown("POST", "/api/v1/products", 400, &body, &response);
        let place = |place, word| keyword(place, word, Outcome::Broken);
        let expected = [place("body", "unknown"), place("body.price", "type")];
        assert_eq!(broken, [&[Subject::Called, Subject::Status(400)][..], &expected].concat());
        let reported = json!({"error": {"details": {"fields": {"page": [{"rule": "minimum"}]}}}});
        let broken = shown("GET", "/api/v1/products?page=0", 400, &Value::Null, &reported);
        assert!(
            broken.contains(&Subject::Parameter { place: "query.page".to_owned(), outcome: Outcome::Broken })
        );
        assert!(broken.contains(&keyword("query.page", "minimum", Outcome::Broken)));
        assert!(shown("GET", "/nothing", 404, &Value::Null, &Value::Null).is_empty());
    }
}
