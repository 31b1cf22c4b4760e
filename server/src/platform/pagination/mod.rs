//! Pagination: one keyset scan, addressed by page numbers or cursors. Every page is bounded.

mod count;
mod cursor;
mod list;
mod origin;

use std::fmt::Write as _;

use agora_runtime::PageParameters;

use crate::error::Error;
use crate::platform::http::request::RequestContext;

pub use self::count::{Counts, EXACT_FILTERED, Lookup, Total};
pub use self::cursor::Cursors;
pub use self::list::{List, Pager};
pub use self::origin::Origin;

/// Maximum of `page` times `limit`; only cursors go further. Counts are exact up to here, too.
pub const MAX_OFFSET: i64 = 10_000;
/// Cursor value that starts a walk by cursor.
const START_CURSOR: &str = "start";

/// The place of a row in the order of its list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edge {
    /// ID of the row.
    pub id: i64,
    /// Value by which the list is sorted before the ID, as text. `None` if the list is sorted by the ID alone.
    pub key: Option<String>,
}

impl From<i64> for Edge {
    fn from(id: i64) -> Self {
        Self { id, key: None }
    }
}

impl Edge {
    /// Returns `true` for the place before all rows.
    fn is_start(&self) -> bool {
        self.id == 0 && self.key.is_none()
    }
}

/// Start of a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Position {
    /// At this page number, from 1.
    Page(i64),
    /// After this row.
    After(Edge),
    /// Before this row.
    Before(Edge),
}

/// Order of a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// By ascending id, or by ascending key and id.
    OldestFirst,
    /// By descending id, or by descending key and id.
    NewestFirst,
}

/// Rows requested by a client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PageRequest {
    /// Start of the page.
    pub start: Position,
    /// Maximum number of rows.
    pub limit: i64,
    /// Order of the list; "after" and "before" refer to it.
    pub order: Order,
}

/// A window as parameters of a statement: `limit` rows and one more, in the direction of the walk.
#[derive(Clone, Copy, Debug)]
pub struct Keyset {
    /// `true` if the walk goes towards smaller ids.
    pub is_backward: bool,
    /// Exclusive bound: the rows come after this id, or before it if the walk goes backward.
    pub edge: i64,
    /// Number of rows, including one that only detects a further page.
    pub rows: i64,
    /// Number of rows to skip.
    pub offset: i64,
}

impl PageRequest {
    /// Validates the parameters of a list. `list` identifies the list and its filters: a cursor of another list is
    /// rejected.
    ///
    /// # Errors
    /// Returns [`Error::Validation`] for a forged cursor, a cursor together with a page, or a page beyond [`MAX_OFFSET`].
    pub fn read(
        PageParameters { page, limit, cursor }: PageParameters<'_>,
        limit_by_default: u32,
        cursors: &Cursors,
        list: &str,
    ) -> Result<Self, Error> {
        let limit = i64::from(limit.unwrap_or(limit_by_default));
        let start = match (page, cursor) {
            (Some(_), Some(_)) => {
                return Err(Error::field("cursor", "exclusive", "must not be combined with `page`"));
            }
            (_, Some(START_CURSOR)) => Position::After(Edge::from(0)),
            (_, Some(cursor)) => cursors
                .open(cursor, list)
                .ok_or_else(|| Error::field("cursor", "forged", "must be a cursor of this list"))?,
            (page, None) => Position::Page(page.map_or(1, i64::from)),
        };
        match start {
            Position::Page(page) if page * limit > MAX_OFFSET => Err(Error::field(
                "page",
                "reach",
                "must not exceed 10,000 when multiplied by `limit`; use `cursor` to go further",
            )),
            start => Ok(Self { start, limit, order: Order::OldestFirst }),
        }
    }

    /// Returns the same window on a list in another order.
    #[must_use]
    pub fn ordered(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// Returns the window as parameters of a statement.
    #[must_use]
    pub fn keyset(&self) -> Keyset {
        let is_newest_first = self.order == Order::NewestFirst;
        let begin = if is_newest_first { i64::MAX } else { 0 };
        let (is_backward, edge, offset) = match &self.start {
            Position::Page(page) => (is_newest_first, begin, (page - 1) * self.limit),
            Position::After(edge) if edge.is_start() => (is_newest_first, begin, 0),
            Position::After(edge) => (is_newest_first, edge.id, 0),
            Position::Before(edge) => (!is_newest_first, edge.id, 0),
        };
        Keyset { is_backward, edge, rows: self.limit + 1, offset }
    }

    /// Returns the key of the row from which the page goes on, for lists that are sorted by a key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match &self.start {
            Position::Page(_) => None,
            Position::After(edge) | Position::Before(edge) => edge.key.as_deref(),
        }
    }

    /// Creates a page from the rows of [`PageRequest::keyset`], in the order of the walk.
    pub fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let (has_previous, has_next) = match &self.start {
            Position::Page(page) => (*page > 1, has_more),
            Position::After(edge) => (!edge.is_start(), has_more),
            Position::Before(_) => {
                rows.reverse();
                (has_more, true)
            }
        };
        Page { request: self.clone(), rows, has_previous, has_next }
    }
}

