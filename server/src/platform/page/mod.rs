//! The pager: one keyset walk with several renderings. Lists are bounded.

mod count;
mod cursor;
mod origin;

use std::fmt::Write as _;

use http::request::Parts;

use crate::error::Error;

pub use self::count::{Counts, Total};
pub use self::cursor::Cursors;
pub use self::origin::Origin;

/// `page` times `limit` may reach this far; beyond it only cursors go. Counts are exact up to here, too.
pub const REACH: i64 = 10_000;
/// The word that begins a walk by cursor.
const FIRST: &str = "start";

/// Where a page begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Start {
    /// This page number, from 1.
    Page(i64),
    /// After this id.
    After(i64),
    /// Before this id.
    Before(i64),
}

/// In which order a list goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// By ascending id.
    OldestFirst,
    /// By descending id.
    NewestFirst,
}

/// Which rows a request wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// Where it begins.
    pub start: Start,
    /// How many rows at most.
    pub limit: i64,
    /// In which order; "after" and "before" are meant in it.
    pub order: Order,
}

/// The window as a statement takes it: `limit` rows and one more, in the walk's direction.
#[derive(Clone, Copy, Debug)]
pub struct Keyset {
    /// Whether the walk goes to smaller ids.
    pub is_backward: bool,
    /// The id that the rows come after, or before.
    pub edge: i64,
    /// Rows wanted, with the one that tells whether there are more.
    pub rows: i64,
    /// Rows to pass over.
    pub offset: i64,
}

impl Window {
    /// Reads the parameters of a list. `list` names the list and its filters: a cursor of another list is refused.
    ///
    /// # Errors
    /// [`Error::Validation`] for a forged cursor, a cursor with a page, a page beyond reach.
    pub fn read(
        page: Option<u32>,
        limit: Option<u32>,
        cursor: Option<&str>,
        limit_by_default: i64,
        cursors: &Cursors,
        list: &str,
    ) -> Result<Self, Error> {
        let limit = limit.map_or(limit_by_default, i64::from);
        let start = match (page, cursor) {
            (Some(_), Some(_)) => {
                return Err(Error::field("cursor", "exclusive", "and page exclude each other"));
            }
            (_, Some(FIRST)) => Start::After(0),
            (_, Some(cursor)) => cursors
                .open(cursor, list)
                .ok_or_else(|| Error::field("cursor", "forged", "is not one of ours for this list"))?,
            (page, None) => Start::Page(page.map_or(1, i64::from)),
        };
        match start {
            Start::Page(page) if page * limit > REACH => {
                Err(Error::field("page", "reach", "times limit is 10000 at most; go on by cursor"))
            }
            start => Ok(Self { start, limit, order: Order::OldestFirst }),
        }
    }

    /// The same window on a list that goes in another order.
    #[must_use]
    pub fn ordered(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// The window as a statement takes it.
    #[must_use]
    pub fn keyset(&self) -> Keyset {
        let is_newest_first = self.order == Order::NewestFirst;
        let begin = if is_newest_first { i64::MAX } else { 0 };
        let (is_backward, edge, offset) = match self.start {
            Start::Page(page) => (is_newest_first, begin, (page - 1) * self.limit),
            Start::After(0) => (is_newest_first, begin, 0),
            Start::After(id) => (is_newest_first, id, 0),
            Start::Before(id) => (!is_newest_first, id, 0),
        };
        Keyset { is_backward, edge, rows: self.limit + 1, offset }
    }

    /// Makes a page of the rows of [`Window::keyset`], in the order of the walk.
    pub fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let (has_previous, has_next) = match self.start {
            Start::Page(page) => (page > 1, has_more),
            Start::After(id) => (id > 0, has_more),
            Start::Before(_) => {
                rows.reverse();
                (has_more, true)
            }
        };
        Page { window: *self, rows, has_previous, has_next }
    }
}

/// One page of rows, in the order of the list.
pub struct Page<T> {
    window: Window,
    /// The rows.
    pub rows: Vec<T>,
    has_previous: bool,
    has_next: bool,
}

/// The neighbours of a page as absolute URIs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Links {
    /// The page after.
    pub next: Option<String>,
    /// The page before.
    pub previous: Option<String>,
}

