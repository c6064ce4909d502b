//! What a call has to pass between a client and a server: confirmations, credentials, the guarded client, the audit trail.

mod audit;
mod budgets;
mod calls;
mod confirm;
mod confirm_cli;
mod credentials;
mod guarded;
mod guarded_tls;
mod serve_audit;

#[path = "../support/confirming.rs"]
mod confirming;
#[path = "../support/loopback.rs"]
mod loopback;
#[path = "../support/served_shop.rs"]
mod served_shop;
#[path = "../support/session.rs"]
mod session;
#[path = "../support/cask.rs"]
mod support;
#[path = "../support/upstream.rs"]
mod upstream;
