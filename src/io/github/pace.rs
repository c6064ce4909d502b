//! The clock and the patience of requests: the machine's own, or one that tests set.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A wait.
pub type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What requests know of time.
pub trait Pace: Send + Sync {
    /// Since some fixed moment; never goes back.
    fn now(&self) -> Duration;
    /// Seconds since 1970.
    fn epoch(&self) -> u64;
    /// Ends after that long.
    fn wait(&self, time: Duration) -> Wait;
    /// From -100 to 100: how far the pauses of this run are from everybody else's.
    fn jitter(&self) -> i8;
}

/// The machine's clock.
#[derive(Debug)]
pub struct Machine {
    start: Instant,
}

impl Default for Machine {
    fn default() -> Machine {
        Machine { start: Instant::now() }
    }
}

impl Pace for Machine {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn epoch(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    fn wait(&self, time: Duration) -> Wait {
        // Made where it is awaited: a timer can't be made outside of a runtime.
        Box::pin(async move { tokio::time::sleep(time).await })
    }

    fn jitter(&self) -> i8 {
        let mut byte = [0];
        // Without randomness everybody waits alike: slower at worst.
        let _ = getrandom::fill(&mut byte);
        i8::try_from(i16::from(byte[0]) % 201 - 100).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_may_be_made_before_its_runtime_runs() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (pace, time) = (Machine::default(), Duration::from_millis(5));
        let wait = pace.wait(time);
        runtime.block_on(wait);
        assert!(pace.now() >= time);
    }
}
