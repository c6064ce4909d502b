//! A review in the making: what waits for a decision and the keys of a person in; screens, and at the end the
//! decisions that are to be signed, out.
//!
//! [`sheet`] is what was read, once. [`state`] takes keys and holds what was decided; [`frame`] draws it in lines
//! of a screen, [`talk`] asks the same line by line. Nothing here signs, writes or reads.

mod answer;
mod ask;
mod decide;
pub mod frame;
pub mod keys;
mod list;
pub mod listing;
pub mod mark;
mod page;
mod picked;
mod press;
pub mod sheet;
mod signing;
pub mod state;
pub mod talk;
mod together;
mod words;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_together;
