//! Text: search, comparison and storage do not depend on the spelling variant or the database version.

mod forms;
mod names;
mod titles;
mod upgrade;
