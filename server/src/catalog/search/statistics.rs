//! PostgreSQL's statistics of the products: their number, and how many have a common word, category or owner. They choose the
//! statement of a search, and estimate the totals of long lists. The rows of a page do not depend on them.

use std::borrow::Cow;

use agora_runtime::UserRef;

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
        let named = |known: &[(String, f64)], name: &str| {
            let name = normal_form(name);
            known.iter().find(|(known, _)| *known == name).map(|(_, count)| *count)
        };
        let of_category = filter.category.map(|name| named(&self.categories, name));
        let of_tag = filter.tag.map(|name| named(&self.tags, name));
        let of_owner = filter.owner.as_ref().map(|owner| {
            let is_same = |known: &UserRef| match (known, owner) {
                (UserRef::Name(known), UserRef::Name(name)) => *known == normal_form(name),
                (known, owner) => known == owner,
            };
            self.owners.iter().find(|(known, _)| is_same(known)).map(|(_, count)| *count)
        });
        let mut listed = None;
        for count in [of_category, of_tag, of_owner].into_iter().flatten() {
            let share = listed.map_or(1.0, |listed: f64| listed / self.products.max(1.0));
            listed = Some(count? * share);
        }
        Some(listed.unwrap_or(self.products))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics() -> Statistics {
        let words = [("common", 0.5), ("comrade", 0.2), ("zebra", 0.01)];
        Statistics {
            products: 1000.0,
            words: words.map(|(word, share)| (word.to_owned(), share)).into(),
            categories: vec![("garden".to_owned(), 100.0)],
            tags: vec![("gift".to_owned(), 50.0)],
            owners: vec![(UserRef::Id(1), 10.0), (UserRef::Name("ada".to_owned()), 10.0)],
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
        let of_tag = |tag, category| statistics().listed(&Filter::read(category, Some(tag), None, None));
        let listed = |category, owner| statistics().listed(&Filter::read(category, None, Some("x"), owner));
        assert_eq!(listed(None, None), Some(1000.0));
        assert_eq!(listed(Some("Garden"), None), Some(100.0));
        assert_eq!(listed(Some("cellar"), None), None);
        assert_eq!((listed(None, Some("1")), listed(None, Some("ADA"))), (Some(10.0), Some(10.0)));
        assert_eq!(listed(Some("garden"), Some("1")), Some(1.0));
        assert_eq!(listed(Some("garden"), Some("2")), None);
        assert_eq!((of_tag("Gift", None), of_tag("none", None)), (Some(50.0), None));
        assert_eq!(of_tag("gift", Some("garden")), Some(5.0));
    }
}
