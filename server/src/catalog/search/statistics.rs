//! PostgreSQL's statistics of the products: their number, and how many have a common word, category or owner. They choose the
//! statement of a search, and estimate the totals of long lists. The rows of a page do not depend on them.

use std::borrow::Cow;

use agora_runtime::UserRef;
use rust_decimal::prelude::ToPrimitive as _;

use crate::catalog::search::model::{Filter, Term, Words};
use crate::platform::text::normal_form;

/// Statistics of the products, as `analyze` has left them.
#[derive(Debug, Default)]
pub(in crate::catalog) struct Statistics {
    /// Number of products.
    pub(super) products: f64,
    /// Common words with the share of the products that have them, in alphabetical order.
    pub(super) words: Vec<(String, f64)>,
    /// Large categories, by the normal form of their name, with their numbers of products.
    pub(super) categories: Vec<(String, f64)>,
    /// Frequent tags, by the normal form of their name, with their numbers of products.
    pub(super) tags: Vec<(String, f64)>,
    /// Owners of many products, with their numbers of products.
    pub(super) owners: Vec<(UserRef, f64)>,
    /// Number of products that are sold out.
    pub(super) sold_out: f64,
    /// States, with their numbers of products.
    pub(super) states: Vec<(String, f64)>,
    /// Prices that part the products into groups of the same size, in ascending order. The common prices are not among them.
    pub(super) prices: Vec<f64>,
    /// Common prices with the share of the products that have them.
    pub(super) common_prices: Vec<(f64, f64)>,
}

impl Statistics {
    /// Estimates the share of the products that match.
    pub(super) fn share(&self, words: &Words) -> f64 {
        self.share_of_terms(&words.terms, true)
    }

