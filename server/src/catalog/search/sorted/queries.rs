//! SQL of lists that are sorted by a key, restricted by price or state, or counted by facets. There is a statement for each
//! combination of a source and a key; the other restrictions are compared for each row, by parameters that may be null.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::catalog::columns::PRODUCT_COLUMNS;
use crate::catalog::search::queries::COLLECTED;
use crate::platform::db::{Connection, DbError, total};

/// The index from which a statement reads its rows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Source {
    /// All listed products.
    Products,
    Owner,
    Category,
    Tag,
    Price,
    Words,
    SoldOut,
    /// Drafts or archived products of all users.
    Unlisted,
    /// Drafts or archived products of one user.
    UnlistedOfUser,
}

impl Source {
    const ALL: [Self; 9] = [
        Self::Products,
        Self::Owner,
        Self::Category,
        Self::Tag,
        Self::Price,
        Self::Words,
        Self::SoldOut,
        Self::Unlisted,
        Self::UnlistedOfUser,
    ];

    /// Returns `true` if the index has the rows in the order of their IDs.
    pub(super) fn is_sorted_by_id(self) -> bool {
        !matches!(self, Self::Price | Self::Words)
    }

    /// Returns the column with the ID of the product that the index has in order.
    fn id(self) -> &'static str {
        match self {
            Self::Category | Self::Tag | Self::SoldOut => "relation.product_id",
            _ => "product.id",
        }
    }

    /// Returns the rows in SQL, with the columns of the products that are compared. `of_index` is the parameter with the words
    /// for the text index.
    fn rows(self, of_index: &str) -> String {
        let products = "products as product where product.is_listed";
        let joined = |relations: String| relations.replacen(" where ", &format!("{PRODUCT} where "), 1);
        match self {
            Self::Category | Self::Tag => joined(self.walked()),
            Self::SoldOut => joined(self.walked()) + " and product.is_listed",
            Self::Price => format!("{products}{PRICES}"),
            // `is true` hides the whole condition from the index.
            Self::Words => format!(
                "{products} and product.search @@ {of_index}::text::tsquery and (product.search @@ {WORDS}) is true"
            ),
            Self::Products | Self::Owner | Self::Unlisted | Self::UnlistedOfUser => self.walked(),
        }
    }

    /// Returns the rows in SQL, with columns of the index alone.
    fn walked(self) -> String {
        let products = "products as product where product.is_listed";
        match self {
            Self::Products | Self::Price | Self::Words => products.to_owned(),
            Self::Owner => format!("{products} and product.owner_id = {OWNER}"),
            Self::Category => {
                format!(
                    "product_categories as relation where relation.category_id = {CATEGORY} and relation.is_listed"
                )
            }
            Self::Tag => {
                format!("product_tags as relation where relation.tag_id = {TAG} and relation.is_listed")
            }
            Self::SoldOut => "sold_out as relation where true".to_owned(),
            Self::Unlisted => format!("{UNLISTED} and product.state = $11::text"),
            Self::UnlistedOfUser => {
                format!("{UNLISTED} and product.owner_id = $10::bigint and product.state = $11::text")
            }
        }
    }
}

/// The value by which a list is sorted before the ID.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Key {
    /// No value: the list is sorted by the ID alone.
    Id,
    Price,
    Title,
    Rating,
    /// Rank of a product among the matches of the words.
    Rank,
}

impl Key {
    const ALL: [Self; 5] = [Self::Id, Self::Price, Self::Title, Self::Rating, Self::Rank];

    /// Returns the value in SQL.
    fn expression(self) -> String {
        match self {
            Self::Id => "product.id".to_owned(),
            Self::Price => "product.price".to_owned(),
            Self::Title => "product.title_key".to_owned(),
            Self::Rating => "product.rating_key".to_owned(),
            Self::Rank => format!("ts_rank(product.search, {WORDS})"),
        }
    }