/// One page of rows, in the order of the list.
pub struct Page<T> {
    request: PageRequest,
    /// Rows of the page.
    pub rows: Vec<T>,
    has_previous: bool,
    has_next: bool,
}

/// Links to the neighbours of a page, as absolute URIs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Links {
    /// The next page.
    pub next: Option<String>,
    /// The previous page.
    pub previous: Option<String>,
}

impl Links {
    /// Returns the value of `Link`, if there is a neighbour.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        let mut text = String::new();
        for (uri, relation) in [(&self.next, "next"), (&self.previous, "prev")] {
            if let Some(uri) = uri {
                let separator = if text.is_empty() { "" } else { ", " };
                let _ = write!(text, "{separator}<{uri}>; rel=\"{relation}\"");
            }
        }
        (!text.is_empty()).then_some(text)
    }
}

impl<T> Page<T> {
    /// Returns links to the neighbours in the style of the request: by page number or by cursor. `place` returns the
    /// place of a row. `cursors` is `None` for lists that only have page numbers.
    pub fn links<C, E: Into<Edge>>(
        &self,
        origin: &Origin,
        context: &RequestContext<C>,
        cursors: Option<(&Cursors, &str)>,
        place: impl Fn(&T) -> E,
    ) -> Links {
        let place = |row: &T| place(row).into();
        let of = |target: Position| -> Option<String> {
            let parameter = match (target, cursors) {
                (Position::Page(page), _) if page * self.request.limit <= MAX_OFFSET => {
                    ("page", page.to_string())
                }
                (Position::Page(_), Some((cursors, list))) => {
                    ("cursor", cursors.seal(&Position::After(place(self.rows.last()?)), list))
                }
                (Position::Page(_), None) => return None,
                (start, Some((cursors, list))) => ("cursor", cursors.seal(&start, list)),
                (_, None) => return None,
            };
            Some(origin.link(context, &parameter))
        };
        let step = if self.request.order == Order::NewestFirst { -1 } else { 1 };
        let moved = |edge: &Edge, step: i64| Edge { id: edge.id.saturating_add(step), key: edge.key.clone() };
        let (next, previous) = match &self.request.start {
            Position::Page(page) => (Some(Position::Page(page + 1)), Some(Position::Page(page - 1))),
            // Beyond the end of a list there is no row to continue from: the bound itself leads back.
            Position::After(edge) => (
                self.rows.last().map(|row| Position::After(place(row))),
                Some(Position::Before(self.rows.first().map_or_else(|| moved(edge, step), place))),
            ),
            Position::Before(edge) => (
                Some(Position::After(self.rows.last().map_or_else(|| moved(edge, -step), place))),
                self.rows.first().map(|row| Position::Before(place(row))),
            ),
        };
        Links {
            next: next.filter(|_| self.has_next).and_then(of),
            previous: previous.filter(|_| self.has_previous).and_then(of),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::HOST;
    use proptest::prelude::*;

    use super::*;
    use crate::platform::crypto::Secrets;
    use crate::platform::http::request::examples;

    fn read(page: Option<u32>, limit: Option<u32>, cursor: Option<&str>) -> Result<PageRequest, Error> {
        let parameters = PageParameters { page, limit, cursor };
        PageRequest::read(parameters, 10, &Cursors::new(&Secrets::of_text("secret")), "products")
    }

    fn context(target: &str, host: &str) -> RequestContext<()> {
        examples::context(http::Request::get(target).header(HOST, host), b"")
    }

    fn origin() -> Origin {
        let allowed_hosts = vec!["shop.test".to_owned()];
        Origin { public_origin: None, allowed_hosts }
    }

    #[test]
    fn windows_follow_page_limit_and_cursor() {
        assert_eq!(
            read(None, None, None).expect("is fine"),
            PageRequest { start: Position::Page(1), limit: 10, order: Order::OldestFirst }
        );
        let keyset = read(Some(3), Some(5), None).expect("is fine").keyset();
        assert_eq!((keyset.offset, keyset.rows, keyset.edge), (10, 6, 0));
        assert!(read(Some(1001), None, None).is_err());
        assert!(read(Some(1000), None, None).is_ok());
        assert!(read(Some(137), Some(73), None).is_err(), "10,001 is the first that is too far");
        assert!(read(Some(1), None, Some(START_CURSOR)).is_err());
        let start = read(None, None, Some(START_CURSOR)).expect("is fine").start;
        assert_eq!(start, Position::After(Edge::from(0)));
    }

    #[test]
    fn links_keep_filters_and_the_way_of_walking() {
        let context = context("/api/v1/products?limit=2&%70age=2&category=a%26b", "shop.test:8000");
        let page = read(Some(2), Some(2), None).expect("is fine").page(vec![3, 4, 5]);
        let links = page.links(&origin(), &context, None, |id| *id);
        let base = "http://shop.test:8000/api/products?limit=2&category=a%26b";
        assert_eq!(links.next.as_deref(), Some(format!("{base}&page=3").as_str()));
        assert_eq!(links.previous.as_deref(), Some(format!("{base}&page=1").as_str()));
        assert_eq!(page.rows, [3, 4]);
    }

    #[test]
    fn hosts_that_are_not_allowed_are_not_repeated() {
        let context = context("/api/v1/products", "evil.test");
        let page = read(None, Some(1), None).expect("is fine").page(vec![1, 2]);
        let links = page.links(&origin(), &context, None, |id| *id);
        assert_eq!(links.next.as_deref(), Some("/api/products?page=2"));
        assert_eq!(links.header().as_deref(), Some("</api/products?page=2>; rel=\"next\""));
    }

    #[test]
    fn walking_back_keeps_the_order_of_ids() {
        let start = Position::Before(Edge::from(9));
        let page = PageRequest { start, limit: 2, order: Order::OldestFirst }.page(vec![8, 7, 6]);
        assert_eq!(page.rows, [7, 8]);
        assert!(page.has_previous && page.has_next);
    }

    #[test]
    fn newest_first_walks_to_smaller_ids() {
        let window = |start| PageRequest { start, limit: 2, order: Order::NewestFirst };
        let edge = |start| {
            let keyset = window(start).keyset();
            (keyset.is_backward, keyset.edge, keyset.offset)
        };
        assert_eq!(edge(Position::Page(3)), (true, i64::MAX, 4));
        assert_eq!(edge(Position::After(Edge::from(0))), (true, i64::MAX, 0));
        assert_eq!(edge(Position::After(Edge::from(9))), (true, 9, 0));
        assert_eq!(edge(Position::Before(Edge::from(6))), (false, 6, 0));
        assert_eq!(window(Position::Before(Edge::from(6))).page(vec![7, 8, 9]).rows, [8, 7]);
    }

    #[test]
    fn a_key_of_the_list_goes_along_with_the_id() {
        let edge = |id, key: &str| Edge { id, key: Some(key.to_owned()) };
        let at = |start| PageRequest { start, limit: 2, order: Order::OldestFirst };
        assert_eq!(at(Position::After(edge(0, "9.99"))).key(), Some("9.99"));
        assert_eq!(at(Position::Page(1)).key(), None);
        assert!(at(Position::After(edge(0, ""))).page(vec![1]).has_previous, "an empty key is a place too");
        assert!(!at(Position::After(Edge::from(0))).page(vec![1]).has_previous);
        let context = context("/api/v1/products", "shop.test");
        let cursors = Cursors::new(&Secrets::of_text("secret"));
        let beyond = at(Position::After(edge(7, "9.99"))).page(Vec::<i64>::new());
        let links = beyond.links(&origin(), &context, Some((&cursors, "products")), |id| *id);
        let back = cursors.seal(&Position::Before(edge(8, "9.99")), "products");
        assert!(links.previous.expect("leads back").ends_with(&back));
        assert_eq!(links.next, None);
    }

    proptest! {
        #[test]
        fn a_page_is_bounded_and_within_reach_or_refused(page in prop::option::of(prop_oneof![1..=1200_u32, 1_u32..]), limit in prop::option::of(1..=100_u32), is_newest_first: bool) {
            let asked = i64::from(page.unwrap_or(1)) * i64::from(limit.unwrap_or(10));
            match read(page, limit, None) {
                Ok(window) => {
                    let order = if is_newest_first { Order::NewestFirst } else { Order::OldestFirst };
                    let keyset = window.clone().ordered(order).keyset();
                    prop_assert!(asked <= MAX_OFFSET && keyset.rows <= 101);
                    prop_assert_eq!(keyset.offset + window.limit, asked);
                    prop_assert_eq!(keyset.is_backward, is_newest_first);
                }
                Err(error) => prop_assert!(asked > MAX_OFFSET && error.problem_fields().status == 400),
            }
        }
    }
}
