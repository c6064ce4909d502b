//! ENFORCE: a call in, what happens to it out. Who may call what, what is sent, where requests may go, when a person
//! is asked, what is written down: decided here from values, and carried out by `run` and `io`.

pub mod arguments;
pub mod attached;
pub mod audit;
pub mod body;
pub mod budget;
pub mod challenge;
pub mod decide;
pub mod envelope;
pub mod fingerprint;
pub mod grant;
pub mod guard;
mod loops;
pub mod offer;
mod offered_schema;
mod percent;
mod places;
pub mod prepared;
pub mod reason;
pub mod redaction;
pub mod relayed;
pub mod request;
pub mod served;
pub mod shape;
pub mod standing;
pub mod stateful;
mod template;
pub mod token;
mod unhidden;
mod validator;
mod withheld;
mod work;
mod written;
