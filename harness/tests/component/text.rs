//! Text is found, compared and kept alike, however it is written and whatever database keeps it.

mod forms;
mod names;
mod titles;
mod upgrade;
