//! The people registry: who somebody is by their Israeli id, and where they are reached. Any signed-in user keeps all of
//! it; nobody owns a record.

mod handlers;
mod model;
mod queries;
mod record;

pub use model::FORMATS;
