//! WHAT SERVERS KNOW US BY: credentials for the servers of tools. Where they come from, for which server each is,
//! and how one that runs out is got anew. None is ever written down, shown, or sent to another server.

pub mod credential;
mod entry;
pub mod given;
mod host_env;
mod keyring;
#[cfg(all(feature = "keyring", not(all(unix, not(target_vendor = "apple")))))]
mod native_keyring;
#[cfg(not(feature = "keyring"))]
mod no_keyring;
pub mod oauth;
pub mod provider;
mod secret_file;
#[cfg(all(feature = "keyring", unix, not(target_vendor = "apple")))]
mod secret_service;
pub mod sent;
mod token_answer;

pub use keyring::read as of_keyring;
