//! Filters of products, and the parser of search words.

use agora_runtime::{UserRef, is_visible};
use rust_decimal::Decimal;

use crate::catalog::model::State;
use crate::identity::UserId;
use crate::platform::pagination::Order;
use crate::platform::text::search_form;

/// The parameters that select products, as they were sent.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::catalog) struct Selection<'a> {
    pub(in crate::catalog) category: Option<&'a str>,
    pub(in crate::catalog) tag: Option<&'a str>,
    pub(in crate::catalog) search: Option<&'a str>,
    pub(in crate::catalog) owner: Option<&'a str>,
    pub(in crate::catalog) state: Option<StateFilter>,
    pub(in crate::catalog) min_price: Option<Decimal>,
    pub(in crate::catalog) max_price: Option<Decimal>,
    pub(in crate::catalog) sort: Option<Sort>,
}

/// The state of listed products, or a state in which products are not listed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::catalog) enum StateFilter {
    /// Active products that are sold out, or are not.
    SoldOut(bool),
    /// Drafts or archived products, of one user or of all.
    Unlisted { state: State, owner: Option<UserId> },
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::catalog) enum Sort {
    #[default]
    Oldest,
    Newest,
    Price {
        is_descending: bool,
    },
    Title {
        is_descending: bool,
    },
    /// Best first.
    Rating,
    /// Best match first.
    Relevance,
}

/// A filter of a list of products, and its order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::catalog) struct Filter<'a> {
    /// Restricts the list to the category of this name.
    pub(in crate::catalog) category: Option<&'a str>,
    /// Restricts the list to products with the tag of this name.
    pub(in crate::catalog) tag: Option<&'a str>,
    /// Restricts the list to products with these words.
    pub(in crate::catalog) words: Option<Words>,
    /// Restricts the list to products of this user.
    pub(in crate::catalog) owner: Option<UserRef>,
    /// Restricts the list to products in a state. `None` means all that are listed.
    pub(super) state: Option<StateFilter>,
    /// Restricts the list to products with at least this price.
    pub(super) min_price: Option<Decimal>,
    /// Restricts the list to products with at most this price.
    pub(super) max_price: Option<Decimal>,
    pub(super) sort: Sort,
}

impl<'a> Filter<'a> {
    /// Reads the parameters of the list. The order of a search is newest first by default.
    pub(in crate::catalog) fn read(selection: Selection<'a>) -> Self {
        let Selection { category, tag, search, owner, state, min_price, max_price, sort } = selection;
        // Forms send empty fields too.
        let is_given = |text: &&str| is_visible(text);
        let words = search.and_then(Words::read);
        let by_default = if words.is_some() { Sort::Newest } else { Sort::Oldest };
        Self {
            category: category.filter(is_given),
            tag: tag.filter(is_given),
            words,
            owner: owner.filter(is_given).map(|owner| UserRef::from(owner.to_owned())),
            state,
            min_price,
            max_price,
            sort: sort.unwrap_or(by_default),
        }
    }

    /// Returns the list of all products of a user.
    pub(in crate::catalog) fn of_user(user: UserRef) -> Self {
        Self { owner: Some(user), ..Self::default() }
    }

    /// Returns `true` if the filter has more than a category. The number of such lists is unbounded, so their counts
    /// are not cached.
    pub(in crate::catalog) fn is_search(&self) -> bool {
        self.is_compared() || self.owner.is_some() || self.tag.is_some()
    }

    /// Returns `true` if products must be compared with the filter: their words, prices or states.
    pub(super) fn is_compared(&self) -> bool {
        self.words.is_some() || self.state.is_some() || self.has_price()
    }

    /// Returns `true` if the list is sorted by more than the ID, or restricted to prices or states.
    pub(in crate::catalog) fn is_sorted(&self) -> bool {
        let is_by_id = matches!(self.sort, Sort::Oldest | Sort::Newest);
        !is_by_id || self.state.is_some() || self.has_price()
    }

    /// Returns `true` if a page may take many rows to find: a search, or a sorted list that is restricted.
    pub(in crate::catalog) fn is_costly(&self) -> bool {
        self.words.is_some() || (self.is_sorted() && (self.is_search() || self.category.is_some()))
    }

