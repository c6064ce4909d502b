//! ENFORCE: a call in, what happens to it out. Who may call what, what is sent, where requests may go, when a person
//! is asked, what is written down: decided here from values, and carried out by `run` and `io`.

pub mod arguments;
mod body;
pub mod fingerprint;
mod loops;
mod percent;
mod places;
pub mod prepared;
pub mod reason;
pub mod request;
mod template;
mod validator;
mod written;
