//! The lists of products and their search: which statement finds a page, and how many rows the list has.

use agora_runtime::UserRef;
use uuid::Uuid;

use crate::catalog::columns::{product, products};
use crate::catalog::model::Product;
use crate::catalog::search::model::{Filter, Words};
use crate::catalog::search::queries::{COLLECTED, Case, Way};
use crate::catalog::search::statistics::Statistics;
use crate::platform::db::{Connection, DbError, Param, Params, Row, total};
use crate::platform::pagination::{EXACT_FILTERED, Keyset, Total};

/// Number of expected matches up to which they are all collected, so that the count is exact although the expectation is
/// only an estimate.
pub(super) const FEW: f64 = 4.0 * EXACT_FILTERED as f64;
/// Number of rows by which a walk may exceed four times the expected one.
pub(super) const MORE: f64 = 1_000.0;

/// A page of a list and the total number of its rows.
pub(in crate::catalog) struct Found {
    pub(in crate::catalog) rows: Vec<Product>,
    pub(in crate::catalog) total: Total,
}

/// Lists the products that match a filter, in the direction of the page. A known total is not counted again.
pub(in crate::catalog) async fn find_products(
    db: &Connection,
    filter: &Filter<'_>,
    keyset: Keyset,
    known: Option<Total>,
    statistics: Option<&Statistics>,
) -> Result<Found, DbError> {
    let request = Request::new(db, filter, keyset);
    match &filter.words {
        None => request.list(known, statistics).await,
        Some(Words { query: None, .. }) => Ok(Found { rows: Vec::new(), total: Total::from_count(0) }),
        Some(words) => {
            let query = words.query.as_deref().unwrap_or_default();
            let index = statistics.and_then(|statistics| statistics.index_query(words));
            let queries = Queries { whole: query, index: index.as_deref().unwrap_or(query) };
            request.search(&queries, Plan::choose(words, filter, keyset, statistics)).await
        }
    }
}

/// The words of a search.
struct Queries<'a> {
    /// All words.
    whole: &'a str,
    /// The words that are looked up in the text index; the others are compared afterwards.
    index: &'a str,
}

/// The way to search first.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Plan {
    way: Way,
    /// Maximum number of rows of a walk.
    reach: i64,
    /// Expected number of matches, if it is not small.
    expected: Option<i64>,
}

impl Plan {
    /// Chooses the way that reads the fewest rows. Without statistics, it is assumed that few products match.
    fn choose(words: &Words, filter: &Filter<'_>, keyset: Keyset, statistics: Option<&Statistics>) -> Self {
        let Some(statistics) = statistics else {
            return Self { way: Way::Index, reach: 0, expected: None };
        };
        let share = statistics.share(words);
        let by_words = statistics.products * share;
        let listed = statistics.listed(filter).unwrap_or(FEW);
        let expected = listed * share;
        let wanted = (keyset.rows + keyset.offset) as f64 / share;
        if expected > FEW && wanted < by_words {
            let expected = Some(expected as i64);
            return Self { way: Way::Walk, reach: (4.0 * wanted + MORE) as i64, expected };
        }
        let way = if listed < by_words { Way::Scan } else { Way::Index };
        Self { way, reach: 0, expected: (expected > FEW).then_some(expected as i64) }
    }
}

/// The parameters of a page's statements.
struct Request<'a> {
    db: &'a Connection,
    filter: &'a Filter<'a>,
    keyset: Keyset,
    owner: (Option<i64>, Option<Uuid>, Option<&'a str>),
}

impl<'a> Request<'a> {
    fn new(db: &'a Connection, filter: &'a Filter<'a>, keyset: Keyset) -> Self {
        let owner = filter.owner.as_ref().map(UserRef::parameters).unwrap_or_default();
        Self { db, filter, keyset, owner }
    }

