//! SQL of the lists of products. Each case has its own statement, composed from shared parts, so that PostgreSQL plans it once
//! and runs only what the case needs.

use std::collections::HashMap;
use std::sync::LazyLock;

use agora_runtime::UserRef;
use uuid::Uuid;

use crate::catalog::columns::PRODUCT_COLUMNS;
use crate::catalog::search::statistics::Statistics;
use crate::platform::db::{Connection, DbError};
use crate::platform::pagination::{EXACT_FILTERED, MAX_OFFSET};

/// Number of matches that [`Way::Index`] and [`Way::Scan`] collect at most.
pub(super) const COLLECTED: i64 = 10_000;

/// A way to find a page.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Way {
    /// The next rows of a list without words, by its index, with the number of rows on request.
    Page,
    /// Only the number of rows of a list without words.
    Count,
    /// The next rows that match: walks along the list from the page's edge. Good for words that many products have.
    Walk,
    /// All matches, through the text index: good for words that few products have. No page if there are too many.
    Index,
    /// All matches, by reading the whole list: good for common words in a short list. No page if there are too many.
    Scan,
}

/// A statement of this module.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Case {
    pub(super) way: Way,
    pub(super) of_category: bool,
    pub(super) of_tag: bool,
    pub(super) of_owner: bool,
    /// `true` if the walk goes towards smaller ids.
    pub(super) is_backward: bool,
}

static STATEMENTS: LazyLock<HashMap<Case, String>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for way in [Way::Page, Way::Count, Way::Walk, Way::Index, Way::Scan] {
        for flags in 0..16_u8 {
            let [of_category, of_tag, of_owner, is_backward] =
                [0, 1, 2, 3].map(|bit| flags & (1 << bit) != 0);
            let case = Case { way, of_category, of_tag, of_owner, is_backward };
            all.insert(case, case.compose());
        }
    }
    all
});

/// Returns the statements of all cases.
pub(in crate::catalog) fn composed() -> impl Iterator<Item = &'static str> {
    STATEMENTS.values().map(String::as_str)
}

/// A list: its rows in SQL, and the column with the id of the product.
struct Source {
    rows: String,
    id: &'static str,
}

/// The parameters of a statement, numbered in the order in which they are asked for.
#[derive(Default)]
struct Slots(u8);

impl Slots {
    fn next(&mut self, kind: &str) -> String {
        self.0 += 1;
        format!("${}::{kind}", self.0)
    }
}

