//! From what others wrote or sent to a toolpack: captures, descriptions of APIs, logins that recordings need, proposals.

mod auth;
mod capture;
mod contract;
mod enrich;
mod mint;
mod observe;
mod openapi;
mod openapi_export;
mod propose;
mod recordings;
mod spellings;

#[path = "../support/edit.rs"]
mod edit;
#[path = "../support/served_shop.rs"]
mod served_shop;
#[path = "../support/session.rs"]
mod session;
#[path = "../support/cask.rs"]
mod support;
#[path = "../support/upstream.rs"]
mod upstream;