    /// Returns the type of the value in SQL.
    fn kind(self) -> &'static str {
        match self {
            Self::Id | Self::Rating => "bigint",
            Self::Price => "numeric",
            Self::Title => "text collate pg_catalog.\"C\"",
            Self::Rank => "real",
        }
    }

    /// Returns a key before or behind those of all rows.
    pub(super) fn bound(self, is_last: bool) -> &'static str {
        match (self, is_last) {
            (Self::Title, false) => "",
            (Self::Title, true) => "\u{10ffff}\u{10ffff}",
            (_, false) => "-1",
            (Self::Id, true) => "9223372036854775807",
            (_, true) => "1000000000",
        }
    }
}

/// A way to find a page.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Way {
    /// Walks along the list from the edge of the page.
    Walk,
    /// Reads all rows of the source and sorts those that match.
    Collect,
}

/// A statement of this module.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Case {
    pub(super) way: Way,
    pub(super) source: Source,
    pub(super) key: Key,
    /// `true` if the page goes towards smaller keys and IDs.
    pub(super) is_backward: bool,
}

const OWNER: &str = "(select id from users where deleted_at is null and id = coalesce($1::bigint, \
    (select id from users where uuid = $2::uuid), \
    (select id from users where normal_form(username) = normal_form($3::text) and deleted_at is null)))";
const CATEGORY: &str =
    "(select id from categories where normal_form(name) = normal_form($4::text) and deleted_at is null)";
const TAG: &str =
    "(select id from tags where normal_form(name) = normal_form($5::text) and deleted_at is null)";
const WORDS: &str = "$9::text::tsquery";
const PRICES: &str =
    " and product.price >= coalesce($6::numeric, 0) and product.price <= coalesce($7::numeric, 100000000)";
const UNLISTED: &str = "products as product where product.deleted_at is null and product.state <> 'ACTIVE'";

/// Joins the products of relations. With `limit` it is a lookup for each row, never a join of two lists.
const PRODUCT: &str = " cross join lateral (
    select id, price, title_key, rating_key, search, owner_id, state, is_listed, tag_uuids, tag_names
    from products
    where id = relation.product_id
    limit 1
) as product";

/// Returns what a product of the source must have. A scalar subquery is looked up for each row; an `exists` may become a join
/// that reads all relations.
fn conditions(source: Source) -> String {
    let relation = |parameter: &str, table: &str, column: &str, value: &str| {
        format!(
            "({parameter}::text is null or (select true from {table} as held where held.product_id = product.id and held.{column} = {value}))"
        )
    };
    let category = relation("$4", "product_categories", "category_id", CATEGORY);
    let tag = relation("$5", "product_tags", "tag_id", TAG);
    // The source has only those that are sold out.
    let sold_out = match source {
        Source::SoldOut => "$8::boolean",
        _ => "(select true from sold_out where sold_out.product_id = product.id) is true",
    };
    format!(
        "
        ($1::bigint is null and $2::uuid is null and $3::text is null or product.owner_id = {OWNER})
        and {category}
        and {tag}
        and ($6::numeric is null or product.price >= $6::numeric)
        and ($7::numeric is null or product.price <= $7::numeric)
        and ($8::boolean is null or ({sold_out}) = $8::boolean)
        and ($9::text is null or product.search @@ {WORDS})
        and ($10::bigint is null or product.owner_id = $10::bigint)
        and ($11::text is null or product.state = $11::text)"
    )
}

static STATEMENTS: LazyLock<HashMap<Case, String>> = LazyLock::new(|| {
    let cases = Source::ALL.into_iter().flat_map(|source| {
        Key::ALL.into_iter().flat_map(move |key| {
            [Way::Walk, Way::Collect].into_iter().flat_map(move |way| {
                [false, true].into_iter().map(move |is_backward| Case { way, source, key, is_backward })
            })
        })
    });
    cases.filter(|case| case.is_possible()).map(|case| (case, case.compose())).collect()
});

static FACETS: LazyLock<HashMap<Source, String>> =
    LazyLock::new(|| Source::ALL.into_iter().map(|source| (source, facets(source))).collect());

/// Prices at which a band ends and the next one begins.
pub(super) const BANDS: [i64; 7] = [10, 25, 50, 100, 250, 500, 1000];

/// Returns the statements of all cases.
pub(in crate::catalog) fn composed() -> impl Iterator<Item = &'static str> {
    STATEMENTS.values().chain(FACETS.values()).map(String::as_str)
}

