//! Lists that are sorted by a key, restricted by price or state, and the counts of facets: which index is read, and whether a
//! page walks along the list or sorts all products that match.

mod queries;

use agora_runtime::UserRef;
use futures_util::future::try_join;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::catalog::columns::product;
use crate::catalog::model::{Product, State};
use crate::catalog::search::find::{FEW, MORE, count_listed, filtered};
use crate::catalog::search::model::{Filter, Sort, StateFilter};
use crate::catalog::search::queries::COLLECTED;
use crate::catalog::search::statistics::Statistics;
use crate::identity::UserId;
use crate::platform::db::{Connection, DbError, Param, Row};
use crate::platform::pagination::{EXACT_FILTERED, Edge, Keyset, Total};

pub(in crate::catalog) use queries::composed;
use queries::{BANDS, Case, Key, Source, Way, count_available};

/// A page of a sorted list: its products with their places, and the number of all.
pub(in crate::catalog) struct Sorted {
    pub(in crate::catalog) rows: Vec<(Product, Edge)>,
    pub(in crate::catalog) total: Total,
}

/// Numbers of products by category, tag and price.
#[derive(Debug, Default)]
pub(in crate::catalog) struct Facets {
    pub(in crate::catalog) total: Total,
    /// ID, name and number of products of each category.
    pub(in crate::catalog) categories: Vec<(i64, String, i64)>,
    /// UUID, name and number of products of each tag.
    pub(in crate::catalog) tags: Vec<(Uuid, String, i64)>,
    /// Lowest price, highest price and number of products of each band.
    pub(in crate::catalog) prices: Vec<(Decimal, Option<Decimal>, i64)>,
}

impl Sort {
    fn key(self) -> Key {
        match self {
            Self::Oldest | Self::Newest => Key::Id,
            Self::Price { .. } => Key::Price,
            Self::Title { .. } => Key::Title,
            Self::Rating => Key::Rating,
            Self::Relevance => Key::Rank,
        }
    }
}

/// Lists the products that match a filter, in the direction of the page. `edge` is the key of the row from which it goes on.
pub(in crate::catalog) async fn find_sorted(
    db: &Connection,
    filter: &Filter<'_>,
    (keyset, edge): (Keyset, Option<&str>),
    known: Option<Total>,
    statistics: Option<&Statistics>,
) -> Result<Sorted, DbError> {
    let Some(words) = searched(filter) else {
        return Ok(Sorted { rows: Vec::new(), total: Total::from_count(0) });
    };
    let key = filter.sort.key();
    let request = Request { db, filter, words, keyset, edge: edge.unwrap_or(key.bound(keyset.is_backward)) };
    let plan = Plan::choose(filter, key, keyset, statistics);
    if let Some((source, reach)) = plan.walk {
        let rows = request.run(Way::Walk, source, &reach);
        let (rows, listed) = match known {
            None if !filter.is_compared() => {
                let (rows, count) = try_join(rows, count_listed(db, filter, statistics)).await?;
                (rows, Some(count))
            }
            // The walk is along all products.
            None if filter.state == Some(StateFilter::SoldOut(false)) && reach == i64::MAX => {
                let (rows, count) = try_join(rows, count_available(db)).await?;
                (rows, Some(filtered(count, Some(plan.expected as i64))))
            }
            _ => (rows.await?, known),
        };
        let is_full = i64::try_from(rows.len()).is_ok_and(|found| found >= keyset.rows);
        // A walk to the end has found all of the page, but only a count knows the total of a list that is shorter than expected.
        if is_full || reach == i64::MAX && listed.is_some() {
            let total = listed.unwrap_or_else(|| filtered(EXACT_FILTERED + 1, Some(plan.expected as i64)));
            return Ok(Sorted { rows: places(&rows, key), total });
        }
    }
    let index = indexed(filter, statistics);
    let rows = request.run(Way::Collect, plan.collect, &index).await?;
    let count = rows.first().map_or(0, |row| row.get("total"));
    Ok(Sorted { rows: places(&rows, key), total: Total::from_filtered_count(count) })
}

/// Counts the products that match a filter by category, tag and price.
pub(in crate::catalog) async fn count_facets(
    db: &Connection,
    filter: &Filter<'_>,
    statistics: Option<&Statistics>,
) -> Result<Facets, DbError> {
    let Some(words) = searched(filter) else { return Ok(Facets::default()) };
    let whole = Keyset { is_backward: false, edge: 0, rows: COLLECTED, offset: 0 };
    let plan = Plan::choose(filter, Key::Id, whole, statistics);
    let index = indexed(filter, statistics);
    let conditions = Conditions::of(filter, words);
    let mut params = conditions.params();
    if plan.collect == Source::Words {
        params.push(&index);
    } else if plan.collect.is_sorted_by_id() {
        params.push(&i64::MAX);
    }
    let row = db.query_opt(queries::facets_of(plan.collect), &params).await?;
    Ok(row.map_or_else(Facets::default, |row| facets(&row, plan.expected)))
}

