//! Products: reads, writes, search and ratings.

mod facets;
mod idempotency;
mod many;
mod ratings;
mod reading;
mod search;
mod sent_back;
mod sorted;
mod states;
mod walks;
mod writes;