    /// Returns the query for the text index: without the last word if the others are rarer. All words that begin with
    /// a prefix are collected first, which takes as long as reading all of their products.
    pub(super) fn index_query<'w>(&self, words: &'w Words) -> Option<Cow<'w, str>> {
        let whole = words.query.as_deref().map(Cow::Borrowed);
        let Some((rest, terms)) = words.without_prefix() else { return whole };
        let last = words.terms.last().and_then(|term| match term {
            Term::Words(words) => words.last(),
            _ => None,
        });
        let of_prefix = last.map_or(0.0, |word| self.share_of(word, true));
        if self.share_of_terms(&terms, false) < of_prefix { Some(Cow::Owned(rest)) } else { whole }
    }

    fn share_of_terms(&self, terms: &[Term], ends_with_prefix: bool) -> f64 {
        let mut alternatives = vec![1.0_f64];
        for (place, term) in terms.iter().enumerate() {
            let is_last = place + 1 == terms.len();
            let share = match term {
                Term::Or(_) if place > 0 && !is_last => {
                    alternatives.push(1.0);
                    continue;
                }
                Term::Words(words) | Term::Or(words) => self.share_of_all(words, is_last && ends_with_prefix),
                // At most as many as have its rarest word.
                Term::Phrase(words) => {
                    words.iter().map(|word| self.share_of(word, false)).fold(1.0, f64::min)
                }
                Term::Without(words) => match words.as_slice() {
                    [word] => 1.0 - self.share_of(word, false),
                    _ => 1.0,
                },
            };
            if let Some(alternative) = alternatives.last_mut() {
                *alternative *= share;
            }
        }
        alternatives.iter().sum::<f64>().min(1.0)
    }

    fn share_of_all(&self, words: &[String], is_last: bool) -> f64 {
        let shares = words.iter().enumerate().map(|(place, word)| {
            let is_prefix = is_last && place + 1 == words.len();
            self.share_of(word, is_prefix)
        });
        shares.product()
    }

    fn share_of(&self, word: &str, is_prefix: bool) -> f64 {
        let from = self.words.partition_point(|(known, _)| known.as_str() < word);
        let matching = self.words[from..]
            .iter()
            .take_while(|(known, _)| if is_prefix { known.starts_with(word) } else { known == word });
        // Products without any of the words: as if each had them independently of the others.
        let without: f64 = matching.map(|(_, share)| 1.0 - share).product();
        (1.0 - without).max(self.least_share() / 2.0)
    }

    /// Returns the share of the rarest common word. Words that are not listed are rarer.
    fn least_share(&self) -> f64 {
        self.words.iter().map(|(_, share)| *share).fold(0.01, f64::min)
    }

    /// Estimates the number of products of the owner, tag and category of a filter, whatever their words. `None` if
    /// unknown, which means few.
    pub(super) fn listed(&self, filter: &Filter<'_>) -> Option<f64> {
        let of_category = filter.category.map(|_| self.of_category(filter));
        let of_tag = filter.tag.map(|_| self.of_tag(filter));
        let of_owner = filter.owner.as_ref().map(|_| self.of_owner(filter));
        let mut listed = None;
        for count in [of_category, of_tag, of_owner].into_iter().flatten() {
            let share = listed.map_or(1.0, |listed: f64| listed / self.products.max(1.0));
            listed = Some(count? * share);
        }
        Some(listed.unwrap_or(self.products))
    }

    /// Estimates the number of products with the words of a filter.
    pub(super) fn by_words(&self, filter: &Filter<'_>) -> Option<f64> {
        filter.words.as_ref().map(|words| self.products * self.share(words))
    }

    /// Estimates the number of products of the category of a filter. `None` if unknown, which means few.
    pub(super) fn of_category(&self, filter: &Filter<'_>) -> Option<f64> {
        named(&self.categories, filter.category?)
    }

    /// Estimates the number of products with the tag of a filter. `None` if unknown, which means few.
    pub(super) fn of_tag(&self, filter: &Filter<'_>) -> Option<f64> {
        named(&self.tags, filter.tag?)
    }

    /// Estimates the number of products of the owner of a filter. `None` if unknown, which means few.
    pub(super) fn of_owner(&self, filter: &Filter<'_>) -> Option<f64> {
        let owner = filter.owner.as_ref()?;
        let is_same = |known: &UserRef| match (known, owner) {
            (UserRef::Name(known), UserRef::Name(name)) => *known == normal_form(name),
            (known, owner) => known == owner,
        };
        self.owners.iter().find(|(known, _)| is_same(known)).map(|(_, count)| *count)
    }

    /// Estimates the number of products with the prices of a filter.
    pub(super) fn of_prices(&self, filter: &Filter<'_>) -> Option<f64> {
        let bound = |price: Option<rust_decimal::Decimal>, other: f64| {
            price.and_then(|price| price.to_f64()).unwrap_or(other)
        };
        let (min, max) = (bound(filter.min_price, 0.0), bound(filter.max_price, f64::MAX));
        let of_common = |is_wanted: &dyn Fn(f64) -> bool| -> f64 {
            self.common_prices.iter().filter(|(price, _)| is_wanted(*price)).map(|(_, share)| share).sum()
        };
        let others = 1.0 - of_common(&|_| true);
        // A bound within a group is taken as its end, so that a narrow range is not expected to be empty.
        let groups = self.prices.len().saturating_sub(1).max(1) as f64;
        let below = self.prices.partition_point(|price| *price <= min).saturating_sub(1) as f64;
        let until = (self.prices.partition_point(|price| *price <= max) as f64).min(groups);
        let is_within = self.prices.first().is_some_and(|first| *first <= max)
            && self.prices.last().is_some_and(|last| *last >= min);
        let share = if is_within && min <= max { ((until - below) / groups).clamp(0.0, 1.0) } else { 0.0 };
        Some(self.products * (of_common(&|price| price >= min && price <= max) + others * share))
    }

    /// Estimates the number of listed products.
    pub(super) fn all_listed(&self) -> f64 {
        let active = self.of_state("ACTIVE");
        if active > 0.0 { active } else { self.products }
    }

    /// Estimates the number of products in a state.
    pub(super) fn of_state(&self, state: &str) -> f64 {
        self.states.iter().find(|(known, _)| known == state).map_or(0.0, |(_, count)| *count)
    }
}

