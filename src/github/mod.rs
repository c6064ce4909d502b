//! GITHUB, as values: what its events and inputs say, and what a step writes back. Texts in, decisions out; the
//! calls themselves are made by `io::github`, and what is reported where is said by `cmd`.

pub mod checks;
pub mod event;
pub mod inputs;
pub mod link;
pub mod marker;
pub mod outputs;
pub mod owners;
pub mod place;
pub mod protections;
pub mod refused;
pub mod retry;
pub mod review;
pub mod rolling;
pub mod sides;
pub mod sticky;
