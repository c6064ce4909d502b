//! The server over streamable HTTP: behind a door that only this machine's programs with the token come through.

use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio_util::sync::CancellationToken;

use super::lines::LINE;
use super::listen::{self, Door};
use super::served::Served;
use super::server::Server;

/// Where the protocol is spoken.
pub const PATH: &str = "/mcp";

/// Serves whoever comes through the door, until `stop`.
pub async fn serve(served: Arc<Served>, listener: TcpListener, door: Door, stop: CancellationToken) {
    let config = StreamableHttpServerConfig::default()
        // The door has looked at both already, with the port; the SDK looks again without.
        .with_allowed_hosts(door.hosts.iter().cloned())
        .with_allowed_origins(door.hosts.iter().map(|host| format!("http://{host}")))
        .with_max_request_body_bytes(LINE)
        .with_cancellation_token(stop.clone());
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(Server::new(Arc::clone(&served))), sessions, config);
    let router = listen::behind(door, Router::new().nest_service(PATH, service));
    listen::serve(listener, router, stop).await;
}
