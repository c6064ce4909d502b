//! A server over stdin and stdout: it ends with its input, or when it is told to, and never later than that.

use std::io;

use rmcp::ServerHandler;

use super::lines::Lines;

/// Serves until stdin ends or a signal asks for the end.
///
/// # Errors
/// The system gives no signals or no events.
pub fn serve<S: ServerHandler>(server: S) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let told = told_to_end()?;
        let lines = Lines::new(tokio::io::stdin(), tokio::io::stdout());
        let conversation = async {
            // A conversation that does not begin is over too: what was wrong with it was answered.
            if let Ok(running) = rmcp::serve_server(server, lines).await {
                let _ = running.waiting().await;
            }
        };
        tokio::select! {
            () = conversation => {}
            () = told => {}
        }
        Ok(())
    });
    // A thread may wait in a read of stdin that never ends.
    runtime.shutdown_background();
    served
}

/// Waits for SIGTERM or SIGINT.
#[cfg(unix)]
fn told_to_end() -> io::Result<impl Future<Output = ()>> {
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
#[cfg(not(unix))]
fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