fn named(known: &[(String, f64)], name: &str) -> Option<f64> {
    let name = normal_form(name);
    known.iter().find(|(known, _)| *known == name).map(|(_, count)| *count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::search::model::Selection;

    fn statistics() -> Statistics {
        let words = [("common", 0.5), ("comrade", 0.2), ("zebra", 0.01)];
        Statistics {
            products: 1000.0,
            words: words.map(|(word, share)| (word.to_owned(), share)).into(),
            categories: vec![("garden".to_owned(), 100.0)],
            tags: vec![("gift".to_owned(), 50.0)],
            owners: vec![(UserRef::Id(1), 10.0), (UserRef::Name("ada".to_owned()), 10.0)],
            sold_out: 0.0,
            states: vec![("ARCHIVED".to_owned(), 7.0)],
            prices: vec![0.0, 10.0, 20.0, 30.0, 1000.0],
            common_prices: vec![(9.99, 0.2)],
        }
    }

    #[test]
    fn shares_follow_the_terms() {
        for (text, share) in [
            ("common x", 0.5 * 0.005),
            ("com", 0.6),
            ("comrade", 0.2),
            ("com comrade", 0.005 * 0.2),
            ("\"common comrade\" -zebra", 0.2 * 0.99),
            ("zebra or comrade", 0.21),
            ("common or comrade common", 0.5 + 0.2 * 0.5),
            ("nothing", 0.005),
        ] {
            let words = Words::read(text).expect("has words");
            let found = statistics().share(&words);
            assert!((found - share).abs() < 1e-9, "{text}: {found}, not {share}");
        }
        assert!(Statistics::default().share(&Words::read("x").expect("a word")) < 0.01);
    }

    #[test]
    fn the_text_index_looks_for_the_rarer_words() {
        for (text, query) in
            [("zebra common", "'zebra'"), ("common zebra", "'common' & 'zebra':*"), ("com", "'com':*")]
        {
            let words = Words::read(text).expect("has words");
            assert_eq!(statistics().index_query(&words).as_deref(), Some(query), "{text}");
        }
    }

    #[test]
    fn lists_are_as_long_as_their_category_and_owner() {
        let of_tag = |tag, category| {
            let selection = Selection { category, tag: Some(tag), ..Selection::default() };
            statistics().listed(&Filter::read(selection))
        };
        let listed = |category, owner| {
            let selection = Selection { category, search: Some("x"), owner, ..Selection::default() };
            statistics().listed(&Filter::read(selection))
        };
        assert_eq!(listed(None, None), Some(1000.0));
        assert_eq!(listed(Some("Garden"), None), Some(100.0));
        assert_eq!(listed(Some("cellar"), None), None);
        assert_eq!((listed(None, Some("1")), listed(None, Some("ADA"))), (Some(10.0), Some(10.0)));
        assert_eq!(listed(Some("garden"), Some("1")), Some(1.0));
        assert_eq!(listed(Some("garden"), Some("2")), None);
        assert_eq!((of_tag("Gift", None), of_tag("none", None)), (Some(50.0), None));
        assert_eq!(of_tag("gift", Some("garden")), Some(5.0));
        assert_eq!((statistics().of_state("ARCHIVED"), statistics().of_state("DRAFT")), (7.0, 0.0));
    }

    #[test]
    fn ranges_of_prices_follow_the_groups_and_the_common_prices() {
        let of_prices = |min: Option<&str>, max: Option<&str>| {
            let price = |price: &str| price.parse().expect("a price");
            let selection =
                Selection { min_price: min.map(price), max_price: max.map(price), ..Selection::default() };
            statistics().of_prices(&Filter::read(selection)).expect("is known")
        };
        for (min, max, count) in [
            (None, None, 1000.0),
            (Some("9.99"), Some("9.99"), 400.0),
            (Some("30"), None, 200.0),
            (Some("1001"), None, 0.0),
            (Some("20"), Some("10"), 0.0),
            (None, Some("5"), 200.0),
        ] {
            let found = of_prices(min, max);
            assert!((found - count).abs() < 1e-6, "{min:?} to {max:?}: {found}");
        }
    }
}
