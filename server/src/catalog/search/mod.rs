//! Search for products by words and by owner.

mod model;
pub(super) mod queries;

pub(super) use model::{Filter, Words};
