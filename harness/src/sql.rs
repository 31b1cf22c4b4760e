//! The server's SQL as its sources write it.

use std::borrow::Cow;

/// Returns a statement with the columns of its row type in place of `{PRODUCT_COLUMNS}` and the like. `sources` are
/// searched for the declaration, `row!(PRODUCT_COLUMNS of ProductRow { id: i64, ... })`.
///
/// # Panics
/// Panics if no source declares the columns.
#[must_use]
pub fn with_columns<'a>(sql: &'a str, sources: &[&str]) -> Cow<'a, str> {
    let named = sql.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once("_COLUMNS}")?)));
    let Some((before, (resource, after))) = named else {
        return Cow::Borrowed(sql);
    };
    let declaration = format!("row!({resource}_COLUMNS of ");
    let declared = sources.iter().find_map(|source| source.split_once(&declaration));
    let (_, declared) = declared.unwrap_or_else(|| panic!("no source declares {resource}_COLUMNS"));
    let fields = declared.split_once('{').and_then(|(_, rest)| rest.split_once('}')).unwrap_or_default().0;
    let names: Vec<&str> =
        fields.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name.trim()).collect();
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
