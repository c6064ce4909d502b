//! Programs of others, really run: git, browsers, those who call our hooks, clients and servers of MCP.

mod auth_browser;
mod browser;
mod bundle;
mod git;
mod hook_peers;
mod mcp_peers;
mod real_servers;
mod real_servers_by_events;
mod verify_played;

#[path = "../support/at_home.rs"]
mod at_home;
#[path = "../support/chromium.rs"]
mod chromium;
#[path = "../support/doorman.rs"]
mod doorman;
#[path = "../support/http_server.rs"]
mod http_server;
#[path = "../support/loopback.rs"]
mod loopback;
#[path = "../support/served_shop.rs"]
mod served_shop;
#[path = "../support/session.rs"]
mod session;
#[path = "../support/site.rs"]
mod site;
#[path = "../support/cask.rs"]
mod support;
#[path = "../support/upstream.rs"]
mod upstream;
