//! The bag of a user, which is ordered as a whole. Its rows belong to the carts.

mod handlers;