impl Case {
    /// Returns the statement. Its parameters are those that the case has of: the owner (id, UUID, name), the name of the
    /// category, the name of the tag, the words, those for the text index, the maximum number of rows of a walk, the edge,
    /// limit and offset of the page, and whether to count.
    pub(super) fn statement(self) -> &'static str {
        &STATEMENTS[&self]
    }

    fn compose(self) -> String {
        let mut slots = Slots::default();
        let source = self.source(&mut slots);
        match self.way {
            Way::Page => self.page(&source, &mut slots),
            Way::Count => format!(
                "-- catalog.count_products
select {} as total",
                self.count(&source)
            ),
            Way::Walk => self.walk(&source, &mut slots),
            Way::Index | Way::Scan => self.collect(&source, &mut slots),
        }
    }

    /// Returns the list of the case. Words are not part of it.
    fn source(self, slots: &mut Slots) -> Source {
        let owner = self.of_owner.then(|| {
            let (id, uuid, name) = (slots.next("bigint"), slots.next("uuid"), slots.next("text"));
            format!(
                "(select id from users where deleted_at is null and id = coalesce({id}, \
                 (select id from users where uuid = {uuid}), \
                 (select id from users where normal_form(username) = normal_form({name}) and deleted_at is null)))"
            )
        });
        let category = self.of_category.then(|| {
            let name = slots.next("text");
            format!(
                "(select id from categories where normal_form(name) = normal_form({name}) and deleted_at is null)"
            )
        });
        let tag = self.of_tag.then(|| {
            let name = slots.next("text");
            format!(
                "(select id from tags where normal_form(name) = normal_form({name}) and deleted_at is null)"
            )
        });
        // Each source has an index with its rows in order. What else a product must have is looked up for each row.
        let (rows, id, category) = match (&owner, &tag, category) {
            (None, Some(tag), category) if self.way != Way::Index => (
                format!(
                    "{} where relation.tag_id = {tag} and relation.is_listed",
                    self.relations("product_tags")
                ),
                "relation.product_id",
                category,
            ),
            (None, None, Some(category)) if self.way != Way::Index => (
                format!(
                    "{} where relation.category_id = {category} and relation.is_listed",
                    self.relations("product_categories")
                ),
                "relation.product_id",
                None,
            ),
            (owner, _, category) => {
                let owner = owner.as_ref().map(|owner| format!(" and product.owner_id = {owner}"));
                let tag = tag.as_ref().map(|tag| has("product_tags", "tag_id", tag, "product.id"));
                let more = owner.unwrap_or_default() + &tag.unwrap_or_default();
                (format!("products as product where product.is_listed{more}"), "product.id", category)
            }
        };
        let category = category.map(|category| has("product_categories", "category_id", &category, id));
        Source { rows: rows + &category.unwrap_or_default(), id }
    }

    /// Returns a table of relations of products, with the words of each product if they are compared.
    fn relations(self, table: &str) -> String {
        format!("{table} as relation{}", if self.has_words() { WORDS_OF_RELATION } else { "" })
    }

    fn has_words(self) -> bool {
        !matches!(self.way, Way::Page | Way::Count)
    }

    fn compares(self) -> &'static str {
        if self.is_backward { "<" } else { ">" }
    }

    fn direction(self) -> &'static str {
        if self.is_backward { " desc" } else { "" }
    }

    // The order makes the planner use the index of the list. It would expect to reach the limit soon without it.
    fn count(self, Source { rows, id }: &Source) -> String {
        if self.of_category || self.of_tag || self.of_owner {
            return format!(
                "(select count(*) from (select from {rows} order by {id} limit {EXACT_FILTERED} + 1) as reached)"
            );
        }
        format!(
            "(
    select case
        when counted.count <= {MAX_OFFSET} then counted.count
        else greatest(counted.count, (select reltuples::bigint from pg_class where oid = 'products'::regclass))
    end
    from (select count(*) from (select from {rows} limit {MAX_OFFSET} + 1) as reached) as counted
)"
        )
    }

    // `any(array(..))` is one lookup by ids. In a join, the planner would expect a tenth of the table.
    fn page(self, source: &Source, slots: &mut Slots) -> String {
        let (edge, limit, offset) = (slots.next("bigint"), slots.next("bigint"), slots.next("bigint"));
        let counts = slots.next("boolean");
        let (Source { rows, id }, compares, direction) = (source, self.compares(), self.direction());
        let count = self.count(source);
        format!(
            "-- catalog.list_products
select {PRODUCT_COLUMNS}, case when {counts} then {count} end as total
from product_view
where id = any(array(
    select {id} from {rows} and {id} {compares} {edge}
    order by {id}{direction} limit {limit} offset {offset}
))
order by id{direction}"
        )
    }

    fn walk(self, source: &Source, slots: &mut Slots) -> String {
        let (words, most) = (slots.next("text"), slots.next("bigint"));
        let (edge, limit, offset) = (slots.next("bigint"), slots.next("bigint"), slots.next("bigint"));
        let (Source { rows, id }, compares, direction) = (source, self.compares(), self.direction());
        format!(
            "-- catalog.search_products_along_list
select {PRODUCT_COLUMNS}
from product_view
where id = any(array(
    select near.id
    from (
        select {id} as id, product.search from {rows} and {id} {compares} {edge}
        order by {id}{direction} limit {most}
    ) as near
    where near.search @@ {words}::tsquery
    order by near.id{direction} limit {limit} offset {offset}
))
order by id{direction}"
        )
    }

    // A materialized query is planned as if all of its rows were read, so that the plan does not depend on the limit.
    fn collect(self, source: &Source, slots: &mut Slots) -> String {
        let words = slots.next("text");
        // `is true` hides the whole condition from the index.
        let matches = if self.way == Way::Index {
            let indexed = slots.next("text");
            format!("product.search @@ {indexed}::tsquery and (product.search @@ {words}::tsquery) is true")
        } else {
            format!("product.search @@ {words}::tsquery")
        };
        let (edge, limit, offset) = (slots.next("bigint"), slots.next("bigint"), slots.next("bigint"));
        let (Source { rows, id }, compares, direction) = (source, self.compares(), self.direction());
        format!(
            "-- catalog.collect_products
with matching as materialized (
    select {id} as id from {rows} and {matches}
),
found as materialized (select id from matching limit {COLLECTED} + 1),
counted as materialized (select count(*) as total from found)
select {PRODUCT_COLUMNS}, total
from counted
left join product_view on total <= {COLLECTED} and id = any(array(
    select found.id from found where found.id {compares} {edge}
    order by found.id{direction} limit {limit} offset {offset}
))
order by id{direction}"
        )
    }
}

/// Returns the condition that a product has a relation. A scalar subquery is looked up for each row; an `exists` may become
/// a join that reads all relations.
fn has(table: &str, column: &str, value: &str, product: &str) -> String {
    format!(
        " and (select true from {table} as held where held.product_id = {product} and held.{column} = {value})"
    )
}

/// Joins the words of the products of a category. With `limit` it is a lookup for each row, never a join of two lists.
const WORDS_OF_RELATION: &str =
    " cross join lateral (select search from products where id = relation.product_id limit 1) as product";

