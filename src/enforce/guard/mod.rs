//! THE GUARD: where a request may go. Which addresses, which origins, and where an answer may lead: decided here
//! before anything is sent, carried out by the client in `io`.

pub mod address;
pub mod hop;
pub mod hosts;
pub mod origin;