    /// Returns `true` if the list is restricted to a range of prices.
    pub(super) fn has_price(&self) -> bool {
        self.min_price.is_some() || self.max_price.is_some()
    }

    /// Returns `true` if the matches are to be ranked, but there are no words to match.
    pub(in crate::catalog) fn lacks_words(&self) -> bool {
        self.sort == Sort::Relevance && self.words.is_none()
    }

    /// Returns the direction of the list.
    pub(in crate::catalog) fn order(&self) -> Order {
        match self.sort {
            Sort::Oldest | Sort::Price { is_descending: false } | Sort::Title { is_descending: false } => {
                Order::OldestFirst
            }
            Sort::Newest | Sort::Price { .. } | Sort::Title { .. } | Sort::Rating | Sort::Relevance => {
                Order::NewestFirst
            }
        }
    }

    /// Returns the name of the list, for cursors and counts.
    pub(in crate::catalog) fn list(&self) -> String {
        match (self.is_search() || self.sort != Sort::Oldest, self.category) {
            (false, None) => "products".to_owned(),
            (false, Some(name)) => format!("products of {name}"),
            (true, _) => format!("products by {self:?}"),
        }
    }
}

/// Maximum number of characters of a word. `search_vector` in the database truncates words in the same way.
const LONGEST_WORD: usize = 500;

/// Quotation marks around a phrase. Any two of them form a pair.
const QUOTES: [char; 5] = ['"', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}'];

/// The words of a search as a PostgreSQL query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::catalog) struct Words {
    /// `None` if the text has no word that is not excluded. Such a search finds nothing.
    pub(super) query: Option<String>,
    /// The parts of the query.
    pub(super) terms: Vec<Term>,
}

impl Words {
    /// Parses search text. All words must match, the last one as a prefix. `"a phrase"`, `this or that` and `-without`
    /// are supported. Any text is valid. Returns `None` for text without a visible character.
    pub(super) fn read(text: &str) -> Option<Self> {
        is_visible(text).then(|| {
            let terms = with_a_word(terms(text));
            Self { query: query(&terms, true), terms }
        })
    }

    /// Returns the query without its last word, which is a prefix, and the remaining terms. Returns `None` if the rest would
    /// not match every product that the whole query matches, or has no word that must be present.
    pub(super) fn without_prefix(&self) -> Option<(String, Vec<Term>)> {
        if self.terms.iter().any(|term| matches!(term, Term::Or(_))) {
            return None;
        }
        let mut terms = self.terms.clone();
        let Some(Term::Words(words)) = terms.last_mut() else { return None };
        words.pop();
        if words.is_empty() {
            terms.pop();
        }
        if terms.iter().all(|term| matches!(term, Term::Without(_))) {
            return None;
        }
        Some((query(&terms, false)?, terms))
    }
}

/// A part of a search; its words are in their search form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Term {
    /// All of these words.
    Words(Vec<String>),
    /// These words, one after the other.
    Phrase(Vec<String>),
    /// Not these words, one after the other.
    Without(Vec<String>),
    /// The word `or` between alternatives.
    Or(Vec<String>),
}

/// Splits search text into terms. Parts without words are dropped.
fn terms(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut is_behind_blank = true;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let behind = &rest[first.len_utf8()..];
        if first.is_whitespace() || QUOTES.contains(&first) {
            is_behind_blank = first.is_whitespace();
            rest = behind;
            // An unclosed quotation mark, such as an inch sign, does not begin a phrase.
            if !first.is_whitespace()
                && let Some((phrase, behind)) = behind.split_once(QUOTES)
            {
                terms.push(Term::Phrase(words(phrase)));
                rest = behind;
            }
            continue;
        }
        let end = rest.find(|letter: char| letter.is_whitespace() || QUOTES.contains(&letter));
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let negated =
            word.strip_prefix('-').filter(|word| is_behind_blank && word.starts_with(char::is_alphanumeric));
        terms.push(match negated {
            Some(word) => Term::Without(words(word)),
            None if word.eq_ignore_ascii_case("or") => Term::Or(words(word)),
            None => Term::Words(words(word)),
        });
        is_behind_blank = false;
        rest = behind;
    }
    terms.retain(|(Term::Words(found) | Term::Phrase(found) | Term::Without(found) | Term::Or(found))| {
        !found.is_empty()
    });
    terms
}

