//! ENFORCE: a call in, what happens to it out. Who may call what, what is sent, where requests may go, when a person
//! is asked, what is written down: decided here from values, and carried out by `run` and `io`.

pub mod decide;
pub mod guard;
pub mod reason;
pub mod standing;
