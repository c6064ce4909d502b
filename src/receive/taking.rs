//! A request of either protocol in, what its sender is told out: one is read at a time, and all are counted.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::body::{Room, Taken};
use super::held::{Held, Partial, Seen};
use super::refused::{Refused, Why};
use crate::capture::otlp::{self, Encoding};

/// Who takes requests.
#[derive(Clone)]
pub struct Taking {
    // One lock: however many send, one request is unpacked and read at a time, and what that takes is taken once.
    held: Arc<Mutex<Held>>,
    /// Room for what is on its way.
    pub room: Room,
    /// Says that no more is taken.
    pub stop: CancellationToken,
}

impl Taking {
    /// Takes until `stop`, and stops by itself when it has enough.
    pub fn new(held: Held, stop: CancellationToken) -> Taking {
        Taking { held: Arc::new(Mutex::new(held)), room: Room::default(), stop }
    }

    /// Takes the spans of a body.
    ///
    /// # Errors
    /// Why the whole of it is not taken.
    pub async fn take(&self, body: Taken, encoding: Encoding) -> Result<Partial, Refused> {
        let mut held = self.held.lock().await;
        let taken = tokio::task::block_in_place(|| {
            let bytes = body.unpacked()?;
            held.take(&bytes, encoding).map_err(|refused| {
                let why = match refused {
                    otlp::Refused::Broken => Why::Broken,
                    otlp::Refused::Many => Why::Many,
                };
                Refused::new(why, refused.message())
            })
        })?;
        if held.is_enough() {
            self.stop.cancel();
        }
        Ok(taken)
    }

    /// Counts a request that is not taken.
    pub async fn refuse(&self, why: Why) {
        *self.held.lock().await.seen.refused.entry(why).or_default() += 1;
    }

    /// What came so far, and how many spans are held.
    pub async fn seen(&self) -> (Seen, usize) {
        let held = self.held.lock().await;
        (held.seen.clone(), held.lines.len())
    }

    /// What is held, once nobody takes any more.
    pub async fn end(self) -> (Vec<String>, Seen) {
        let mut held = self.held.lock().await;
        (std::mem::take(&mut held.lines), std::mem::take(&mut held.seen))
    }
}