/// Drops alternatives that only exclude words. No index finds them, so that they would read every product.
fn with_a_word(terms: Vec<Term>) -> Vec<Term> {
    let count = terms.len();
    let mut alternatives: Vec<Vec<Term>> = vec![Vec::new()];
    let mut is_operand = false;
    for (place, term) in terms.into_iter().enumerate() {
        let separates = matches!(term, Term::Or(_)) && is_operand && place + 1 < count;
        is_operand = !separates;
        if separates {
            alternatives.push(Vec::new());
        } else if let Some(alternative) = alternatives.last_mut() {
            alternative.push(term);
        }
    }
    alternatives.retain(|terms| terms.iter().any(|term| !matches!(term, Term::Without(_))));
    let or = || Term::Or(vec!["or".to_owned()]);
    let mut all = Vec::with_capacity(count);
    for alternative in alternatives {
        if !all.is_empty() {
            all.push(or());
        }
        all.extend(alternative);
    }
    all
}

fn words(text: &str) -> Vec<String> {
    let form = search_form(text);
    let words = form.split(' ').filter(|word| !word.is_empty());
    words.map(|word| word.chars().take(LONGEST_WORD).collect()).collect()
}

/// Converts the terms to a PostgreSQL query, or `None` if there are none. The last word can be a prefix. `or` binds weaker
/// than the terms beside it, and is an ordinary word if a side is missing. Words have only letters, digits and symbols:
/// they cannot end a quotation.
fn query(terms: &[Term], ends_with_prefix: bool) -> Option<String> {
    let mut query = String::new();
    let mut is_operand = false;
    for (place, term) in terms.iter().enumerate() {
        let is_last = place + 1 == terms.len();
        if matches!(term, Term::Or(_)) && is_operand && !is_last {
            query.push_str(" | ");
            is_operand = false;
            continue;
        }
        if is_operand {
            query.push_str(" & ");
        }
        is_operand = true;
        match term {
            Term::Words(words) | Term::Or(words) => {
                query.push_str(&joined(words, " & "));
                query.push_str(if is_last && ends_with_prefix { ":*" } else { "" });
            }
            Term::Phrase(words) => query.push_str(&joined(words, " <-> ")),
            Term::Without(words) => query.extend(["!(", &joined(words, " <-> "), ")"]),
        }
    }
    is_operand.then_some(query)
}

