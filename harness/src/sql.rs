//! The server's SQL as its sources write it.

use std::borrow::Cow;

/// Returns the names and the Rust types of the columns that a statement selects as `{PRODUCT_COLUMNS}` or the like.
/// `sources` are searched for the declaration, `row!(PRODUCT_COLUMNS of ProductRow { ... })`, with a field a line. Returns
/// `None` if the statement lists its columns itself.
///
/// # Panics
/// Panics if no source declares the columns.
#[must_use]
pub fn declared_columns<'a>(sql: &str, sources: &[&'a str]) -> Option<Vec<(&'a str, &'a str)>> {
    let resource = sql.split_once('{')?.1.split_once("_COLUMNS}")?.0;
    let declaration = format!("row!({resource}_COLUMNS of ");
    let declared = sources.iter().find_map(|source| source.split_once(&declaration));
    let (_, declared) = declared.unwrap_or_else(|| panic!("no source declares {resource}_COLUMNS"));
    let fields = declared.split_once('{').and_then(|(_, rest)| rest.split_once('}')).unwrap_or_default().0;
    let columns = fields.lines().filter_map(|line| line.trim().trim_end_matches(',').split_once(": "));
    Some(columns.collect())
}

/// Returns a statement with the columns of its row type in place of their name, which it has at most once.
///
/// # Panics
/// As [`declared_columns`].
#[must_use]
pub fn with_columns<'a>(sql: &'a str, sources: &[&str]) -> Cow<'a, str> {
    let Some(columns) = declared_columns(sql, sources) else {
        return Cow::Borrowed(sql);
    };
    let (before, rest) = sql.split_once('{').unwrap_or_default();
    let (_, after) = rest.split_once("_COLUMNS}").unwrap_or_default();
    let names: Vec<&str> = columns.into_iter().map(|(name, _)| name).collect();
    Cow::Owned(format!("{before}{}{after}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_put_where_their_name_stands() {
        let source = "row!(A_COLUMNS of A {\n    id: i64,\n    names: Option<Vec<String>>,\n});";
        assert_eq!(with_columns("select {A_COLUMNS}\nfrom a", &["", source]), "select id, names\nfrom a");
        assert_eq!(with_columns("select '{}'", &[source]), "select '{}'");
    }

    #[test]
    #[should_panic(expected = "no source declares B_COLUMNS")]
    fn columns_that_nothing_declares_are_reported() {
        let _ = with_columns("select {B_COLUMNS}", &[""]);
    }
}
