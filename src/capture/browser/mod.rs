//! A BROWSER THAT IS STEERED, without the browser: what it says in, entries of a recording out; what it is to do, read from
//! files. `io::browser` carries the messages, and whatever decides something about them stands here.

mod chain;
pub mod contexts;
pub mod declared;
mod doubles;
mod entry;
mod hop;
pub mod journal;
pub mod limits;
pub mod party;
pub mod script;
mod step;
pub mod storage_state;
pub mod wire;

pub use chain::Ask;
pub use journal::{Journal, Noted};
pub use limits::Limits;
pub use party::Party;
