//! The server's SQL by label, from its sources or as it composes it, so that the compared statements cannot diverge.

use std::borrow::Cow;

use agora_harness::sql::with_columns;

const SOURCES: [&str; 10] = [
    include_str!("../../../../../server/src/credentials/queries.rs"),
    include_str!("../../../../../server/src/carts/queries.rs"),
    include_str!("../../../../../server/src/catalog/columns.rs"),
    include_str!("../../../../../server/src/catalog/queries.rs"),
    include_str!("../../../../../server/src/catalog/category/queries.rs"),
    include_str!("../../../../../server/src/orders/queries.rs"),
    include_str!("../../../../../server/src/platform/writes/idempotency.rs"),
    include_str!("../../../../../server/src/users/queries.rs"),
    include_str!("../../../../../server/src/users/columns.rs"),
    include_str!("../../../../../server/src/users/login/queries.rs"),
];

/// Statements that the write boundary sends before the first statement of a change, for the user of the benchmark.
pub const BEGIN: [&str; 4] = [
    "begin",
    "set local agora.actor = 'user:1'",
    "set local agora.tenant = '019b8d7d-f1c0-7100-8000-000000000001'",
    "set local agora.request_id = '019b8d7d-f1c0-7100-8000-000000000002'",
];

/// Returns the statement with a label such as `catalog.find_product`, up to its closing quote, with its columns. Of a
/// statement with several cases it is the simplest.
pub fn statement(label: &str) -> Result<&'static str, String> {
    let line = format!("-- {label}\n");
    let composed = agora::composed_statements().filter(|sql| sql.starts_with(&line));
    if let Some(simplest) = composed.min_by_key(|sql| (sql.matches('$').count(), sql.len())) {
        return Ok(simplest);
    }
    let found = SOURCES.iter().find_map(|source| source.find(&line).map(|start| &source[start..]));
    let text =
        found.and_then(|text| text.split_once('"')).map(|(text, _)| match with_columns(text, &SOURCES) {
            Cow::Borrowed(sql) => sql,
            // Each label is asked for once.
            Cow::Owned(sql) => sql.leak(),
        });
    text.ok_or_else(|| format!("no queries.rs has a statement labelled {label}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_cut_out_whole() {
        for label in [
            "catalog.find_product",
            "catalog.list_products",
            "carts.delete_lines",
            "users.find_by_login",
            "credentials.insert_session",
        ] {
            let sql = statement(label).expect("is there");
            assert!(sql.starts_with(&format!("-- {label}\n")) && !sql.contains("const "), "{sql}");
        }
        assert!(statement("catalog.list_products").is_ok_and(|sql| sql.contains("product.id > $1")));
        assert!(statement("catalog.count_products").is_ok_and(|sql| !sql.contains('$')));
        assert!(statement("carts.delete_lines").is_ok_and(|sql| sql.ends_with("any($2::bigint[])")));
        // Only whole labels match: this is a prefix of another.
        assert!(statement("catalog.find_prod").is_err());
    }
}
