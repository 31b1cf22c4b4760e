//! Row types whose columns stand once.

/// Declares a row type and the constant with its columns, `row!(PRODUCT_COLUMNS of ProductRow { id: i64, ... })`.
///
/// A statement selects the constant, and `from_row` reads the columns in the same order, by position: looking them up by
/// name would be a quarter of the cost of reading a page. A column that the view lacks fails when the statement is
/// prepared, which a test does with all of them. A field that nothing reads fails to compile.
macro_rules! row {
    ($columns:ident of $row:ident { $first:ident: $first_type:ty $(, $name:ident: $type:ty)* $(,)? }) => {
        /// Columns that a statement selects for a row.
        pub(super) const $columns: &str = concat!(stringify!($first) $(, ", ", stringify!($name))*);

        struct $row {
            $first: $first_type,
            $($name: $type),*
        }

        impl $row {
            fn from_row(row: &$crate::platform::db::Row) -> Self {
                let mut columns = 0..row.len();
                let mut next = || columns.next().unwrap_or(row.len());
                Self { $first: row.get(next()), $($name: row.get(next())),* }
            }
        }
    };
}
pub(crate) use row;
