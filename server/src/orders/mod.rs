//! Orders: placing reserves units of stock, confirming starts the payment, and the payment, a cancellation or the end of the
//! time sells or releases the units. Each transition is one conditional statement.

mod bag;
mod change;
mod handlers;
mod model;
mod payment;
mod place;
mod queries;
mod seed;
mod work;

pub use change::cancel_with_user;
pub use model::Rules;
pub use payment::Provider;
pub use seed::{SeedOrder, SeedOrderLine, seed};
pub use work::run_loops;

/// Returns the statements that are composed at run time, for tests and benchmarks of all statements.
pub fn composed_statements() -> impl Iterator<Item = &'static str> {
    queries::composed().chain(change::composed()).chain(payment::composed())
}
