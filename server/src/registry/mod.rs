//! The people registry: names and contact data by Israeli ID. Records have no owner, and any signed-in user may change
//! all of them.

mod handlers;
mod model;
mod queries;
mod record;

pub use model::FORMATS;