impl Links {
    /// The value of `Link`, if there is any neighbour.
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
    /// The neighbours, in the way that this page was asked for: by number or by cursor. `id` tells a row's id. `cursors`
    /// is none for lists that have page numbers only.
    pub fn links(
        &self,
        origin: &Origin,
        request: &Parts,
        cursors: Option<(&Cursors, &str)>,
        id: impl Fn(&T) -> i64,
    ) -> Links {
        let of = |target: Start| -> Option<String> {
            let parameter = match (target, cursors) {
                (Start::Page(page), _) if page * self.window.limit <= REACH => ("page", page.to_string()),
                (Start::Page(_), Some((cursors, list))) => {
                    ("cursor", cursors.seal(Start::After(id(self.rows.last()?)), list))
                }
                (Start::Page(_), None) => return None,
                (start, Some((cursors, list))) => ("cursor", cursors.seal(start, list)),
                (_, None) => return None,
            };
            Some(origin.link(request, &parameter))
        };
        let step = if self.window.order == Order::NewestFirst { -1 } else { 1 };
        let (next, previous) = match self.window.start {
            Start::Page(page) => (Some(Start::Page(page + 1)), Some(Start::Page(page - 1))),
            // Past an end there is no row to go on from: the edge itself leads back.
            Start::After(edge) => (
                self.rows.last().map(|row| Start::After(id(row))),
                Some(Start::Before(self.rows.first().map_or(edge + step, &id))),
            ),
            Start::Before(edge) => (
                Some(Start::After(self.rows.last().map_or(edge - step, &id))),
                self.rows.first().map(|row| Start::Before(id(row))),
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
    use crate::platform::problem::Called;

    fn read(page: Option<u32>, limit: Option<u32>, cursor: Option<&str>) -> Result<Window, Error> {
        Window::read(page, limit, cursor, 10, &Cursors::new(&Secrets::of_text("secret")), "products")
    }

    fn parts(target: &str, host: &str) -> Parts {
        let request = http::Request::get(target).header(HOST, host);
        let called = Called { path: "/api/products".into(), ..Called::of(&http::Extensions::new()) };
        request.extension(called).body(()).expect("a request").into_parts().0
    }

    fn origin() -> Origin {
        let allowed_hosts = vec!["shop.test".to_owned()];
        Origin { public_origin: None, allowed_hosts }
    }

    #[test]
    fn windows_follow_page_limit_and_cursor() {
        assert_eq!(
            read(None, None, None).expect("is fine"),
            Window { start: Start::Page(1), limit: 10, order: Order::OldestFirst }
        );
        let keyset = read(Some(3), Some(5), None).expect("is fine").keyset();
        assert_eq!((keyset.offset, keyset.rows, keyset.edge), (10, 6, 0));
        assert!(read(Some(1001), None, None).is_err());
        assert!(read(Some(1000), None, None).is_ok());
        assert!(read(Some(137), Some(73), None).is_err(), "10,001 is the first that is too far");
        assert!(read(Some(1), None, Some(FIRST)).is_err());
        assert_eq!(read(None, None, Some(FIRST)).expect("is fine").start, Start::After(0));
    }

    #[test]
    fn links_keep_filters_and_the_way_of_walking() {
        let parts = parts("/api/v1/products?limit=2&%70age=2&category=a%26b", "shop.test:8000");
        let page = read(Some(2), Some(2), None).expect("is fine").page(vec![3, 4, 5]);
        let links = page.links(&origin(), &parts, None, |id| *id);
        let base = "http://shop.test:8000/api/products?limit=2&category=a%26b";
        assert_eq!(links.next.as_deref(), Some(format!("{base}&page=3").as_str()));
        assert_eq!(links.previous.as_deref(), Some(format!("{base}&page=1").as_str()));
        assert_eq!(page.rows, [3, 4]);
    }

    #[test]
    fn hosts_that_are_not_allowed_are_not_repeated() {
        let parts = parts("/api/v1/products", "evil.test");
        let page = read(None, Some(1), None).expect("is fine").page(vec![1, 2]);
        let links = page.links(&origin(), &parts, None, |id| *id);
        assert_eq!(links.next.as_deref(), Some("/api/products?page=2"));
        assert_eq!(links.header().as_deref(), Some("</api/products?page=2>; rel=\"next\""));
    }

    #[test]
    fn walking_back_keeps_the_order_of_ids() {
        let page =
            Window { start: Start::Before(9), limit: 2, order: Order::OldestFirst }.page(vec![8, 7, 6]);
        assert_eq!(page.rows, [7, 8]);
        assert!(page.has_previous && page.has_next);
    }

    #[test]
    fn newest_first_walks_to_smaller_ids() {
        let window = |start| Window { start, limit: 2, order: Order::NewestFirst };
        let edge = |start| {
            let keyset = window(start).keyset();
            (keyset.is_backward, keyset.edge, keyset.offset)
        };
        assert_eq!(edge(Start::Page(3)), (true, i64::MAX, 4));
        assert_eq!(edge(Start::After(0)), (true, i64::MAX, 0));
        assert_eq!(edge(Start::After(9)), (true, 9, 0));
        assert_eq!(edge(Start::Before(6)), (false, 6, 0));
        assert_eq!(window(Start::Before(6)).page(vec![7, 8, 9]).rows, [8, 7]);
    }

    proptest! {
        #[test]
        fn a_page_is_bounded_and_within_reach_or_refused(page in prop::option::of(prop_oneof![1..=1200_u32, 1_u32..]), limit in prop::option::of(1..=100_u32), is_newest_first: bool) {
            let asked = i64::from(page.unwrap_or(1)) * i64::from(limit.unwrap_or(10));
            match read(page, limit, None) {
                Ok(window) => {
                    let order = if is_newest_first { Order::NewestFirst } else { Order::OldestFirst };
                    let keyset = window.ordered(order).keyset();
                    prop_assert!(asked <= REACH && keyset.rows <= 101);
                    prop_assert_eq!(keyset.offset + window.limit, asked);
                    prop_assert_eq!(keyset.is_backward, is_newest_first);
                }
                Err(error) => prop_assert!(asked > REACH && error.wire().status == 400),
            }
        }
    }
}
