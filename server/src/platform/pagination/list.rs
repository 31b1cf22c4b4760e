//! The parts that all lists share: reading their parameters, counting, and the links and headers of their responses.

use std::borrow::Cow;

use agora_runtime::{PageHeaders, PageQuery, PageResponse};

use super::{Counts, Cursors, Edge, Keyset, Links, Lookup, Order, Origin, PageRequest, Total};
use crate::error::Error;
use crate::platform::http::request::RequestContext;

/// Reads the requests of lists.
pub struct Pager {
    /// Cached counts.
    pub counts: Counts,
    /// Codec of cursors.
    pub cursors: Cursors,
    /// Scheme and host of links.
    pub origin: Origin,
}

impl Pager {
    /// Validates the parameters of a list. `name` identifies the list and its filters: a cursor of another list is
    /// rejected, and a cached count is found by it.
    ///
    /// # Errors
    /// As for [`PageRequest::read`].
    pub fn list<'a, C>(
        &'a self,
        context: &'a RequestContext<C>,
        query: &impl PageQuery,
        name: impl Into<Cow<'a, str>>,
    ) -> Result<List<'a, C>, Error> {
        let name = name.into();
        let limit_by_default = context.operation.page_size;
        let request = PageRequest::read(query.page_parameters(), limit_by_default, &self.cursors, &name)?;
        Ok(List { pager: self, context, name, request })
    }
}

/// A list that is requested.
pub struct List<'a, C> {
    pager: &'a Pager,
    context: &'a RequestContext<C>,
    name: Cow<'a, str>,
    request: PageRequest,
}

impl<P> List<'_, Option<P>> {
    /// Returns the total count of a public list: the cached one for an anonymous caller, or else the result of `count`.
    ///
    /// # Errors
    /// Returns the error of `count`.
    pub async fn count<F: Future<Output = Result<i64, E>>, E>(
        &self,
        count: impl FnOnce() -> F,
    ) -> Result<Total, E> {
        self.pager.counts.get(&self.name, self.context.caller.is_none(), count).await
    }

    /// Looks up the total count of a list that has the same rows for all callers. One that is taken instead is cached
    /// by [`List::keep_count`].
    #[must_use]
    pub fn look_up_count(&self) -> Lookup {
        self.pager.counts.look_up(&self.name, self.context.caller.is_none())
    }

    /// Caches the total count of the list.
    pub fn keep_count(&self, lookup: Lookup, total: Total) {
        self.pager.counts.keep(&self.name, lookup, total);
    }
}

impl<C> List<'_, C> {
    /// Returns the same list in another order.
    #[must_use]
    pub fn ordered(self, order: Order) -> Self {
        Self { request: self.request.ordered(order), ..self }
    }

    /// Returns the requested rows as parameters of a statement.
    #[must_use]
    pub fn keyset(&self) -> Keyset {
        self.request.keyset()
    }

    /// Returns the key of the row from which the page goes on, for lists that are sorted by a key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.request.key()
    }

    /// Returns the response with the rows of [`List::keyset`] as a JSON array. `place` returns the place of a row, its ID in
    /// most lists.
    pub fn array<T, V, E: Into<Edge>, R: PageResponse<Body = Vec<V>>>(
        &self,
        rows: Vec<T>,
        total: Total,
        place: impl Fn(&T) -> E,
        to_api: impl FnMut(T) -> V,
    ) -> R {
        self.page(rows, total, place, |rows, _| rows.into_iter().map(to_api).collect())
    }

    /// Returns the response with the rows of [`List::keyset`] in a body that has links of its own. `place` returns the
    /// place of a row.
    pub fn page<T, E: Into<Edge>, R: PageResponse>(
        &self,
        rows: Vec<T>,
        total: Total,
        place: impl Fn(&T) -> E,
        body: impl FnOnce(Vec<T>, Links) -> R::Body,
    ) -> R {
        let page = self.request.page(rows);
        let links =
            page.links(&self.pager.origin, self.context, Some((&self.pager.cursors, &self.name)), place);
        let headers = PageHeaders {
            link: links.header(),
            total_count: total.header(),
            total_count_estimated: total.estimated(),
        };
        R::page(body(page.rows, links), headers)
    }
}
