//! GITHUB'S API: questions that `github` has decided on in, small values of ours out.
//!
//! Every request goes one way: [`Api`] shapes it with octocrab, and the one carrier below takes it to the
//! network and owns every rule of it: addresses, redirects, limits of time and size, retries.

mod address;
mod api;
mod carrier;
mod checks;
mod comments;
mod files;
mod issues;
mod objects;
mod pace;
mod people;
mod protections;
mod pulls;
mod repos;
mod reviews;
mod scanning;
mod settings;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod wire;

pub use address::Slug;
pub use api::Api;
pub use checks::CheckRun;
pub use comments::Comment;
pub use files::{Files, failure};
pub use issues::StoredIssue;
pub use objects::TreeItem;
pub use pace::{Machine, Pace};
pub use pulls::ChangedFile;
pub use repos::{Commit, Repository};
pub use scanning::Upload;
pub use settings::Settings;