/// Returns the query of the words, if there are any. `None` if the words find nothing.
fn searched<'a>(filter: &'a Filter<'_>) -> Option<Option<&'a str>> {
    match &filter.words {
        None => Some(None),
        Some(words) => words.query.as_deref().map(Some),
    }
}

/// Returns the words for the text index.
fn indexed(filter: &Filter<'_>, statistics: Option<&Statistics>) -> Option<String> {
    let words = filter.words.as_ref()?;
    let rarer = statistics.and_then(|statistics| statistics.index_query(words));
    rarer.map(std::borrow::Cow::into_owned).or_else(|| words.query.clone())
}

/// The way to find a page.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Plan {
    /// The index to walk along, and the maximum number of its rows.
    walk: Option<(Source, i64)>,
    /// The index from which all products that match are read, if the walk does not find the page.
    collect: Source,
    /// Expected number of products that match.
    expected: f64,
}

impl Plan {
    /// Chooses the way that reads the fewest rows. Without statistics, few products are expected to match.
    fn choose(filter: &Filter<'_>, key: Key, keyset: Keyset, statistics: Option<&Statistics>) -> Self {
        if let Some(StateFilter::Unlisted { state, owner }) = filter.state {
            let expected = statistics.map_or(0.0, |statistics| statistics.of_state(state.name()));
            let is_whole = *filter == Filter { state: filter.state, sort: filter.sort, ..Filter::default() };
            let is_walked = key == Key::Id && owner.is_none() && is_whole && expected > FEW;
            let source = if owner.is_some() { Source::UnlistedOfUser } else { Source::Unlisted };
            return Self { walk: is_walked.then_some((source, i64::MAX)), collect: source, expected };
        }
        let known = |share: fn(&Statistics, &Filter<'_>) -> Option<f64>| {
            statistics.and_then(|statistics| share(statistics, filter))
        };
        let all = statistics.map_or(0.0, Statistics::all_listed);
        let sold_out = statistics.map_or(0.0, |statistics| statistics.sold_out.min(all));
        let few = 0.01 * all;
        // Each restriction that has an index, with the number of its products.
        let mut sources = Vec::new();
        if filter.words.is_some() {
            sources.push((Source::Words, known(Statistics::by_words).unwrap_or(few)));
        }
        if filter.owner.is_some() {
            sources.push((Source::Owner, known(Statistics::of_owner).unwrap_or(few)));
        }
        if filter.tag.is_some() {
            sources.push((Source::Tag, known(Statistics::of_tag).unwrap_or(few)));
        }
        if filter.category.is_some() {
            sources.push((Source::Category, known(Statistics::of_category).unwrap_or(few)));
        }
        if filter.has_price() {
            sources.push((Source::Price, known(Statistics::of_prices).unwrap_or(few)));
        }
        if filter.state == Some(StateFilter::SoldOut(true)) {
            sources.push((Source::SoldOut, sold_out));
        }
        let least = |is_usable: fn(Source) -> bool| {
            let usable = sources.iter().copied().filter(|(source, _)| is_usable(*source));
            usable.min_by(|one, other| one.1.total_cmp(&other.1))
        };
        let (collect, collected) = least(|_| true).unwrap_or((Source::Products, all));
        let expected = sources.iter().fold(all, |left, (_, count)| left * (count / all.max(1.0)));
        let expected = match filter.state {
            Some(StateFilter::SoldOut(false)) => expected * (1.0 - sold_out / all.max(1.0)),
            _ => expected,
        };
        let along = match key {
            Key::Rank => None,
            Key::Id => Some(least(Source::is_sorted_by_id).unwrap_or((Source::Products, all))),
            Key::Price if filter.has_price() => {
                Some((Source::Products, known(Statistics::of_prices).unwrap_or(few)))
            }
            Key::Price | Key::Title | Key::Rating => Some((Source::Products, all)),
        };
        let walk = along.and_then(|(source, rows)| {
            if sources.is_empty() {
                return Some((source, i64::MAX));
            }
            let walked = (keyset.rows + keyset.offset) as f64 * rows / expected.max(0.1);
            (walked < collected && expected > FEW).then_some((source, (4.0 * walked + MORE) as i64))
        });
        Self { walk, collect, expected }
    }
}

