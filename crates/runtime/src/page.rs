//! Lists: the parameters that select a page, and the headers of their responses.

/// Query parameters that select a page of a list.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageParameters<'a> {
    /// Page number, from 1.
    pub page: Option<u32>,
    /// Maximum number of items.
    pub limit: Option<u32>,
    /// Opaque position in the list.
    pub cursor: Option<&'a str>,
}

/// The query parameters of an operation with `x-page`.
pub trait PageQuery {
    /// Returns those that select the page.
    fn page_parameters(&self) -> PageParameters<'_>;
}

/// Headers of the response of an operation with `x-page`.
#[derive(Clone, Debug, Default)]
pub struct PageHeaders {
    /// `Link`.
    pub link: Option<String>,
    /// `X-Total-Count`.
    pub total_count: Option<u64>,
    /// `X-Total-Count-Estimated`.
    pub total_count_estimated: Option<String>,
}

/// The response of an operation with `x-page`.
pub trait PageResponse {
    /// The body of the successful response.
    type Body;

    /// Creates the successful response.
    fn page(body: Self::Body, headers: PageHeaders) -> Self;
}
