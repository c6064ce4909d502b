//! A request of either protocol in, what its sender is told out: one is read at a time, and all are counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

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
    /// Requests that were begun, and neither taken nor refused so far. It goes down under the lock alone.
    open: Arc<AtomicU64>,
    /// Whether the end has come. Whoever gets the lock after that takes nothing any more.
    closed: Arc<AtomicBool>,
    /// Room for what is on its way.
    pub room: Room,
    /// Says that no more is taken.
    pub stop: CancellationToken,
}

impl Taking {
    /// Takes until `stop`, and stops by itself when it has enough.
    pub fn new(held: Held, stop: CancellationToken) -> Taking {
        let held = Arc::new(Mutex::new(held));
        Taking { held, open: Arc::default(), closed: Arc::default(), room: Room::default(), stop }
    }

    /// A request has begun. It comes to its end once it is taken or refused; the others are told of in the end.
    pub fn begin(&self) {
        self.open.fetch_add(1, Ordering::SeqCst);
    }

    /// Takes the spans of a body.
    ///
    /// # Errors
    /// Why the whole of it is not taken.
    pub async fn take(&self, body: Taken, encoding: Encoding) -> Result<Partial, Refused> {
        let mut held = self.held.lock().await;
        // What would be taken now nobody would store.
        if self.closed.load(Ordering::SeqCst) {
            return Err(Refused::new(Why::Ended, "nothing is taken any more"));
        }
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
        self.open.fetch_sub(1, Ordering::SeqCst);
        if held.is_enough() {
            self.stop.cancel();
        }
        Ok(taken)
    }

    /// Counts a request that was begun and is not taken.
    pub async fn refuse(&self, why: Why) {
        let mut held = self.held.lock().await;
        self.open.fetch_sub(1, Ordering::SeqCst);
        *held.seen.refused.entry(why).or_default() += 1;
    }

    /// What came so far, and how many spans are held.
    pub async fn seen(&self) -> (Seen, usize) {
        let held = self.held.lock().await;
        (held.seen.clone(), held.lines.len())
    }

    /// What is held, and what came: nothing is taken from now on, and what was begun and has no end yet counts as cut off.
    pub async fn end(self) -> (Vec<String>, Seen) {
        // Before the lock, so that of those who wait for it none is waited for but the one who has it.
        self.closed.store(true, Ordering::SeqCst);
        let mut held = self.held.lock().await;
        let open = self.open.load(Ordering::SeqCst);
        if open > 0 {
            *held.seen.refused.entry(Why::Ended).or_default() += open;
        }
        (std::mem::take(&mut held.lines), std::mem::take(&mut held.seen))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::held::Bounds;
    use super::*;

    const REQUEST: &[u8] = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}"#;

    /// One that was begun before the end and came after it was told that it is taken, and was not.
    #[test]
    fn what_comes_after_the_end_is_told_so_and_counted() {
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let held = Held::new(Bounds { bytes: 1 << 20, spans: 9 });
        let taking = Taking::new(held, CancellationToken::new());
        let take = || taking.take(Taken::of(Bytes::from_static(REQUEST)), Encoding::Json);
        let (seen, late) = runtime.block_on(async {
            (0..4).for_each(|_| taking.begin());
            take().await.unwrap();
            taking.refuse(Why::Slow).await;
            // Two wait for the one who reads, and so does the end.
            let busy = taking.held.lock().await;
            let (both, end) = (async { (take().await, take().await) }, taking.clone().end());
            let ending = async {
                let (late, (_, seen)) = tokio::join!(both, end);
                (seen, late)
            };
            tokio::join!(ending, async { drop(busy) }).0
        });
        for late in [late.0, late.1] {
            assert_eq!(late.unwrap_err().why, Why::Ended);
        }
        assert_eq!((seen.requests, seen.spans), (1, 1));
        assert_eq!(seen.refused.into_iter().collect::<Vec<_>>(), [(Why::Slow, 1), (Why::Ended, 2)]);
    }
}