const READ_STATISTICS: &str = r"-- catalog.read_statistics
select
    greatest((select reltuples from pg_class where oid = 'products'::regclass), 0)::double precision as products,
    common.words,
    common.shares,
    large.names as categories,
    large.counts as category_counts,
    tagged.names as tags,
    tagged.counts as tag_counts,
    many.ids as owner_ids,
    many.uuids as owner_uuids,
    many.names as owner_names,
    many.counts as owner_counts,
    greatest((select reltuples from pg_class where oid = 'sold_out'::regclass), 0)::double precision as sold_out,
    stated.names as states,
    stated.counts as state_counts,
    priced.bounds as prices,
    priced.common as common_prices,
    priced.shares as common_price_shares
from
    (
        select array_agg(word.text) as words, array_agg(word.share::double precision) as shares
        from pg_stats
        cross join lateral unnest(most_common_elems::text::text[], most_common_elem_freqs) as word (text, share)
        where schemaname = current_schema and tablename = 'products' and attname = 'search' and word.text is not null
    ) as common
    cross join (
        select array_agg(normal_form(category.name)) as names,
            array_agg(value.share * relation.reltuples) as counts
        from pg_stats
        cross join lateral unnest(most_common_vals::text::bigint[], most_common_freqs) as value (id, share)
        join categories as category on category.id = value.id and category.deleted_at is null
        cross join (select reltuples::double precision from pg_class where oid = 'product_categories'::regclass) as relation
        where schemaname = current_schema and tablename = 'product_categories' and attname = 'category_id'
    ) as large
    cross join (
        select array_agg(normal_form(tag.name)) as names, array_agg(value.share * relation.reltuples) as counts
        from pg_stats
        cross join lateral unnest(most_common_vals::text::bigint[], most_common_freqs) as value (id, share)
        join tags as tag on tag.id = value.id and tag.deleted_at is null
        cross join (select reltuples::double precision from pg_class where oid = 'product_tags'::regclass) as relation
        where schemaname = current_schema and tablename = 'product_tags' and attname = 'tag_id'
    ) as tagged
    cross join (
        select array_agg(owner.id) as ids, array_agg(owner.uuid) as uuids, array_agg(normal_form(owner.username)) as names,
            array_agg(value.share * relation.reltuples) as counts
        from pg_stats
        cross join lateral unnest(most_common_vals::text::bigint[], most_common_freqs) as value (id, share)
        join users as owner on owner.id = value.id and owner.deleted_at is null
        cross join (select reltuples::double precision from pg_class where oid = 'products'::regclass) as relation
        where schemaname = current_schema and tablename = 'products' and attname = 'owner_id'
    ) as many
    cross join (
        select array_agg(value.state) as names, array_agg(value.share * relation.reltuples) as counts
        from pg_stats
        cross join lateral unnest(most_common_vals::text::text[], most_common_freqs) as value (state, share)
        cross join (select reltuples::double precision from pg_class where oid = 'products'::regclass) as relation
        where schemaname = current_schema and tablename = 'products' and attname = 'state'
    ) as stated
    cross join (
        select
            max(histogram_bounds::text)::double precision[] as bounds,
            max(most_common_vals::text)::double precision[] as common,
            max(most_common_freqs::text)::double precision[] as shares
        from pg_stats
        where schemaname = current_schema and tablename = 'products' and attname = 'price'
    ) as priced";

/// Reads the statistics of the products.
pub(super) async fn read_statistics(db: &Connection) -> Result<Statistics, DbError> {
    let Some(row) = db.query_opt(READ_STATISTICS, &[]).await? else { return Ok(Statistics::default()) };
    let texts = |name: &str| row.get::<_, Option<Vec<String>>>(name).unwrap_or_default();
    let numbers = |name: &str| row.get::<_, Option<Vec<f64>>>(name).unwrap_or_default();
    let ids = row.get::<_, Option<Vec<i64>>>("owner_ids").unwrap_or_default().into_iter().map(UserRef::Id);
    let uuids =
        row.get::<_, Option<Vec<Uuid>>>("owner_uuids").unwrap_or_default().into_iter().map(UserRef::Uuid);
    let names = texts("owner_names").into_iter().map(UserRef::Name);
    let counts = numbers("owner_counts");
    let counted = |count: usize| counts.iter().copied().cycle().take(count * counts.len());
    let owners = ids.chain(uuids).chain(names).zip(counted(3)).collect();
    let mut words: Vec<(String, f64)> = texts("words").into_iter().zip(numbers("shares")).collect();
    words.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(Statistics {
        products: row.get("products"),
        words,
        categories: texts("categories").into_iter().zip(numbers("category_counts")).collect(),
        tags: texts("tags").into_iter().zip(numbers("tag_counts")).collect(),
        owners,
        sold_out: row.get("sold_out"),
        states: texts("states").into_iter().zip(numbers("state_counts")).collect(),
        prices: numbers("prices"),
        common_prices: numbers("common_prices").into_iter().zip(numbers("common_price_shares")).collect(),
    })
}
