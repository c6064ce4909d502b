//! CONFIRMATIONS: calls that wait for a person, kept in one SQLite file that servers and `cask confirm` share without
//! any lock of ours.
//!
//! | file | what |
//! |---|---|
//! | `database` | the file: who may read it, its journal, its schema |
//! | `former` | what is taken over from a file of the reference system |
//! | `signing_key` | the key beside it, made once |
//! | `rows` | rows to challenges and grants; rows that nobody of ours wrote are none |
//! | `trouble` | what can go wrong: the call, or the world |
//! | `store` | what a server does: ask, use |
//! | `person` | what a person does: look, grant, deny |

pub mod database;
mod former;
pub mod person;
mod rows;
pub mod signing_key;
pub mod store;
pub mod trouble;

pub use store::{Asked, Confirmations, Issued, Store, Used};
pub use trouble::Trouble;
