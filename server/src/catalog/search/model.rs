//! What products are asked for by, and what becomes of the words that somebody typed.

use uuid::Uuid;

use crate::platform::page::Order;

/// Which products a list shows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::catalog) struct Filter<'a> {
    /// Those of the category of this name.
    pub(in crate::catalog) category: Option<&'a str>,
    /// Those with these words.
    pub(in crate::catalog) words: Option<Words>,
    /// Those of this user.
    pub(in crate::catalog) owner: Option<Owner<'a>>,
}

impl<'a> Filter<'a> {
    /// Reads the parameters of the list.
    pub(in crate::catalog) fn read(
        category: Option<&'a str>,
        search: Option<&str>,
        owner: Option<&'a str>,
    ) -> Self {
        // Forms send what is left empty as well.
        let is_given = |text: &&str| !text.trim().is_empty();
        Self {
            category: category.filter(is_given),
            words: search.and_then(Words::read),
            owner: owner.filter(is_given).map(Owner::read),
        }
    }

    /// Whether it asks for more than a category. The texts of such lists have no end: their counts are not kept.
    pub(in crate::catalog) fn is_search(&self) -> bool {
        self.words.is_some() || self.owner.is_some()
    }

    /// What is found by words comes newest first, other lists by id.
    pub(in crate::catalog) fn order(&self) -> Order {
        if self.words.is_some() { Order::NewestFirst } else { Order::OldestFirst }
    }

    /// The name of the list, for cursors and counts.
    pub(in crate::catalog) fn list(&self) -> String {
        match (self.is_search(), self.category) {
            (false, None) => "products".to_owned(),
            (false, Some(name)) => format!("products of {name}"),
            (true, _) => format!("products by {self:?}"),
        }
    }
}

/// How a parameter names a user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::catalog) enum Owner<'a> {
    Id(i64),
    Uuid(Uuid),
    Name(&'a str),
}

impl<'a> Owner<'a> {
    /// Reads a name. User names are neither all digits nor like a uuid.
    fn read(text: &'a str) -> Self {
        let id = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())).map(Self::Id);
        id.or_else(|| text.parse().ok().map(Self::Uuid)).unwrap_or(Self::Name(text))
    }

    /// Id, uuid and name as three parameters of a statement, of which one is there.
    pub(super) fn parameters(self) -> (Option<i64>, Option<Uuid>, Option<&'a str>) {
        match self {
            Self::Id(id) => (Some(id), None, None),
            Self::Uuid(uuid) => (None, Some(uuid), None),
            Self::Name(name) => (None, None, Some(name)),
        }
    }
}

/// The words of a search in the language of `websearch_to_tsquery`, which takes any text: all of them, and apart from
/// them the last one, which may be the beginning of a word that is still being typed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::catalog) struct Words {
    /// All of them.
    pub(super) all: String,
    /// All before the last, where there are any.
    pub(super) rest: Option<String>,
    /// The last as a prefix, `jack:*`, where the text ends in a plain word.
    pub(super) last: Option<String>,
}

impl Words {
    /// Reads what somebody typed; nothing but blanks asks for nothing.
    fn read(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return None;
        }
        let all = plain(text);
        let (rest, last) = all.trim_end().rsplit_once(' ').unwrap_or(("", all.trim_end()));
        let is_word = !last.is_empty() && last.chars().all(char::is_alphanumeric);
        let rest = (is_word && !rest.trim().is_empty()).then(|| rest.to_owned());
        let last = is_word.then(|| format!("{last}:*"));
        Some(Self { all, rest, last })
    }
}