/// The parameters that all statements have first.
struct Conditions<'a> {
    owner: (Option<i64>, Option<Uuid>, Option<&'a str>),
    category: Option<&'a str>,
    tag: Option<&'a str>,
    min_price: Option<Decimal>,
    max_price: Option<Decimal>,
    is_sold_out: Option<bool>,
    words: Option<&'a str>,
    only_owner: Option<i64>,
    state: Option<&'static str>,
}

impl<'a> Conditions<'a> {
    fn of(filter: &'a Filter<'_>, words: Option<&'a str>) -> Self {
        let (is_sold_out, only_owner, state) = match filter.state {
            None => (None, None, None),
            Some(StateFilter::SoldOut(is_sold_out)) => (Some(is_sold_out), None, None),
            Some(StateFilter::Unlisted { state, owner }) => {
                (None, owner.map(|UserId(id)| id), Some(State::name(state)))
            }
        };
        Self {
            owner: filter.owner.as_ref().map(UserRef::parameters).unwrap_or_default(),
            category: filter.category,
            tag: filter.tag,
            min_price: filter.min_price,
            max_price: filter.max_price,
            is_sold_out,
            words,
            only_owner,
            state,
        }
    }

    fn params(&self) -> Vec<Param<'_>> {
        let (id, uuid, name) = &self.owner;
        let mut params: Vec<Param<'_>> = Vec::with_capacity(16);
        params.extend([id as Param<'_>, uuid, name, &self.category, &self.tag]);
        params.extend([&self.min_price as Param<'_>, &self.max_price, &self.is_sold_out]);
        params.extend([&self.words as Param<'_>, &self.only_owner, &self.state]);
        params
    }
}

/// A page that is requested.
struct Request<'a> {
    db: &'a Connection,
    filter: &'a Filter<'a>,
    words: Option<&'a str>,
    keyset: Keyset,
    edge: &'a str,
}

impl Request<'_> {
    /// Runs a statement. `last` is its last parameter, if it has one of its own.
    async fn run(&self, way: Way, source: Source, last: Param<'_>) -> Result<Vec<Row>, DbError> {
        let Keyset { is_backward, edge, rows, offset } = &self.keyset;
        let case = Case { way, source, key: self.filter.sort.key(), is_backward: *is_backward };
        let conditions = Conditions::of(self.filter, self.words);
        let mut params = conditions.params();
        params.extend([&self.edge as Param<'_>, edge, rows, offset]);
        if way == Way::Walk || source == Source::Words {
            params.push(last);
        }
        self.db.query(case.statement(), &params).await
    }
}

/// Converts rows to products with their places. The only row of an empty page has no product.
fn places(rows: &[Row], key: Key) -> Vec<(Product, Edge)> {
    let found = rows.iter().filter(|row| row.get::<_, Option<i64>>("id").is_some());
    let place = |row: &Row| {
        let product = product(row);
        let edge = Edge {
            id: product.id,
            key: (key != Key::Id).then(|| row.get::<_, Option<String>>("page_key")).flatten(),
        };
        (product, edge)
    };
    found.map(place).collect()
}

/// Converts the row of facets. If more products match than were counted, their numbers are those of all, by the same shares.
fn facets(row: &Row, expected: f64) -> Facets {
    let counted: i64 = row.get("total");
    let is_estimate = counted > COLLECTED;
    let all = if is_estimate { (expected as i64).max(counted) } else { counted };
    let scaled = |count: i64| match is_estimate {
        true => (i128::from(count) * i128::from(all) / i128::from(COLLECTED)).try_into().unwrap_or(i64::MAX),
        false => count,
    };
    let numbers = |name: &str| row.get::<_, Option<Vec<i64>>>(name).unwrap_or_default();
    let texts = |name: &str| row.get::<_, Option<Vec<String>>>(name).unwrap_or_default();
    let counts = |name: &str| numbers(name).into_iter().map(scaled);
    let categories = numbers("category_ids").into_iter().zip(texts("category_names"));
    let uuids = row.get::<_, Option<Vec<Uuid>>>("tag_uuids").unwrap_or_default();
    let tags = uuids.into_iter().zip(texts("tag_names"));
    let bands = row.get::<_, Option<Vec<i32>>>("bands").unwrap_or_default();
    Facets {
        total: Total { count: all, is_estimate },
        categories: categories
            .zip(counts("category_counts"))
            .map(|((id, name), count)| (id, name, count))
            .collect(),
        tags: tags.zip(counts("tag_counts")).map(|((id, name), count)| (id, name, count)).collect(),
        prices: bands
            .into_iter()
            .zip(counts("band_counts"))
            .map(|(band, count)| {
                let (min, max) = prices(band);
                (min, max, count)
            })
            .collect(),
    }
}

/// Returns the lowest and the highest price of a band.
fn prices(band: i32) -> (Decimal, Option<Decimal>) {
    let end = |band: Option<usize>| band.and_then(|band| BANDS.get(band)).copied();
    let band = usize::try_from(band).unwrap_or_default();
    let min = end(band.checked_sub(1)).unwrap_or_default();
    let max = end(Some(band)).map(|end| Decimal::from(end) - Decimal::new(1, 2));
    (Decimal::from(min), max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::search::model::Selection;

    fn statistics() -> Statistics {
        Statistics {
            products: 1_000_000.0,
            words: vec![("common".to_owned(), 0.5)],
            categories: vec![("garden".to_owned(), 300_000.0)],
            tags: vec![("gift".to_owned(), 2_000.0)],
            prices: (0..=100).map(f64::from).collect(),
            states: vec![("ACTIVE".to_owned(), 1_000_000.0), ("DRAFT".to_owned(), 5_000.0)],
            sold_out: 250_000.0,
            ..Statistics::default()
        }
    }

    fn plan(selection: Selection<'_>) -> Plan {
        let filter = Filter::read(selection);
        let keyset = Keyset { is_backward: false, edge: 0, rows: 11, offset: 0 };
        Plan::choose(&filter, filter.sort.key(), keyset, Some(&statistics()))
    }

    #[test]
    fn long_lists_are_walked_and_short_ones_collected() {
        let by_price = Selection { sort: Some(Sort::Price { is_descending: false }), ..Selection::default() };
        assert_eq!(plan(by_price).walk, Some((Source::Products, i64::MAX)), "nothing ends the walk early");
        let garden = plan(Selection { category: Some("Garden"), ..by_price });
        assert_eq!((garden.walk, garden.collect), (Some((Source::Products, 1146)), Source::Category));
        let gifts = plan(Selection { tag: Some("gift"), ..by_price });
        assert_eq!(gifts.collect, Source::Tag);
        assert!(gifts.walk.is_none(), "a tag of 2,000 is read sooner than 5,500 products along the prices");
        let rare = plan(Selection { tag: Some("unknown"), sort: Some(Sort::Rating), ..Selection::default() });
        assert_eq!((rare.walk, rare.collect), (Some((Source::Products, 5400)), Source::Tag));
    }

    #[test]
    fn a_range_of_prices_is_walked_by_price_or_by_id() {
        let cheap = Selection { max_price: Some(Decimal::new(5, 1)), ..Selection::default() };
        let by_id = plan(cheap);
        assert_eq!(by_id.collect, Source::Price);
        assert_eq!(by_id.walk, Some((Source::Products, 5400)), "each hundredth product is cheap");
        let none = plan(Selection { min_price: Some(Decimal::from(101)), ..Selection::default() });
        assert!(none.walk.is_none() && none.collect == Source::Price);
        let sorted = plan(Selection { sort: Some(Sort::Price { is_descending: true }), ..cheap });
        assert_eq!(sorted.walk, Some((Source::Products, 1044)), "the walk begins at the range");
    }

    #[test]
    fn states_are_expected_as_often_as_they_are() {
        let of_state = |state| plan(Selection { state: Some(state), ..Selection::default() });
        assert!((of_state(StateFilter::SoldOut(false)).expected - 750_000.0).abs() < 1.0);
        let sold_out = of_state(StateFilter::SoldOut(true));
        assert_eq!((sold_out.walk, sold_out.collect), (Some((Source::SoldOut, 1044)), Source::SoldOut));
        let drafts = StateFilter::Unlisted { state: State::Draft, owner: None };
        assert_eq!(of_state(drafts).walk, Some((Source::Unlisted, i64::MAX)));
        let own = StateFilter::Unlisted { state: State::Draft, owner: Some(UserId(1)) };
        assert_eq!((of_state(own).walk, of_state(own).collect), (None, Source::UnlistedOfUser));
    }

    #[test]
    fn ranks_are_never_walked() {
        let ranked =
            Selection { search: Some("common"), sort: Some(Sort::Relevance), ..Selection::default() };
        assert_eq!((plan(ranked).walk, plan(ranked).collect), (None, Source::Words));
        let of_tag = Selection { tag: Some("gift"), ..ranked };
        assert_eq!(plan(of_tag).collect, Source::Tag, "fewer products have the tag than the word");
    }

    #[test]
    fn bands_meet_at_a_cent() {
        let text = |band| {
            let (min, max) = prices(band);
            (min.to_string(), max.map(|max| max.to_string()))
        };
        assert_eq!(text(0), ("0".to_owned(), Some("9.99".to_owned())));
        assert_eq!(text(1), ("10".to_owned(), Some("24.99".to_owned())));
        assert_eq!(text(7), ("1000".to_owned(), None));
    }
}
