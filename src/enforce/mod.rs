//! ENFORCE: a call in, what happens to it out. Who may call what, what is sent, where requests may go, when a person
//! is asked, what is written down: decided here from values, and carried out by `run` and `io`.

pub mod audit;
pub mod budget;
pub mod challenge;
pub mod grant;
pub mod reason;
pub mod token;
