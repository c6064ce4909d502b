//! A server on standard input and output: it ends with its input, or when it is told to, and never later than that.

use std::io;

use rmcp::transport::stdio_pipes;
use rmcp::{ServerHandler, ServiceExt};
use tokio_util::sync::CancellationToken;

use super::lines::Lines;

/// Speaks with whoever is at the other end, until the end of input or `stop`.
pub async fn converse<S: ServerHandler>(server: S, stop: CancellationToken) {
    let (input, output) = stdio_pipes();
    // A conversation that does not begin is over too: what was wrong with it was answered.
    if let Ok(running) = server.serve_with_ct(Lines::new(input, output), stop).await {
        let _ = running.waiting().await;
    }
}

/// Serves by itself: until standard input ends, or a signal asks for the end.
///
/// # Errors
/// The system gives no signals or no events.
pub fn serve<S: ServerHandler>(server: S) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let told = told_to_end()?;
        tokio::select! {
            () = converse(server, CancellationToken::new()) => {}
            () = told => {}
        }
        Ok(())
    });
    // A thread may wait in a read of standard input that never ends.
    runtime.shutdown_background();
    served
}

/// Waits for SIGTERM or SIGINT.
///
/// # Errors
/// The system gives no signals.
#[cfg(unix)]
pub fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

/// Waits for Ctrl-C.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
