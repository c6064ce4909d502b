//! WHAT SERVERS KNOW US BY: credentials for the servers of tools. Where they come from, for which server each is,
//! and how one that runs out is got anew. None is ever written down, shown, or sent to another server.

pub mod credential;
pub mod given;
mod host_env;
pub mod oauth;
pub mod provider;
mod secret_file;
pub mod sent;
mod token_answer;