fn joined(words: &[String], operator: &str) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(operator)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn query_of(text: &str) -> Option<String> {
        Words::read(text).expect("words").query
    }

    #[test]
    fn what_is_typed_becomes_a_query() {
        for (text, query) in [
            ("jack", "'jack':*"),
            ("Cotton jack ", "'cotton' & 'jack':*"),
            ("men's 3.0", "'men' & 's' & '3' & '0':*"),
            ("\"solid gold\"", "'solid' <-> 'gold'"),
            ("\u{201c}Solid gold\u{201d} ring", "'solid' <-> 'gold' & 'ring':*"),
            ("27\" monitor", "'27' & 'monitor':*"),
            ("usb -port", "'usb' & !('port')"),
            ("usb\u{a0}-t-shirt", "'usb' & !('t' <-> 'shirt')"),
            ("usb - port", "'usb' & 'port':*"),
            ("- usb", "'usb':*"),
            ("usb-port --x -\"y\"", "'usb' & 'port' & 'x' & 'y'"),
            ("\"a\"-b", "'a' & 'b':*"),
            ("a or b c", "'a' | 'b' & 'c':*"),
            ("or", "'or':*"),
            ("cotton or -jack", "'cotton':*"),
            ("-jack or cotton -shirt", "'cotton' & !('shirt')"),
            ("-jack or or", "'or':*"),
            ("a OR", "'a' & 'or':*"),
            ("or or or", "'or' | 'or':*"),
            ("!c:* & (d", "'c' & 'd':*"),
            ("'; drop", "'drop':*"),
            ("ﬁsh\u{200b}&\u{ad}CHIPS", "'fish' & 'chips':*"),
            ("🌱", "'🌱':*"),
        ] {
            assert_eq!(query_of(text).as_deref(), Some(query), "{text}");
        }
    }

    #[test]
    fn the_last_word_can_be_left_out() {
        for (text, query) in [
            ("cotton jack", Some("'cotton'")),
            ("solid gold ring", Some("'solid' & 'gold'")),
            ("\"solid gold\" -plate ring", Some("'solid' <-> 'gold' & !('plate')")),
            ("jack", None),
            ("-plate ring", None),
            ("ring -plate", None),
            ("gold or silver ring", None),
        ] {
            let words = Words::read(text).expect("words");
            assert_eq!(words.without_prefix().map(|(query, _)| query).as_deref(), query, "{text}");
        }
    }

    #[test]
    fn without_a_word_to_find_nothing_is_found() {
        for text in ["?!", "\"", "-", "\"\"", "$ % ''", "-jack", "-jack -\u{201c}", "-jack or -shirt"] {
            assert_eq!(query_of(text), None, "{text}");
        }
    }

    #[test]
    fn blanks_ask_for_nothing() {
        for text in ["", " \t\u{3000}", "\u{200b}", "\u{ad}\u{3164}"] {
            assert_eq!(Words::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn lists_have_names_of_their_own() {
        let read = |category, search, owner| {
            Filter::read(Selection { category, search, owner, ..Selection::default() })
        };
        let list = |category, search, owner| read(category, search, owner).list();
        assert_eq!(list(None, None, None), "products");
        assert_eq!(list(Some("x"), Some(" "), None), "products of x");
        assert_ne!(list(Some("x"), Some("y"), None), list(None, Some("y"), Some("x")));
        let of_tag = Filter::read(Selection { tag: Some("x"), ..Selection::default() });
        assert_ne!(of_tag.list(), list(Some("x"), None, None));
        assert_eq!(read(None, Some("y"), None).order(), Order::NewestFirst);
        assert_eq!(read(None, None, Some("y")).order(), Order::OldestFirst);
        let newest = Filter::read(Selection { sort: Some(Sort::Newest), ..Selection::default() });
        assert!(newest.order() == Order::NewestFirst && newest.list() != "products" && !newest.is_sorted());
    }

    #[test]
    fn only_a_search_can_be_ranked() {
        let ranked = Selection { sort: Some(Sort::Relevance), ..Selection::default() };
        assert!(Filter::read(ranked).lacks_words());
        assert!(Filter::read(Selection { search: Some(" "), ..ranked }).lacks_words());
        assert!(!Filter::read(Selection { search: Some("y"), ..ranked }).lacks_words());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_only_words_are_quoted(text in ".{0,40}|[a-zO \"'!:*&|()<>-]{0,40}") {
            let Some(Words { query: Some(query), .. }) = Words::read(&text) else {
                return Ok(());
            };
            let (mut words, mut operators) = (Vec::new(), String::new());
            for (place, part) in query.split('\'').enumerate() {
                if place % 2 == 1 { words.push(part) } else { operators.push_str(part) }
            }
            prop_assert!(words.iter().all(|word| !word.is_empty() && !word.contains([' ', '\\'])), "{}", query);
            prop_assert!(operators.chars().all(|sign| " &|!()<->:*".contains(sign)), "{}", query);
            let form = search_form(&text);
            prop_assert!(words.iter().all(|word| form.contains(word)), "{} {}", query, form);
        }

        #[test]
        fn lists_that_differ_have_names_that_differ(
            one in (prop::option::of("[a-z \"]{1,6}"), prop::option::of("[a-z]{1,4}"), prop::option::of("[a-z]{1,4}"), prop::option::of("[a-z]{1,4}")),
            other in (prop::option::of("[a-z \"]{1,6}"), prop::option::of("[a-z]{1,4}"), prop::option::of("[a-z]{1,4}"), prop::option::of("[a-z]{1,4}")),
        ) {
            let [one, other] = [&one, &other].map(|(category, tag, search, owner)| {
                Filter::read(Selection {
                    category: category.as_deref(),
                    tag: tag.as_deref(),
                    search: search.as_deref(),
                    owner: owner.as_deref(),
                    ..Selection::default()
                })
            });
            prop_assert_eq!(one.list() == other.list(), one == other);
        }
    }
}
