//! ENFORCE: a call in, what happens to it out. Who may call what, what is sent, where requests may go, when a person
//! is asked, what is written down: decided here from values, and carried out by `run` and `io`.

pub mod arguments;
mod body;
pub mod decide;
pub mod fingerprint;
pub mod guard;
mod loops;
mod percent;
mod places;
pub mod prepared;
pub mod reason;
pub mod request;
pub mod standing;
mod template;
mod validator;
mod written;