const COUNT_AVAILABLE: &str = r"-- catalog.count_available
select count(*)
from (
    select
    from products as product
    where product.is_listed and (select true from sold_out where sold_out.product_id = product.id) is null
    order by product.id
    limit 1001
) as reached";

/// Counts the listed products that are not sold out. 1,001 means more than 1,000.
pub(super) async fn count_available(db: &Connection) -> Result<i64, DbError> {
    db.query_opt(COUNT_AVAILABLE, &[]).await.map(total)
}

/// Returns the statement that counts by facets. Its parameters are the eleven of the conditions; then the words for the text
/// index if they are the source, or a maximum number of rows if the source is sorted by ID.
pub(super) fn facets_of(source: Source) -> &'static str {
    &FACETS[&source]
}

impl Case {
    /// Returns `true` if the index of the source has the rows in the order of the key, or they are sorted.
    fn is_possible(self) -> bool {
        match (self.way, self.key) {
            // Without any other source, all products are in the list, and a walk finds each page.
            (Way::Collect, _) => self.source != Source::Products,
            (Way::Walk, Key::Rank) => false,
            (Way::Walk, Key::Id) => self.source.is_sorted_by_id(),
            (Way::Walk, _) => self.source == Source::Products,
        }
    }

    /// Returns the statement. Its parameters are the eleven of the conditions: the owner (ID, UUID, name), the names of the
    /// category and the tag, the lowest and the highest price, whether the product is sold out, the words, the owner that
    /// the caller is limited to, and the state; then the key and the ID of the edge, limit and offset; and last the maximum
    /// number of rows of a walk, or the words for the text index if they are the source.
    pub(super) fn statement(self) -> &'static str {
        &STATEMENTS[&self]
    }

    fn compose(self) -> String {
        let (ordered, total) = match self.way {
            Way::Walk => (self.walk(), "null::bigint"),
            Way::Collect if self.key == Key::Rank => (self.rank(), "(select count(*) from found)"),
            Way::Collect => (self.collect(), "(select count(*) from matching)"),
        };
        let order = self.order("key", "id");
        format!(
            "{ordered},
page as materialized (
    select
        array_agg(id order by {order}) as page_ids,
        array_agg(key::text order by {order}) as page_keys,
        {total} as total
    from ordered
)
select {PRODUCT_COLUMNS}, page.page_keys[array_position(page.page_ids, id)] as page_key, page.total
from page
left join product_view on id = any(page.page_ids)
order by array_position(page.page_ids, id)"
        )
    }

    /// Returns the condition that a row comes after the edge.
    fn after_edge(self, key: &str, id: &str) -> String {
        let compares = if self.is_backward { "<" } else { ">" };
        match self.key {
            Key::Id => format!("{id} {compares} $13::bigint and $12::text is not null"),
            _ => format!("({key}, {id}) {compares} ($12::text::{}, $13::bigint)", self.key.kind()),
        }
    }

    fn order(self, key: &str, id: &str) -> String {
        let direction = if self.is_backward { " desc" } else { "" };
        match self.key {
            Key::Id => format!("{id}{direction}"),
            _ => format!("{key}{direction}, {id}{direction}"),
        }
    }

    // The index alone has the rows to walk along: else the planner, which expects the limit to be a tenth of them, would rather
    // sort the table. The products are looked up behind it.
    fn walk(self) -> String {
        let (id, walked, conditions) = (self.source.id(), self.source.walked(), conditions(self.source));
        let key = if self.key == Key::Id { id.to_owned() } else { self.key.expression() };
        let prices = if self.key == Key::Price { PRICES } else { "" };
        let listed = if self.source == Source::SoldOut { "product.is_listed and" } else { "" };
        let (edge, inner) = (self.after_edge(&key, id), self.order(&key, id));
        let outer = self.order("near.key", "near.id");
        format!(
            "-- catalog.walk_sorted_products
with ordered as materialized (
    select near.id, near.key
    from (
        select {id} as id, {key} as key
        from {walked}{prices} and {edge}
        order by {inner}
        limit $16::bigint
    ) as near
    cross join lateral (
        select id, price, owner_id, state, search, is_listed
        from products
        where id = near.id
        limit 1
    ) as product
    where {listed} {conditions}
    order by {outer}
    limit $14::bigint offset $15::bigint
)"
        )
    }

    // A rank is calculated for each match, so that their number is limited.
    fn rank(self) -> String {
        let (rows, conditions, key) =
            (self.source.rows("$16"), conditions(self.source), self.key.expression());
        let (edge, order) = (self.after_edge("key", "id"), self.order("key", "id"));
        format!(
            "-- catalog.rank_products
with found as materialized (
    select product.id, product.search
    from {rows} and {conditions}
),
matching as materialized (
    select product.id, {key} as key
    from (
        select id, search
        from found
        order by id desc
        limit {COLLECTED}
    ) as product
),
ordered as materialized (
    select id, key
    from matching
    where {edge}
    order by {order}
    limit $14::bigint offset $15::bigint
)"
        )
    }

    fn collect(self) -> String {
        let (rows, conditions, key) =
            (self.source.rows("$16"), conditions(self.source), self.key.expression());
        let (edge, order) = (self.after_edge("key", "id"), self.order("key", "id"));
        format!(
            "-- catalog.collect_sorted_products
with matching as materialized (
    select product.id, {key} as key
    from {rows} and {conditions}
),
ordered as materialized (
    select id, key
    from matching
    where {edge}
    order by {order}
    limit $14::bigint offset $15::bigint
)"
        )
    }
}

