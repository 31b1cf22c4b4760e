//! Products: reads, writes, search and ratings.

mod idempotency;
mod many;
mod ratings;
mod reading;
mod search;
mod sent_back;
mod states;
mod walks;
mod writes;
