//! A browser that a person logs in with: opened at an address, looked at until its windows are closed, and what it knew
//! then given back.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::launch::Launch;
use super::state::{self, Kept, Taken};
use super::steer::{self, TICK};
use super::windows::How;
use crate::capture::browser::Limits;
use crate::capture::browser::storage_state::StorageState;
use crate::io::end;
use crate::io::failure::Failure;

/// How often the state is taken: the windows may be closed at any time, and what was seen last is what is kept.
const EVERY: Duration = Duration::from_secs(1);

/// Opens a browser at an address, with the state it is given, and waits until its windows are closed, somebody interrupts, or
/// it takes too long; gives the last state that was seen.
///
/// # Errors
/// No browser, a page that can't be opened, or a browser that was gone before anybody could look.
pub fn login(
    launch: &Launch,
    url: &str,
    before: Option<&StorageState>,
    most: Duration,
) -> Result<Kept, Failure> {
    let how = How { limits: Limits::USUAL, dismisses: !launch.visible, declares: None };
    steer::with(launch, how, &mut |_| {}, async |steer: &steer::Steer| {
        if let Some(before) = before {
            state::put(steer, before).await?;
        }
        let mut taken = Taken::default();
        let spared = end::spared();
        let wait = async {
            steer.goto(url, Duration::MAX).await?;
            let began = Instant::now();
            while steer.is_open() && began.elapsed() < most {
                taken.look(steer, EVERY).await;
                sleep(TICK).await;
            }
            Ok::<(), Failure>(())
        };
        let waited = tokio::select! {
            waited = wait => waited,
            () = spared.asked() => Ok(()),
        };
        waited?;
        if steer.is_open() {
            taken.look(steer, Duration::ZERO).await;
        }
        // Who asks for an end while it comes has it already, and loses nothing.
        drop(spared);
        taken.state().ok_or_else(|| {
            Failure::new("the browser", "what it knows could not be taken")
                .hint("log in, and close the window only after that")
        })
    })
}
