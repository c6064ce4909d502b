//! Toolpacks and servers of others, served for real: sessions from beginning to end, and who would fool them.

mod at_address;
mod by_events;
mod container;
mod enforce;
mod inspect;
mod live;
mod relayed;
mod serve;
mod serve_attacks;
mod verify_live;

#[path = "../support/events_server.rs"]
mod events_server;
#[path = "../support/http_server.rs"]
mod http_server;
#[path = "../support/mcp.rs"]
mod mcp;
#[path = "../support/served_shop.rs"]
mod served_shop;
#[path = "../support/session.rs"]
mod session;
#[path = "../support/cask.rs"]
mod support;
#[path = "../support/upstream.rs"]
mod upstream;