/// The text with its punctuation blank, as the words of products were made; but for quotes, which hold phrases
/// together, and a minus that stands directly before a word and behind a blank, which asks for those without it.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_minus = letter == '-'
            && plain.chars().next_back().is_none_or(|before| before == ' ')
            && letters.peek().is_some_and(|next| next.is_alphanumeric());
        let is_kept = !letter.is_ascii_punctuation() && !letter.is_whitespace();
        plain.push(if is_kept || letter == '"' || is_minus { letter } else { ' ' });
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_word_is_a_beginning() {
        for (text, all, rest, last) in [
            ("jack", "jack", None, Some("jack:*")),
            ("Cotton jack ", "Cotton jack ", Some("Cotton"), Some("jack:*")),
            ("men's 3.0", "men s 3 0", Some("men s 3"), Some("0:*")),
            ("\"solid gold\"", "\"solid gold\"", None, None),
            ("usb -port", "usb -port", None, None),
            ("usb - port", "usb   port", Some("usb  "), Some("port:*")),
            ("- usb", "  usb", None, Some("usb:*")),
            ("usb --port -", "usb  -port  ", None, None),
            ("!c:*", " c  ", None, Some("c:*")),
            ("?!", "  ", None, None),
        ] {
            let words = Words::read(text).expect("words");
            assert_eq!((words.all.as_str(), words.rest.as_deref(), words.last.as_deref()), (all, rest, last));
        }
    }

    #[test]
    fn blanks_ask_for_nothing() {
        assert_eq!(Words::read(""), None);
        assert_eq!(Words::read(" \t\u{3000}"), None);
    }

    #[test]
    fn owners_are_numbers_uuids_or_names() {
        assert_eq!(Owner::read("7"), Owner::Id(7));
        assert_eq!(Owner::read("johnd"), Owner::Name("johnd"));
        assert_eq!(Owner::read("+7"), Owner::Name("+7"));
        assert_eq!(Owner::read("99999999999999999999"), Owner::Name("99999999999999999999"));
        let uuid = Uuid::now_v7();
        assert_eq!(Owner::read(&uuid.to_string()), Owner::Uuid(uuid));
    }

    #[test]
    fn lists_have_names_of_their_own() {
        let list = |category, search, owner| Filter::read(category, search, owner).list();
        assert_eq!(list(None, None, None), "products");
        assert_eq!(list(Some("x"), Some(" "), None), "products of x");
        assert_ne!(list(Some("x"), Some("y"), None), list(None, Some("y"), Some("x")));
        assert_eq!(Filter::read(None, Some("y"), None).order(), Order::NewestFirst);
        assert_eq!(Filter::read(None, None, Some("y")).order(), Order::OldestFirst);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_the_beginning_of_a_word_is_a_word(text in ".{0,40}|[a-z \"'!:*&|()<>-]{0,40}") {
            let Some(words) = Words::read(&text) else {
                prop_assert_eq!(text.trim(), "");
                return Ok(());
            };
            prop_assert_eq!(words.all.chars().count(), text.chars().count());
            prop_assert!(!words.all.contains(|letter: char| letter.is_ascii_punctuation() && !"\"-".contains(letter)));
            prop_assert!(!words.all.contains(|letter: char| letter != ' ' && letter.is_whitespace()));
            prop_assert!(words.all.match_indices('-').all(|(at, _)| at == 0 || words.all[..at].ends_with(' ')));
            if let Some(last) = words.last {
                let word = last.strip_suffix(":*").expect("a beginning");
                prop_assert!(!word.is_empty() && word.chars().all(char::is_alphanumeric), "{}", word);
                prop_assert!(words.all.trim_end().ends_with(word));
            } else {
                prop_assert_eq!(words.rest, None);
            }
        }

        #[test]
        fn an_owner_is_named_by_number_uuid_or_name_and_nothing_is_lost(text in "[0-9]{0,25}|.{0,20}", id in 0_i64.., bytes: [u8; 16]) {
            let (number, uuid) = (id.to_string(), Uuid::from_bytes(bytes));
            prop_assert_eq!(Owner::read(&number), Owner::Id(id));
            let hyphenated = uuid.to_string();
            prop_assert_eq!(Owner::read(&hyphenated), Owner::Uuid(uuid));
            match Owner::read(&text) {
                Owner::Id(id) => prop_assert_eq!(text.parse(), Ok(id)),
                Owner::Uuid(uuid) => prop_assert_eq!(text.parse(), Ok(uuid)),
                Owner::Name(name) => prop_assert_eq!(name, &*text),
            }
        }

        #[test]
        fn lists_that_differ_have_names_that_differ(
            one in (prop::option::of("[a-z \"]{1,6}"), prop::option::of("[a-z]{1,4}"), prop::option::of("[a-z]{1,4}")),
            other in (prop::option::of("[a-z \"]{1,6}"), prop::option::of("[a-z]{1,4}"), prop::option::of("[a-z]{1,4}")),
        ) {
            let [one, other] = [&one, &other].map(|(category, search, owner)| {
                Filter::read(category.as_deref(), search.as_deref(), owner.as_deref())
            });
            prop_assert_eq!(one.list() == other.list(), one == other);
        }
    }
}
