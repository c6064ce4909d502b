//! GITHUB, as values: what its events and inputs say, and what a step writes back. Texts in, decisions out; the
//! calls themselves are made by `io::github`, and what is reported where is said by `cmd`.

pub mod event;
pub mod inputs;
pub mod outputs;
pub mod place;
pub mod sides;