fn facets(source: Source) -> String {
    let conditions = conditions(source);
    // As for a walk, the index alone has the rows in order, so that reading ends with the last one that is counted.
    let rows = if source.is_sorted_by_id() {
        let (id, walked) = (source.id(), source.walked());
        let listed = if source == Source::SoldOut { "product.is_listed and" } else { "" };
        format!(
            "(
        select {id} as id
        from {walked}
        order by {id} desc
        limit $12::bigint
    ) as near
    cross join lateral (
        select id, price, owner_id, state, search, is_listed, tag_uuids, tag_names
        from products
        where id = near.id
        limit 1
    ) as product
    where {listed} {conditions}"
        )
    } else {
        format!("{} and {conditions}", source.rows("$12"))
    };
    let bands = BANDS.map(|price| price.to_string()).join(", ");
    format!(
        "-- catalog.count_facets
with matching as materialized (
    select product.id, product.price, product.tag_uuids, product.tag_names
    from {rows}
    limit {COLLECTED} + 1
),
found as materialized (
    select id, price, tag_uuids, tag_names
    from matching
    limit {COLLECTED}
),
categories_found as materialized (
    select category.id, category.name, held.count
    from (
        select relation.category_id, count(*) as count
        from found
        cross join lateral (
            select category_id from product_categories where product_id = found.id limit 1000
        ) as relation
        group by relation.category_id
    ) as held
    join categories as category on category.id = held.category_id and category.deleted_at is null
    order by held.count desc, category.id
    limit 20
),
tags_found as materialized (
    select tag.uuid, min(tag.name) as name, count(*) as count
    from found
    cross join lateral unnest(found.tag_uuids, found.tag_names) as tag (uuid, name)
    group by tag.uuid
    order by count desc, tag.uuid
    limit 20
),
prices_found as materialized (
    select width_bucket(price, array[{bands}]::numeric[]) as band, count(*) as count
    from found
    group by band
)
select
    (select count(*) from matching) as total,
    (select array_agg(id order by count desc, id) from categories_found) as category_ids,
    (select array_agg(name order by count desc, id) from categories_found) as category_names,
    (select array_agg(count order by count desc, id) from categories_found) as category_counts,
    (select array_agg(uuid order by count desc, uuid) from tags_found) as tag_uuids,
    (select array_agg(name order by count desc, uuid) from tags_found) as tag_names,
    (select array_agg(count order by count desc, uuid) from tags_found) as tag_counts,
    (select array_agg(band order by band) from prices_found) as bands,
    (select array_agg(count order by band) from prices_found) as band_counts"
    )
}