    async fn run(&self, way: Way, of_way: Params<'_>) -> Result<Vec<Row>, DbError> {
        let Filter { category, tag, owner, .. } = self.filter;
        let Keyset { is_backward, edge, rows, offset } = &self.keyset;
        let case = Case {
            way,
            of_category: category.is_some(),
            of_tag: tag.is_some(),
            of_owner: owner.is_some(),
            is_backward: *is_backward,
        };
        let (id, uuid, name) = &self.owner;
        let mut params: Vec<Param<'_>> = Vec::with_capacity(10);
        if owner.is_some() {
            params.extend([id as Param<'_>, uuid, name]);
        }
        let names = [category, tag].into_iter().filter_map(Option::as_ref);
        params.extend(names.map(|name| name as Param<'_>));
        if way == Way::Count {
            return self.db.query(case.statement(), &params).await;
        }
        let (before, after) = if way == Way::Page { (&[][..], of_way) } else { (of_way, &[][..]) };
        params.extend_from_slice(before);
        params.extend([edge as Param<'_>, rows, offset]);
        params.extend_from_slice(after);
        self.db.query(case.statement(), &params).await
    }

    /// Lists without words. The total is a column of the page.
    async fn list(&self, known: Option<Total>, statistics: Option<&Statistics>) -> Result<Found, DbError> {
        let Filter { category, tag, owner, .. } = self.filter;
        let filters =
            [category.is_some(), tag.is_some(), owner.is_some()].into_iter().filter(|is_set| *is_set).count();
        let is_whole = filters == 0;
        let listed = statistics.and_then(|statistics| statistics.listed(self.filter));
        let expected = listed.filter(|listed| !is_whole && *listed > FEW).map(|listed| listed as i64);
        // No index has the rows of two filters together. Such a list is not counted if it is long by far,
        // unless its end is in sight: then it may be shorter now.
        let is_crossed = filters > 1;
        let uncounted = expected.filter(|_| is_crossed);
        let rows = self.run(Way::Page, &[&(known.is_none() && uncounted.is_none())]).await?;
        let uncounted = uncounted.filter(|_| is_full(&rows, self.keyset));
        if let Some(total) = known.or(uncounted.map(|count| Total { count, is_estimate: true })) {
            return Ok(Found { rows: products(&rows), total });
        }
        let count = match rows.first().and_then(|first| first.get("total")) {
            Some(count) => count,
            None => total(self.run(Way::Count, &[]).await?.into_iter().next()),
        };
        let total = if is_whole { Total::from_count(count) } else { filtered(count, expected) };
        Ok(Found { rows: products(&rows), total })
    }

    /// Searches in the planned way, and in another one if that does not find the page.
    async fn search(&self, Queries { whole, index }: &Queries<'_>, plan: Plan) -> Result<Found, DbError> {
        if plan.way == Way::Walk {
            let rows = self.run(Way::Walk, &[whole, &plan.reach]).await?;
            if is_full(&rows, self.keyset) {
                return Ok(Found {
                    rows: products(&rows),
                    total: filtered(EXACT_FILTERED + 1, plan.expected),
                });
            }
        }
        let rows = match plan.way {
            Way::Scan => self.run(Way::Scan, &[whole]).await?,
            _ => self.run(Way::Index, &[whole, index]).await?,
        };
        let count = rows.first().map_or(0, |row| row.get("total"));
        let total = filtered(count, plan.expected);
        if count <= COLLECTED {
            let is_row = |row: &&Row| row.get::<_, Option<i64>>("id").is_some();
            return Ok(Found { rows: rows.iter().filter(is_row).map(product).collect(), total });
        }
        // There are enough matches to fill the page, so the walk ends.
        let rows = self.run(Way::Walk, &[whole, &i64::MAX]).await?;
        Ok(Found { rows: products(&rows), total })
    }
}

/// Counts the products of a filter without words, prices and states.
pub(super) async fn count_listed(
    db: &Connection,
    filter: &Filter<'_>,
    statistics: Option<&Statistics>,
) -> Result<Total, DbError> {
    let request = Request::new(db, filter, Keyset { is_backward: false, edge: 0, rows: 0, offset: 0 });
    let count = total(request.run(Way::Count, &[]).await?.into_iter().next());
    if !filter.is_search() && filter.category.is_none() {
        return Ok(Total::from_count(count));
    }
    let expected = statistics.and_then(|statistics| statistics.listed(filter));
    Ok(filtered(count, expected.map(|expected| expected as i64)))
}

/// Returns the total of a filtered list of which `count` rows were counted: exact up to [`EXACT_FILTERED`].
pub(super) fn filtered(count: i64, expected: Option<i64>) -> Total {
    if count <= EXACT_FILTERED {
        return Total { count, is_estimate: false };
    }
    let is_counted = (EXACT_FILTERED + 2..=COLLECTED).contains(&count);
    let count = if is_counted { count } else { expected.map_or(count, |expected| expected.max(count)) };
    Total { count, is_estimate: true }
}

/// Returns `true` if there are as many rows as were wanted.
fn is_full(rows: &[Row], keyset: Keyset) -> bool {
    i64::try_from(rows.len()).is_ok_and(|found| found >= keyset.rows)
}
