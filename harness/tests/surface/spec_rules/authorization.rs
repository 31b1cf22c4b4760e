//! Rules for authorization: permitted callers, their credentials, and rate limits.

use serde_json::{Value, json};

use super::Rule;
use super::document::{Spec, members, of_each, unless};

pub(crate) const RULES: &[Rule] = &[
    Rule { id: "R25", breaches: authorization_has_known_words },
    Rule { id: "R26", breaches: scopes_follow_methods },
    Rule { id: "R27", breaches: security_agrees_with_authorization },
    Rule { id: "R28", breaches: alternatives_name_one_scheme },
    Rule { id: "R29", breaches: public_writes_are_counted_strictly },
    Rule { id: "R30", breaches: rate_limits_have_known_words },
];

fn authorization_has_known_words(spec: &Spec) -> Vec<String> {
    const WHO: [&str; 6] = ["public", "user", "client", "owner", "staff", "admin"];
    of_each(spec, |entry| {
        let authz = entry.extension("x-authz");
        let is_known = WHO.contains(&entry.who()) && (authz["scope"] == "read" || authz["scope"] == "write");
        let is_kept = |key: &str, value: Value, who: &str| {
            authz
                .get(key)
                .is_none_or(|reported| *reported == value && entry.who() == who && entry.path.contains('{'))
        };
        let is_kept = is_kept("own", json!(true), "user")
            && is_kept("closed", json!("owner"), "public")
            && is_kept("hidden", json!(true), "owner");
        unless(is_known && is_kept, format!("x-authz is {authz}"))
    })
}

fn scopes_follow_methods(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let scope = if entry.is_write() { "write" } else { "read" };
        unless(
            entry.is_public() || entry.extension("x-authz")["scope"] == scope,
            format!("its scope is not {scope}"),
        )
    })
}

fn security_agrees_with_authorization(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let security = entry.security();
        let is_optional = security.iter().any(|alternative| members(alternative).next().is_none());
        let has_bearer = security.iter().any(|alternative| alternative.get("bearer").is_some());
        let agrees = match entry.who() {
            // Some tools read only the first alternative, so it must name a way to sign in.
            "public" => {
                security.is_empty()
                    || is_optional && security.len() > 1 && members(security[0]).next().is_some()
            }
            "client" => !security.is_empty() && !is_optional,
            _ => has_bearer && !is_optional,
        };
        unless(agrees, format!("x-authz.who is {}, security is {security:?}", entry.who()))
    })
}

fn alternatives_name_one_scheme(spec: &Spec) -> Vec<String> {
    let schemes = &spec.document["components"]["securitySchemes"];
    of_each(spec, |entry| {
        let mut breaches = Vec::new();
        for alternative in entry.security() {
            let is_known = members(alternative).all(|(scheme, _)| schemes.get(scheme).is_some());
            breaches.extend(unless(is_known && members(alternative).count() <= 1, format!("{alternative}")));
        }
        breaches
    })
}

fn public_writes_are_counted_strictly(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let is_kept = !entry.is_write() || !entry.is_public() || entry.rate_limit() == "credentials";
        unless(is_kept, format!("anybody may call it, and x-rate-limit is {}", entry.rate_limit()))
    })
}

fn rate_limits_have_known_words(spec: &Spec) -> Vec<String> {
    of_each(spec, |entry| {
        let (class, is_admin) = (entry.rate_limit(), entry.path.starts_with("/admin/v1/"));
        let is_kept = match class {
            "none" | "public" => !is_admin,
            "credentials" => true,
            "admin" => is_admin && entry.who() == "admin",
            _ => false,
        };
        unless(is_kept, format!("x-rate-limit is {class}, x-authz.who {}", entry.who()))
    })
}
