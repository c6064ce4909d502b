//! GITHUB'S API: questions that `github` has decided on in, small values of ours out.
//!
//! Every request goes one way: [`Api`] shapes it with octocrab, and the one carrier below takes it to the
//! network and owns every rule of it: addresses, redirects, limits of time and size, retries.

mod address;
mod api;
mod carrier;
mod comments;
mod names;
mod pace;
mod people;
mod roots;
mod settings;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod wire;

pub use address::Slug;
pub use api::Api;
pub use pace::{Machine, Pace};
pub use settings::{Settings, Token};
