//! The server on standard input and output: one message a line, and nothing else on either.

use std::sync::Arc;

use rmcp::ServiceExt;
use rmcp::transport::stdio_pipes;
use tokio_util::sync::CancellationToken;

use super::lines::Lines;
use super::served::Served;
use super::server::Server;

/// Serves whoever is at the other end, until the end of input or `stop`.
pub async fn serve(served: Arc<Served>, stop: CancellationToken) {
    let (input, output) = stdio_pipes();
    let transport = Lines::new(input, output);
    // Who closes the stream before anything was said is gone: that is no failure of ours.
    if let Ok(running) = Server::new(served).serve_with_ct(transport, stop.clone()).await {
        let _ = running.waiting().await;
    }
    stop.cancel();
}
